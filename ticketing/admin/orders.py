from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_cells import linked, money, units_by_type
from config.admin_deeds import Deed
from config.admin_ground import ReadOnlyAdmin, ReadOnlyInline
from config.masks import masked_email

from .. import orders
from ..models import Order, OrderMove, PaymentNotice, Ticket
from .histories import HistoryAdmin, HistoryInline, ShownStatusFilter, status_label
from .prices import customer_words

CANCEL = Deed(
    title=_("Cancel order"),
    explained=_(
        "All its tickets are cancelled with it and their units are free again. What it earned is "
        "taken back; the money of a paid order has to be returned by hand."
    ),
    done=_("Order %(result)s cancelled."),
    act=lambda order: partial(orders.cancel_with_tickets, order_id=order.pk),
    is_so=lambda order: order.status == Order.Status.CANCELLED,
)


class OrderHistoryInline(HistoryInline):
    model = OrderMove


class TicketsInline(ReadOnlyInline):
    """The tickets an order became."""

    model = Ticket
    hide_title = True
    verbose_name_plural = _("tickets")
    fields = readonly_fields = ["ticket", "customer_type", "amount", "state"]

    @display(description=_("status"))
    def state(self, ticket: Ticket) -> str:
        return status_label(ticket)

    @display(description=_("ticket"))
    def ticket(self, ticket: Ticket) -> SafeString:
        where = reverse("admin:ticketing_ticket_change", args=[ticket.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', where, ticket)

    @display(description=_("price"))
    def amount(self, ticket: Ticket) -> str:
        return money(ticket.price)


class NoticesInline(ReadOnlyInline):
    """What the payment side told about an order."""

    model = PaymentNotice
    hide_title = True
    verbose_name_plural = _("payment notices")
    fields = readonly_fields = ["received_at", "source", "event_id", "outcome", "reason"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """What was bought, by whom, for how much, and what became of it."""

    empty = _(
        "Orders appear when a partner or a customer places one, or a ticket of a batch is sold."
    )
    list_display = [
        "order_id",
        "state",
        "product",
        "partner",
        "quantity",
        "total",
        "buyer",
        "created_at",
    ]
    linked_by = ["currency", "confirmed_at"]
    list_filter = [
        ShownStatusFilter,
        "channel",
        ("partner", RelatedDropdownFilter),
        ("product", RelatedDropdownFilter),
        ("batch__reseller", AutocompleteSelectFilter),
        "created_at",
    ]
    list_select_related = ["product", "partner", "customer"]
    search_fields = [
        "order_id__startswith",
        "confirmation_code__exact",
        "payment_reference__exact",
    ]
    search_ids = ["id", "reservation_id", "customer_id", "account_id"]
    search_help_text = _("Order number, confirmation code, payment reference or an id")
    actions = ["cancel_chosen"]
    actions_detail = ["cancel"]
    while_so = {"cancel": lambda order: order.can_become(Order.Status.CANCELLED)}
    inlines = [OrderHistoryInline, TicketsInline, NoticesInline]
    readonly_fields = ["state", "total", "units", "buyer", "reseller"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "order_id",
                    "state",
                    "channel",
                    "partner",
                    "reservation",
                    "batch",
                    "reseller",
                ]
            },
        ),
        (_("What was bought"), {"fields": ["product", "quantity", "units", "visit_date"]}),
        (
            _("Payment"),
            {"fields": ["total", "payment_reference", "confirmation_code", "confirmed_at"]},
        ),
        (_("Customer"), {"fields": ["account", "customer", "buyer", "created_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        shown: QuerySet[Order] = super().get_queryset(request).as_shown()
        return shown

    def has_cancel_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.cancel_order")

    @display(description=_("status"), ordering="shown_status")
    def state(self, order: Order) -> str:
        return status_label(order, order.shown_status)  # type: ignore[attr-defined]

    @display(description=_("total"), ordering="total_amount")
    def total(self, order: Order) -> str:
        return money(order.total_amount, order.currency)

    @display(description=_("units by type"))
    def units(self, order: Order) -> str:
        words = {customer_words(name): units for name, units in order.customer_types.items()}
        return units_by_type(words)

    @display(description=_("reseller"))
    def reseller(self, order: Order) -> str:
        return linked(order.batch and order.batch.reseller)

    @display(description=_("e-mail"))
    def buyer(self, order: Order) -> str:
        return masked_email(order.customer.email)

    @action(
        description=_("Cancel"), icon="block", permissions=["cancel"], variant=ActionVariant.DANGER
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then cancel the order and every ticket of it."""
        return CANCEL.to_one(self, request, object_id)

    @action(description=_("Cancel the chosen orders"), permissions=["cancel"])
    def cancel_chosen(self, request: HttpRequest, chosen: QuerySet[Order]) -> HttpResponse:
        return CANCEL.to_many(self, request, chosen)


@admin.register(OrderMove)
class OrderMoveAdmin(HistoryAdmin):
    """What became of orders, newest first."""
