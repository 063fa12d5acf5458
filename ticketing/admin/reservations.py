from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_cells import linked
from config.admin_deeds import Deed
from config.admin_ground import ReadOnlyAdmin

from .. import reservations
from ..models import Reservation, ReservationMove
from .histories import HistoryAdmin, HistoryInline, ShownStatusFilter, status_label
from .prices import price_lines

CANCEL = Deed(
    title=_("Cancel reservation"),
    explained=_("Its units are free again, and an unpaid order on it is cancelled with it."),
    done=_("Reservation %(result)s cancelled."),
    act=lambda held: partial(reservations.cancel, partner=held.partner, reservation_id=held.pk),
    is_so=lambda held: held.status == Reservation.Status.CANCELLED,
)
EXPIRE = Deed(
    title=_("Expire reservation now"),
    explained=_("Its time is over: its units go back to their pool without waiting for the sweep."),
    done=_("Reservation %(result)s expired."),
    act=lambda held: partial(reservations.expire, partner=held.partner, reservation_id=held.pk),
    is_so=lambda held: held.status == Reservation.Status.EXPIRED,
    danger=False,
)


class ReservationHistoryInline(HistoryInline):
    model = ReservationMove


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    """Units held for a partner, with all that became of them."""

    empty = _("Partners hold units by POST /api/ota/reserve; each hold is listed here at once.")
    list_display = ["id", "partner", "product", "quantity", "state", "expires_at", "created_at"]
    linked_by = ["expires_at"]
    list_filter = [
        ShownStatusFilter,
        "allocation__channel",
        ("partner", RelatedDropdownFilter),
        ("allocation__product", RelatedDropdownFilter),
        "created_at",
    ]
    list_select_related = ["partner", "allocation__product"]
    search_fields = ["partner__partner_id__exact", "order__order_id__exact"]
    search_ids = ["id"]
    search_help_text = _("Reservation id, order number or partner id")
    actions = ["cancel_chosen", "expire_chosen"]
    actions_detail = ["expire", "cancel"]
    while_so = {
        "expire": lambda held: held.can_become(Reservation.Status.EXPIRED),
        "cancel": lambda held: held.can_become(Reservation.Status.CANCELLED),
    }
    inlines = [ReservationHistoryInline]
    readonly_fields = ["product", "state", "prices", "order_placed", "stock_moves"]
    fieldsets = [
        (None, {"fields": ["id", "partner", "product", "quantity", "state"]}),
        (_("Time"), {"fields": ["created_at", "expires_at", "resolved_at"]}),
        (_("Prices when it was made"), {"fields": ["prices"]}),
        (_("What belongs to it"), {"fields": ["order_placed", "stock_moves"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        shown: QuerySet[Reservation] = super().get_queryset(request).as_shown()
        return shown

    def has_cancel_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.cancel_reservation")

    def has_expire_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.expire_reservation")

    @display(description=_("product"), ordering="product_id")
    def product(self, reservation: Reservation) -> str:
        return str(reservation.allocation.product)

    @display(description=_("status"), ordering="shown_status")
    def state(self, reservation: Reservation) -> str:
        return status_label(reservation, reservation.shown_status)  # type: ignore[attr-defined]

    @display(description=_("prices"))
    def prices(self, reservation: Reservation) -> str:
        return "\n".join(price_lines(reservation.pricing_snapshot))

    @display(description=_("order"))
    def order_placed(self, reservation: Reservation) -> str:
        return linked(getattr(reservation, "order", None))

    @display(description=_("stock moves"))
    def stock_moves(self, reservation: Reservation) -> SafeString:
        where = reverse("admin:inventory_allocationmove_changelist")
        return format_html(
            '<a class="text-link" href="{}?q={}">{}</a>',
            where,
            reservation.pk,
            _("Its stock moves"),
        )

    @action(description=_("Expire now"), icon="timer_off", permissions=["expire"])
    def expire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then return an overdue hold to its pool."""
        return EXPIRE.to_one(self, request, object_id)

    @action(
        description=_("Cancel"), icon="block", permissions=["cancel"], variant=ActionVariant.DANGER
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then let the hold go as its partner could."""
        return CANCEL.to_one(self, request, object_id)

    @action(description=_("Cancel the chosen reservations"), permissions=["cancel"])
    def cancel_chosen(self, request: HttpRequest, chosen: QuerySet[Reservation]) -> HttpResponse:
        return CANCEL.to_many(self, request, chosen)

    @action(description=_("Expire the chosen reservations now"), permissions=["expire"])
    def expire_chosen(self, request: HttpRequest, chosen: QuerySet[Reservation]) -> HttpResponse:
        return EXPIRE.to_many(self, request, chosen)


@admin.register(ReservationMove)
class ReservationMoveAdmin(HistoryAdmin):
    """What became of reservations, newest first."""
