from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_cells import linked, money
from config.admin_deeds import Deed
from config.admin_ground import ReadOnlyAdmin
from config.masks import masked

from .. import ending, passes
from ..models import Ticket, TicketMove
from .histories import HistoryAdmin, HistoryInline, status_label
from .scans import UsesInline

REISSUE = Deed(
    title=_("Reissue ticket"),
    explained=_("Every QR of it so far stops working at once, printed ones too."),
    done=_("Ticket %(result)s reissued."),
    act=lambda ticket: partial(passes.reissue, ticket_id=ticket.pk),
)
EXPIRE = Deed(
    title=_("Expire ticket"),
    explained=_("It never admits anybody again. An unsold one gives its unit back."),
    done=_("Ticket %(result)s expired."),
    act=lambda ticket: partial(ending.expire, ticket_id=ticket.pk),
)
CANCEL = Deed(
    title=_("Cancel ticket"),
    explained=_("Its unit is free again. What its sale earned is taken back."),
    done=_("Ticket %(result)s cancelled."),
    act=lambda ticket: partial(ending.cancel, partner=ticket.partner, code=ticket.code),
    is_so=lambda ticket: ticket.status == Ticket.Status.CANCELLED,
)


class TicketHistoryInline(HistoryInline):
    model = TicketMove


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """A right to enter: what is left of it, and everything that happened to it."""

    empty = _("Tickets appear when an order is paid or a partner makes a batch.")
    list_display = [
        "code",
        "state",
        "product",
        "partner",
        "batch",
        "customer_type",
        "amount",
        "created_at",
    ]
    list_filter = [
        "status",
        "customer_type",
        ("product", RelatedDropdownFilter),
        ("partner", RelatedDropdownFilter),
        ("batch__reseller", AutocompleteSelectFilter),
        "created_at",
    ]
    list_select_related = ["product", "partner", "order", "batch"]
    search_fields = ["code__startswith", "order__order_id__exact", "batch__batch_id__exact"]
    search_ids = ["id", "order_id", "batch_id"]
    search_help_text = _("Ticket code, order number, batch id or an id")
    actions = ["reissue_chosen", "expire_chosen", "cancel_chosen"]
    actions_detail = ["reissue", "expire", "cancel"]
    while_so = {
        "reissue": lambda ticket: ticket.can_be_shown,
        "expire": lambda ticket: ticket.can_become(Ticket.Status.EXPIRED),
        "cancel": lambda ticket: ticket.can_become(Ticket.Status.CANCELLED),
    }
    inlines = [TicketHistoryInline, UsesInline]
    readonly_fields = ["state", "amount", "rights", "reseller", "customer"]
    fieldsets = [
        (None, {"fields": ["code", "state", "product", "customer_type", "amount"]}),
        (_("What it entitles to"), {"fields": ["rights"]}),
        (
            _("Sale"),
            {"fields": ["partner", "reseller", "batch", "order", "customer", "allocation"]},
        ),
        (_("Time"), {"fields": ["created_at", "activated_at", "used_at", "cancelled_at"]}),
        (_("Printed QR"), {"fields": ["generation", "qr_kid"]}),
    ]

    def has_reissue_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.reissue_ticket")

    def has_expire_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.expire_ticket")

    def has_cancel_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.cancel_ticket")

    @display(description=_("status"), ordering="status")
    def state(self, ticket: Ticket) -> str:
        return status_label(ticket)

    @display(description=_("price"), ordering="price")
    def amount(self, ticket: Ticket) -> str:
        return money(ticket.price, ticket.order.currency if ticket.order else "")

    @display(description=_("reseller"))
    def reseller(self, ticket: Ticket) -> str:
        return linked(ticket.batch and ticket.batch.reseller)

    @display(description=_("customer"))
    def customer(self, ticket: Ticket) -> str:
        buyer = ticket.order and ticket.order.customer
        return linked(buyer, masked(buyer.name)) if buyer else "–"

    @display(description=_("uses left"))
    def rights(self, ticket: Ticket) -> str:
        rights = [
            f"{right['function_code']} × {right['remaining_uses']}" for right in ticket.entitlements
        ]
        return "\n".join(rights)

    @action(description=_("Reissue"), icon="qr_code_2_add", permissions=["reissue"])
    def reissue(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then end every QR the ticket has so far."""
        return REISSUE.to_one(self, request, object_id)

    @action(description=_("Expire"), icon="timer_off", permissions=["expire"])
    def expire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then expire the ticket."""
        return EXPIRE.to_one(self, request, object_id)

    @action(
        description=_("Cancel"), icon="block", permissions=["cancel"], variant=ActionVariant.DANGER
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then cancel the ticket as its partner could."""
        return CANCEL.to_one(self, request, object_id)

    @action(description=_("Reissue the chosen tickets"), permissions=["reissue"])
    def reissue_chosen(self, request: HttpRequest, chosen: QuerySet[Ticket]) -> HttpResponse:
        return REISSUE.to_many(self, request, chosen)

    @action(description=_("Expire the chosen tickets"), permissions=["expire"])
    def expire_chosen(self, request: HttpRequest, chosen: QuerySet[Ticket]) -> HttpResponse:
        return EXPIRE.to_many(self, request, chosen)

    @action(description=_("Cancel the chosen tickets"), permissions=["cancel"])
    def cancel_chosen(self, request: HttpRequest, chosen: QuerySet[Ticket]) -> HttpResponse:
        return CANCEL.to_many(self, request, chosen)


@admin.register(TicketMove)
class TicketMoveAdmin(HistoryAdmin):
    """What became of tickets, newest first."""
