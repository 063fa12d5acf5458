from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_ground import ReadOnlyAdmin, label, money

from ..models import SettlementEntry

COLOURS = {"activation": "success", "reversal": "danger"}


@admin.register(SettlementEntry)
class SettlementEntryAdmin(ReadOnlyAdmin):
    """What each sale of a batch's ticket earned, and what its cancellation took back."""

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
    ]
    list_filter = ["kind", ("partner", RelatedDropdownFilter), "at"]
    list_select_related = ["partner", "reseller", "batch", "ticket"]
    search_fields = ["ticket__code__exact", "order__order_id__exact", "batch__batch_id__exact"]
    search_ids = ["ticket_id", "order_id", "batch_id"]
    search_help_text = _("Ticket code, order number or batch id")

    @display(description=_("entry"), ordering="kind")
    def entry(self, row: SettlementEntry) -> str:
        return label(row.get_kind_display(), COLOURS.get(row.kind))

    @display(description=_("gross"), ordering="gross")
    def gross_amount(self, row: SettlementEntry) -> str:
        return money(row.gross, row.currency)

    @display(description=_("commission"), ordering="commission")
    def commission_amount(self, row: SettlementEntry) -> str:
        return money(row.commission, row.currency)

    @display(description=_("net"), ordering="net")
    def net_amount(self, row: SettlementEntry) -> str:
        return money(row.net, row.currency)
