"""What was changed of resellers: a timeline on each, and a list of all."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_cells import label
from config.admin_ground import ReadOnlyAdmin, TimelineInline

from ..models import Reseller, ResellerChange
from .words import LABELS, shown_masked

SHORT = 60  # characters: two lines of a phone
KINDS = {
    "registered": (_("registered"), "success"),
    "changed": (_("changed"), "info"),
    "deactivated": (_("deactivated"), "danger"),
    "reactivated": (_("reactivated"), "success"),
}


class ChangesInline(TimelineInline):
    """The life of a reseller, oldest first."""

    model = ResellerChange
    template = "admin/changes.html"
    readonly_fields = fields = ["kind_shown", "differences"]

    @display(description=_("what"))
    def kind_shown(self, row: ResellerChange) -> str:
        return label(*KINDS[row.kind])

    @display(description=_("changes"))
    def differences(self, row: ResellerChange) -> SafeString:
        return differences(row)


@admin.register(ResellerChange)
class ResellerChangeAdmin(ReadOnlyAdmin):
    """Every change of every reseller, newest first."""

    empty = _("The first reseller that is registered or changed leaves the first row here.")
    list_display = ["at", "reseller", "what", "touched", "by", "reason"]
    list_filter = [("reseller__partner", RelatedDropdownFilter), "at"]
    list_select_related = ["reseller"]
    ordering = ["-id"]
    search_fields = ["reseller__reseller_code__exact", "request_id__exact", "by__startswith"]
    search_help_text = _("Reseller code, request id, or who did it")
    readonly_fields = ["what", "differences"]
    fields = ["reseller", "what", "differences", "by", "reason", "request_id", "at"]

    @display(description=_("what"))
    def what(self, row: ResellerChange) -> str:
        return label(*KINDS[row.kind])

    @display(description=_("changes"))
    def touched(self, row: ResellerChange) -> str:
        names = [str(words) for name, words in LABELS.items() if name in row.before]
        return Truncator(", ".join(names)).chars(SHORT) or "–"

    @display(description=_("changes"))
    def differences(self, row: ResellerChange) -> SafeString:
        return differences(row)


def differences(row: ResellerChange) -> SafeString:
    """What was before and is after, a line for each; of a registration what was said."""
    told = [
        (words, _words(name, row.before.get(name)), _words(name, row.after[name]))
        for name, words in LABELS.items()
        if name in row.after and (row.before or row.after[name] not in ("", None))
    ]
    pattern = "{}: {} → {}" if row.before else "{}: {}"
    lines = told if row.before else [(name, after) for name, _before, after in told]
    return format_html_join(SafeString("<br>"), pattern, lines)


def _words(name: str, value: Any) -> Any:
    """A fact in words: choices by their names, people masked."""
    choices = dict(Reseller._meta.get_field(name).flatchoices)  # type: ignore[union-attr]
    return choices.get(value, value) if choices and value else shown_masked(name, value)
