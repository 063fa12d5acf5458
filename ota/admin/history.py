"""What each pool was given and gave away over time: who, why, when, and how busy it was then."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from config.admin_cells import label, percent
from config.admin_exports import Row, WithExport
from inventory.models import AllocationChange, AllocationMove

from .allocation_chart import charts

SAME_FILTERS = {  # as the list of all moves names them
    "allocation__id__exact",
    "allocation__product__id__exact",
    "allocation__channel__exact",
}
COLOURS = {"set_up": "info", "reallocate": "primary", "urgent": "danger"}


class DaysFilter(RangeDateFilter):
    """From the first moment of a day to the last one of another, in our own time zone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for end, lookup in (("from", "gte"), ("to", "lte")):
            written = self.used_parameters.get(f"{self.parameter_name}_{end}", "")
            with suppress(ValueError):  # a day that is none chooses nothing
                if day := parse_date(str(written)):
                    queryset = queryset.filter(**{f"{self.parameter_name}__date__{lookup}": day})
        return queryset


@admin.register(AllocationChange)
class AllocationChangeAdmin(WithExport):
    """Set-ups, reallocations and emergency releases, newest first."""

    empty = _(
        "A pool's allocation changes when it is set up, and when units are moved or released."
    )
    list_display = [
        "when", "product", "channel", "what", "change", "before_after", "used", "who", "why",
        "cause",
    ]  # fmt: skip
    list_filter = [
        ("allocation__product", RelatedDropdownFilter),
        ("allocation__channel", ChoicesDropdownFilter),
        ("at", DaysFilter),
    ]
    list_select_related = ["allocation__product"]
    search_fields = ["request_id__exact", "by__startswith"]
    search_ids = ["cause_id"]
    search_help_text = _("Request id, who did it, or the id of a release or reallocation")
    list_before_template = "admin/allocation_history.html"
    file_name = "allocation history"
    columns: Sequence[str] = (
        "at", "product_id", "product", "channel", "kind", "allocated_change", "allocated",
        "reserved", "sold", "free", "utilisation_percent", "by", "reason", "request_id",
        "cause_kind", "cause_id",
    )  # fmt: skip

    def has_view_permission(self, request: HttpRequest, obj: AllocationMove | None = None) -> bool:
        return request.user.has_perm("inventory.view_allocationmove")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the pools of a chosen product as lines, and a way to every move."""
        kept = {name: str(request.GET[name]) for name in sorted(SAME_FILTERS & request.GET.keys())}
        context = {
            **(extra_context or {}),
            "same_filters": urlencode(kept),
            "charts": charts(kept.get("allocation__product__id__exact", "")),
        }
        return super().changelist_view(request, context)

    def row(self, shown: AllocationChange) -> Row:
        used = shown.reserved + shown.sold
        product = shown.allocation.product
        return [
            shown.at, product.pk, product.name, shown.allocation.channel, shown.kind,
            shown.d_allocated, shown.allocated, shown.reserved, shown.sold,
            shown.allocated - used,
            round(100 * used / shown.allocated, 1) if shown.allocated else None,
            shown.by, shown.reason, shown.request_id, shown.cause_kind, shown.cause_id,
        ]  # fmt: skip

    @display(description=_("time"), ordering="at")
    def when(self, row: AllocationChange) -> datetime:
        return row.at

    @display(description=_("by"), ordering="by")
    def who(self, row: AllocationChange) -> str:
        return row.by

    @display(description=_("reason"))
    def why(self, row: AllocationChange) -> SafeString:
        return format_html('<span class="block min-w-32">{}</span>', row.reason)

    @display(description=_("product"))
    def product(self, row: AllocationChange) -> str:
        return str(row.allocation.product)

    @display(description=_("channel"), ordering="allocation__channel")
    def channel(self, row: AllocationChange) -> str:
        return row.allocation.get_channel_display()

    @display(description=_("kind"), ordering="kind")
    def what(self, row: AllocationChange) -> str:
        return label(row.get_kind_display(), COLOURS.get(row.kind))

    @display(description=_("units changed"), ordering="d_allocated")
    def change(self, row: AllocationChange) -> str:
        return f"{row.d_allocated:+,}".replace("-", "−")

    @display(description=_("allocated"))
    def before_after(self, row: AllocationChange) -> str:
        return f"{row.allocated - row.d_allocated:,}\N{NO-BREAK SPACE}→ {row.allocated:,}"

    @display(description=_("held + sold then"))
    def used(self, row: AllocationChange) -> str:
        """As the change left it: what was held and sold, and its share of what the pool has."""
        share = percent(row.reserved + row.sold, row.allocated)
        return f"{row.reserved:,}\N{NO-BREAK SPACE}+\N{NO-BREAK SPACE}{row.sold:,} = {share}"

    @display(description=_("because of"))
    def cause(self, row: AllocationChange) -> SafeString | str:
        if row.cause_kind == "release":
            where = reverse("admin:inventory_urgentrelease_change", args=[row.cause_id])
            text = _("the release")
        elif row.kind != AllocationMove.Kind.REALLOCATE:
            return "–"
        else:
            moves = reverse("admin:inventory_allocationmove_changelist")
            where, text = f"{moves}?q={row.cause_id}", _("both moves")
        return format_html('<a class="text-link whitespace-nowrap" href="{}">{}</a>', where, text)
