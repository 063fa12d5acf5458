"""What was changed of partners and their credentials: timelines, and a list of all."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_cells import label, linked
from config.admin_ground import ReadOnlyAdmin, TimelineInline

from ..models import ApiKey, PartnerChange
from .words import PARTNER_LABELS, shown

SHORT = 60  # characters: two lines of a phone
COLOURS = {
    "registered": "success",
    "changed": "info",
    "deactivated": "danger",
    "reactivated": "success",
    "key_issued": "success",
    "key_changed": "info",
    "key_rotated": "warning",
    "key_revoked": "danger",
    "secret_made": "success",
    "secret_ended": "danger",
}


class PartnerHistoryInline(TimelineInline):
    """The life of a partner and its credentials, oldest first."""

    model = PartnerChange
    template = "admin/changes.html"
    readonly_fields = fields = ["what", "differences"]
    fk_name = "partner"

    @display(description=_("what"))
    def what(self, row: PartnerChange) -> str:
        return _kind(row)

    @display(description=_("changes"))
    def differences(self, row: PartnerChange) -> SafeString:
        return differences(row)


class KeyHistoryInline(PartnerHistoryInline):
    """The life of one key."""

    fk_name = "key"


@admin.register(PartnerChange)
class PartnerChangeAdmin(ReadOnlyAdmin):
    """Every change of every partner and its credentials, newest first."""

    empty = _("The first partner that is registered or changed leaves the first row here.")
    list_display = ["at", "partner", "what", "touched", "by", "reason"]
    list_filter = ["kind", ("partner", RelatedDropdownFilter), "at"]
    list_select_related = ["partner", "key__partner"]
    ordering = ["-id"]
    search_fields = [
        "partner__partner_id__exact", "key__public_id__exact", "request_id__exact",
        "by__startswith",
    ]  # fmt: skip
    search_help_text = _("Partner id, public id of a key, request id, or who did it")
    readonly_fields = ["the_partner", "the_key", "what", "differences"]
    fields = ["the_partner", "the_key", "what", "differences", "by", "reason", "request_id", "at"]

    @display(description=_("partner"))
    def the_partner(self, row: PartnerChange) -> str:
        return linked(row.partner)

    @display(description=_("key"))
    def the_key(self, row: PartnerChange) -> str:
        return linked(row.key, row.key.public_id if row.key else "")

    @display(description=_("what"), ordering="kind")
    def what(self, row: PartnerChange) -> str:
        return _kind(row)

    @display(description=_("changes"))
    def touched(self, row: PartnerChange) -> str:
        names = [str(words) for name, words in PARTNER_LABELS.items() if name in row.after]
        return Truncator(", ".join(names)).chars(SHORT) or "–"

    @display(description=_("changes"))
    def differences(self, row: PartnerChange) -> SafeString:
        return differences(row)


def differences(row: PartnerChange) -> SafeString:
    """What was before and is after, a line for each; of something new what is said of it."""
    return format_html_join(SafeString("<br>"), "{}: {}", _told(row.before, row.after))


def _told(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[object, str]]:
    for name, words in PARTNER_LABELS.items():
        if name in before:
            yield words, f"{_shown(name, before[name])} → {_shown(name, after.get(name))}"
        elif after.get(name) not in ("", None, []):
            yield words, _shown(name, after[name])


def _shown(name: str, value: Any) -> str:
    if name == "environment":
        return str(dict(ApiKey.Environment.choices).get(value, value))
    if isinstance(value, list):
        return ", ".join(value) or "–"
    moment = parse_datetime(value) if name.endswith("_at") and value else None
    return date_format(localtime(moment), "DATETIME_FORMAT") if moment else str(shown(value))


def _kind(row: PartnerChange) -> str:
    return label(row.get_kind_display(), COLOURS[row.kind])
