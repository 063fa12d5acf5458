"""Lines of statements, each with all that leads from it to who bought and sold."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_cells import label, linked, money
from config.admin_exports import Row, WithExport

from ..models import StatementLine
from ..statement_lines import Line


@admin.register(StatementLine)
class StatementLineAdmin(WithExport):
    """Lines of statements, and all that leads from each to who bought and sold."""

    empty = _("Lines appear with the first statement.")
    list_display = ["statement", "position", "kind", "chain", "net_amount", "adjusts"]
    list_filter = [
        "entry__kind",
        "is_adjustment",
        ("statement__partner", RelatedDropdownFilter),
        ("statement__reseller", RelatedDropdownFilter),
    ]
    list_select_related = [
        "statement__partner", "statement__reseller", "entry__batch", "entry__ticket",
        "entry__order__customer",
    ]  # fmt: skip
    search_fields = ["entry__ticket__code__exact", "entry__order__order_id__exact"]
    search_ids = ["statement_id", "entry__ticket_id", "entry__order_id"]
    search_help_text = _("Ticket code, order number or an id")
    ordering = ["statement", "position"]
    readonly_fields = ["the_statement", "the_entry", "kind", "chain", "net_amount", "adjusts"]
    fields = [
        "the_statement",
        "position",
        "adjusts",
        "the_entry",
        "kind",
        "chain",
        "net_amount",
    ]
    columns = ("statement", *Line._fields)

    def row(self, shown: StatementLine) -> Row:
        entry = shown.entry
        return (
            str(shown.statement), shown.position, entry.pk, entry.kind, shown.is_adjustment,
            entry.ticket.code, entry.order.order_id, entry.gross, entry.commission_rate,
            entry.commission, entry.net, entry.currency, entry.at, entry.batch.batch_id,
            entry.batch.product_id,
        )  # fmt: skip

    @display(description=_("statement"))
    def the_statement(self, line: StatementLine) -> str:
        return linked(line.statement)

    @display(description=_("entry"))
    def the_entry(self, line: StatementLine) -> str:
        return linked(line.entry)

    @display(description=_("kind"), ordering="entry__kind")
    def kind(self, line: StatementLine) -> str:
        return label(line.entry.get_kind_display())

    @display(description=_("partner → reseller → batch → ticket → order → customer"))
    def chain(self, line: StatementLine) -> SafeString:
        entry, of = line.entry, line.statement
        links = (
            linked(of.partner),
            linked(of.reseller, of.reseller_code),
            *(linked(each) for each in (entry.batch, entry.ticket, entry.order)),
            linked(entry.order.customer, str(entry.order.customer_id)[:8]),
        )
        return SafeString(f"<span>{' → '.join(links)}</span>")

    @display(description=_("adjustment"), ordering="is_adjustment")
    def adjusts(self, line: StatementLine) -> str:
        """Of an earlier period; an ordinary line is nothing to look at twice."""
        return label(_("earlier period"), "warning") if line.is_adjustment else "–"

    @display(description=_("net"), ordering="entry__net")
    def net_amount(self, line: StatementLine) -> str:
        return money(line.entry.net, line.entry.currency)
