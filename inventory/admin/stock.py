"""The pools and every move of their counters: to look at, never to edit."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_cells import label, money, percent
from config.admin_ground import ReadOnlyAdmin

from ..models import (
    AllocationCounter,
    AllocationMove,
    ChannelAllocation,
    CustomerDiscount,
    ProductFunction,
)

SHORT = 8  # of an id; the whole one stands where the link leads to
NEARLY_TAKEN = 0.95  # of a pool
CAUSES = {
    "reservation": (_("reservation"), "admin:ticketing_reservation_change"),
    "order": (_("order"), "admin:ticketing_order_change"),
    "ticket": (_("ticket"), "admin:ticketing_ticket_change"),
    "batch": (_("batch"), "admin:ticketing_batch_change"),
    "release": (_("emergency release"), "admin:inventory_urgentrelease_change"),
    "reallocation": (_("move of stock"), ""),
    "set_up": (_("set-up"), ""),
}
COLOURS = {
    "set_up": "info",
    "adjust": "info",
    "reallocate": "info",
    "urgent": "danger",
    "hold": "warning",
    "sell": "success",
    "give_back": "danger",
}


class StockColumns:
    """The numbers of a pool beside whatever has a `counter`."""

    @display(description=_("allocated"))
    def allocated_units(self, row: Any) -> str:
        return f"{_counter(row).allocated:,}"

    @display(description=_("reserved"))
    def reserved_units(self, row: Any) -> str:
        return f"{_counter(row).reserved:,}"

    @display(description=_("sold"))
    def sold_units(self, row: Any) -> str:
        return f"{_counter(row).sold:,}"

    @display(description=_("free"))
    def free_units(self, row: Any) -> str:
        counter = _counter(row)
        free = f"{counter.free:,}"
        if not counter.allocated or counter.committed < NEARLY_TAKEN * counter.allocated:
            return free
        return label(free, "warning" if counter.free else "danger")

    @display(description=_("utilisation"))
    def utilisation(self, row: Any) -> str:
        counter = _counter(row)
        return percent(counter.reserved + counter.sold, counter.allocated)


UNITS = ["allocated_units", "reserved_units", "sold_units", "free_units", "utilisation"]


@admin.register(ChannelAllocation)
class ChannelAllocationAdmin(StockColumns, ReadOnlyAdmin):
    """The pools: one product in one channel, with its numbers."""

    empty = _("A product's pools are set up on its page; they appear here then.")
    list_display = ["product", "channel", *UNITS]
    list_filter = ["channel", "product"]
    list_select_related = ["product", "counter"]
    fields = ["product", "channel", *UNITS, "moves"]
    readonly_fields = [*UNITS, "moves"]

    @display(description=_("moves"))
    def moves(self, allocation: ChannelAllocation) -> SafeString:
        link = '<a class="text-link" href="{}?allocation__id__exact={}">{}</a>'
        return format_html(
            f"{link} · {link}",
            reverse("admin:inventory_allocationmove_changelist"),
            allocation.pk,
            _("Every move of this pool"),
            reverse("admin:inventory_allocationchange_changelist"),
            allocation.pk,
            _("Its allocation over time"),
        )


@admin.register(AllocationCounter)
class AllocationCounterAdmin(StockColumns, ReadOnlyAdmin):
    """The hot rows behind the pools, with their version."""

    empty = _("Counters are made with the pools of a product.")
    list_display = ["allocation", *UNITS, "version"]
    list_filter = ["allocation__channel"]
    list_select_related = ["allocation"]
    fields = ["allocation", *UNITS, "version"]
    readonly_fields = UNITS


@admin.register(AllocationMove)
class AllocationMoveAdmin(ReadOnlyAdmin):
    """What changed the stock, when, and who did it; nothing here can be changed."""

    empty = _("The first move is written when the pools of a product are set up.")
    list_display = [
        "at",
        "product",
        "channel",
        "move",
        "allocated_change",
        "reserved_change",
        "sold_change",
        "after",
        "cause",
        "by",
    ]
    linked_by = ["cause_kind"]
    list_filter = [
        "kind",
        "allocation__channel",
        ("allocation__product", RelatedDropdownFilter),
        "at",
    ]
    list_select_related = ["allocation__product"]
    search_fields = ["request_id__exact", "by__startswith"]
    search_ids = ["cause_id"]
    search_help_text = _("Reservation, order or ticket id, request id, or who did it")

    @display(description=_("product"))
    def product(self, row: AllocationMove) -> str:
        return str(row.allocation.product)

    @display(description=_("channel"))
    def channel(self, row: AllocationMove) -> str:
        return row.allocation.get_channel_display()

    @display(description=_("move"), ordering="kind")
    def move(self, row: AllocationMove) -> str:
        return label(row.get_kind_display(), COLOURS.get(row.kind))

    @display(description=_("Δ allocated"))
    def allocated_change(self, row: AllocationMove) -> str:
        return _signed(row.d_allocated)

    @display(description=_("Δ reserved"))
    def reserved_change(self, row: AllocationMove) -> str:
        return _signed(row.d_reserved)

    @display(description=_("Δ sold"))
    def sold_change(self, row: AllocationMove) -> str:
        return _signed(row.d_sold)

    @display(description=_("after: reserved + sold of allocated"))
    def after(self, row: AllocationMove) -> str:
        told = {"used": f"{row.reserved:,} + {row.sold:,}", "allocated": f"{row.allocated:,}"}
        return _("%(used)s of %(allocated)s") % told

    @display(description=_("cause"))
    def cause(self, row: AllocationMove) -> SafeString:
        what, page = CAUSES.get(row.cause_kind, (row.cause_kind, ""))
        where = reverse(page, args=[row.cause_id]) if page else f"?q={row.cause_id}"
        link = '<a class="text-link whitespace-nowrap" href="{}" title="{}">{} {}</a>'
        return format_html(link, where, row.cause_id, what, str(row.cause_id)[:SHORT])


@admin.register(CustomerDiscount)
class CustomerDiscountAdmin(ReadOnlyAdmin):
    """Every product's discounts side by side; they are edited on the product's page."""

    empty = _("Discounts are written on the page of their product.")
    list_display = ["product", "customer_type", "off"]
    list_filter = ["customer_type", "product"]
    list_select_related = ["product"]

    @display(description=_("amount off"), ordering="amount")
    def off(self, discount: CustomerDiscount) -> str:
        return money(discount.amount, discount.product.currency)


@admin.register(ProductFunction)
class ProductFunctionAdmin(ReadOnlyAdmin):
    """Every product's functions side by side; they are edited on the product's page."""

    empty = _("Functions are written on the page of their product.")
    list_display = ["product", "function_code", "uses"]
    list_filter = ["function_code", "product"]
    list_select_related = ["product"]


def _counter(row: ChannelAllocation | AllocationCounter) -> AllocationCounter:
    return row if isinstance(row, AllocationCounter) else row.counter


def _signed(change: int) -> str:
    return f"{change:+,}".replace("-", "−") if change else "·"
