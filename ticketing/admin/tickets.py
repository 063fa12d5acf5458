from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_ground import ReadOnlyAdmin, label, money

from ..models import Ticket, TicketMove
from .histories import COLOURS, HistoryAdmin, HistoryInline


class TicketHistoryInline(HistoryInline):
    model = TicketMove


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """A right to enter: what is left of it, and everything that happened to it."""

    list_display = [
        "code",
        "state",
        "product",
        "partner",
        "customer_type",
        "amount",
        "created_at",
    ]
    list_filter = [
        "status",
        "customer_type",
        ("product", RelatedDropdownFilter),
        ("partner", RelatedDropdownFilter),
        "created_at",
    ]
    list_select_related = ["product", "partner", "order"]
    search_fields = ["code__startswith", "order__order_id__exact"]
    search_ids = ["id", "order_id"]
    search_help_text = _("Ticket code, order number or an id")
    inlines = [TicketHistoryInline]
    readonly_fields = ["state", "amount", "rights"]
    fieldsets = [
        (None, {"fields": ["code", "state", "product", "customer_type", "amount"]}),
        (_("What it entitles to"), {"fields": ["rights"]}),
        (_("Sale"), {"fields": ["partner", "order", "allocation", "created_at", "activated_at"]}),
        (_("Printed QR"), {"fields": ["generation", "qr_kid"]}),
    ]

    @display(description=_("status"), ordering="status")
    def state(self, ticket: Ticket) -> str:
        return label(ticket.status, COLOURS.get(ticket.status))

    @display(description=_("price"), ordering="price")
    def amount(self, ticket: Ticket) -> str:
        return money(ticket.price, ticket.order.currency if ticket.order else "")

    @display(description=_("uses left"))
    def rights(self, ticket: Ticket) -> str:
        rights = [
            f"{right['function_code']} × {right['remaining_uses']}" for right in ticket.entitlements
        ]
        return "\n".join(rights)


@admin.register(TicketMove)
class TicketMoveAdmin(HistoryAdmin):
    """What became of tickets, newest first."""
