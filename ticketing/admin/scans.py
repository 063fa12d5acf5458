"""What happened at the gates: every attempt with its answer, every use that was taken."""

import json

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_cells import code, label, refusal_words
from config.admin_ground import ReadOnlyAdmin, ReadOnlyInline

from ..models import Redemption, Scan

COLOURS = {"granted": "success", "refused": "danger"}


@admin.register(Scan)
class ScanAdmin(ReadOnlyAdmin):
    """One attempt at a gate; the QR itself is not kept."""

    empty = _("Scans appear as soon as a device at a gate makes one.")
    list_display = ["at", "outcome", "why", "function_code", "ticket", "venue", "scanner"]
    list_filter = [
        "result",
        "code",
        ("scanner__venue", RelatedDropdownFilter),
        ("scanner", RelatedDropdownFilter),
        "at",
    ]
    list_select_related = ["ticket", "scanner__venue"]
    search_fields = ["ticket__code__startswith", "session_code__exact", "request_id__exact"]
    search_ids = ["scan_id", "ticket_id"]
    search_help_text = _("Ticket code, session code, scan id or request id")
    readonly_fields = ["outcome", "why", "venue", "told"]
    fieldsets = [
        (None, {"fields": ["outcome", "why", "at", "function_code", "ticket"]}),
        (_("Where"), {"fields": ["venue", "scanner", "session_code", "scan_id", "request_id"]}),
        (_("What the device was told"), {"fields": ["status", "told"]}),
    ]

    @display(description=_("result"), ordering="result")
    def outcome(self, scan: Scan) -> str:
        return label(scan.get_result_display(), COLOURS.get(scan.result))

    @display(description=_("why it was refused"), ordering="code")
    def why(self, scan: Scan) -> str:
        return refusal_words(scan.code)

    @display(description=_("venue"))
    def venue(self, scan: Scan) -> str:
        return scan.scanner.venue.code

    @display(description=_("answer"))
    def told(self, scan: Scan) -> str:
        return code(json.dumps(json.loads(scan.answer), ensure_ascii=False, indent=1))


class UsesInline(ReadOnlyInline):
    """The uses of a ticket that gates took and gave back."""

    model = Redemption
    hide_title = True
    verbose_name_plural = _("redemptions")
    fields = readonly_fields = ["at", "what", "function_code", "remaining", "by"]

    @display(description=_("what"))
    def what(self, row: Redemption) -> str:
        return what_of(row)


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    """Uses of tickets as they were taken and given back; nothing here is ever changed."""

    empty = _("Uses appear as soon as a gate admits somebody.")
    list_display = ["at", "what", "function_code", "remaining", "ticket", "venue", "by"]
    list_filter = ["change", "function_code", ("scan__scanner__venue", RelatedDropdownFilter), "at"]
    list_select_related = ["ticket", "scan__scanner__venue"]
    search_fields = ["ticket__code__startswith", "request_id__exact"]
    search_ids = ["ticket_id", "scan__scan_id"]
    search_help_text = _("Ticket code, scan id or request id")

    @display(description=_("what"), ordering="change")
    def what(self, row: Redemption) -> str:
        return what_of(row)

    @display(description=_("venue"))
    def venue(self, row: Redemption) -> str:
        return row.scan.scanner.venue.code


def what_of(row: Redemption) -> str:
    """Whether a use was taken or given back, in its colour."""
    return label(row.get_change_display(), "success" if row.change < 0 else "warning")
