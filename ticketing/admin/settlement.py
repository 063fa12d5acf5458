"""Settlement entries: what each sale earned, and all that leads from it to who bought and sold."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from config.admin_cells import label, linked, money
from config.admin_exports import Row, WithExport

from ..models import SettlementEntry
from ..models.statements import DIRECT

COLOURS = {"activation": "success", "reversal": "danger"}


class StatedFilter(admin.SimpleListFilter):
    """Whether an entry stands on a statement."""

    title = _("statement")
    parameter_name = "stated"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("no", _("open")), ("yes", _("on a statement"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(line__isnull=self.value() == "no")


@admin.register(SettlementEntry)
class SettlementEntryAdmin(WithExport):
    """What each sale of a batch's ticket earned, and what its cancellation took back."""

    empty = _("Entries appear when a ticket of a batch is sold or its sale is taken back.")
    list_display = [
        "at",
        "entry",
        "partner",
        "reseller",
        "batch",
        "ticket",
        "gross_amount",
        "commission_amount",
        "net_amount",
        "statement",
    ]
    list_filter = [
        StatedFilter,
        "kind",
        ("partner", RelatedDropdownFilter),
        ("reseller", RelatedDropdownFilter),
        ("at", RangeDateTimeFilter),
    ]
    list_select_related = [
        "partner", "reseller", "batch", "ticket", "order", "line__statement",
    ]  # fmt: skip
    search_fields = ["ticket__code__exact", "order__order_id__exact", "batch__batch_id__exact"]
    search_ids = ["ticket_id", "order_id", "batch_id"]
    search_help_text = _("Ticket code, order number or batch id")
    readonly_fields = [
        "entry", "the_partner", "the_reseller", "the_batch", "the_ticket", "the_order",
        "the_customer", "statement", "gross_amount", "commission_amount", "net_amount",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["entry", "at", "statement"]}),
        (
            _("Who sold what to whom"),
            {
                "fields": [
                    "the_partner", "the_reseller", "the_batch", "the_ticket", "the_order",
                    "the_customer",
                ]
            },
        ),
        (
            _("Amounts"),
            {"fields": ["gross_amount", "commission_rate", "commission_amount", "net_amount"]},
        ),
        (_("Who did it"), {"fields": ["by", "request_id"]}),
    ]  # fmt: skip
    columns = (
        "entry_id", "at", "kind", "partner_id", "reseller_code", "batch_id", "ticket_code",
        "order_id", "gross", "commission_rate", "commission", "net", "currency", "statement",
    )  # fmt: skip

    def row(self, shown: SettlementEntry) -> Row:
        return (
            shown.pk, shown.at, shown.kind, shown.partner.partner_id,
            shown.reseller.reseller_code if shown.reseller else DIRECT,
            shown.batch.batch_id, shown.ticket.code, shown.order.order_id, shown.gross,
            shown.commission_rate, shown.commission, shown.net, shown.currency,
            str(shown.line.statement) if hasattr(shown, "line") else "",
        )  # fmt: skip

    @display(description=_("entry"), ordering="kind")
    def entry(self, row: SettlementEntry) -> str:
        return label(row.get_kind_display(), COLOURS.get(row.kind))

    @display(description=_("partner"))
    def the_partner(self, row: SettlementEntry) -> str:
        return linked(row.partner)

    @display(description=_("reseller"))
    def the_reseller(self, row: SettlementEntry) -> str:
        return linked(row.reseller)

    @display(description=_("batch"))
    def the_batch(self, row: SettlementEntry) -> str:
        return linked(row.batch)

    @display(description=_("ticket"))
    def the_ticket(self, row: SettlementEntry) -> str:
        return linked(row.ticket)

    @display(description=_("order"))
    def the_order(self, row: SettlementEntry) -> str:
        return linked(row.order)

    @display(description=_("customer"))
    def the_customer(self, row: SettlementEntry) -> str:
        return linked(row.order.customer)

    @display(description=_("statement"))
    def statement(self, row: SettlementEntry) -> str:
        return linked(row.line.statement) if hasattr(row, "line") else label(_("open"))

    @display(description=_("gross"), ordering="gross")
    def gross_amount(self, row: SettlementEntry) -> str:
        return money(row.gross, row.currency)

    @display(description=_("commission"), ordering="commission")
    def commission_amount(self, row: SettlementEntry) -> str:
        return money(row.commission, row.currency)

    @display(description=_("net"), ordering="net")
    def net_amount(self, row: SettlementEntry) -> str:
        return money(row.net, row.currency)
