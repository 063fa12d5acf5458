from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_ground import ReadOnlyAdmin, label

from ..models import Reservation, ReservationMove
from .histories import COLOURS, HistoryAdmin, HistoryInline, ShownStatusFilter
from .prices import price_lines


class ReservationHistoryInline(HistoryInline):
    model = ReservationMove


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    """Units held for a partner, with all that became of them."""

    list_display = ["id", "partner", "product", "quantity", "state", "expires_at", "created_at"]
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

    @display(description=_("product"), ordering="product_id")
    def product(self, reservation: Reservation) -> str:
        return str(reservation.allocation.product)

    @display(description=_("status"), ordering="shown_status")
    def state(self, reservation: Reservation) -> str:
        shown: str = reservation.shown_status  # type: ignore[attr-defined]
        return label(shown, COLOURS.get(shown))

    @display(description=_("prices"))
    def prices(self, reservation: Reservation) -> str:
        return "\n".join(price_lines(reservation.pricing_snapshot))

    @display(description=_("order"))
    def order_placed(self, reservation: Reservation) -> str:
        order = getattr(reservation, "order", None)
        if order is None:
            return "–"
        where = reverse("admin:ticketing_order_change", args=[order.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', where, order)

    @display(description=_("stock moves"))
    def stock_moves(self, reservation: Reservation) -> SafeString:
        where = reverse("admin:inventory_allocationmove_changelist")
        return format_html(
            '<a class="text-link" href="{}?q={}">{}</a>',
            where,
            reservation.pk,
            _("Its stock moves"),
        )


@admin.register(ReservationMove)
class ReservationMoveAdmin(HistoryAdmin):
    """What became of reservations, newest first."""
