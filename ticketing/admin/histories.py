"""The rows every status leaves behind: as a timeline on its object, and as lists of their own."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from config.admin_ground import ReadOnlyAdmin, TimelineInline, label

COLOURS = {
    "active": "info",
    "activated": "success",
    "cancelled": "danger",
    "expired": "warning",
    "PENDING_PAYMENT": "info",
    "CONFIRMED": "success",
    "PRE_GENERATED": "info",
    "ACTIVE": "success",
    "USED": "primary",
    "CANCELLED": "danger",
    "EXPIRED": "warning",
}


class HistoryInline(TimelineInline):
    """The timeline of a reservation, an order or a ticket."""

    colours = COLOURS
    fk_name = "subject"


class HistoryAdmin(ReadOnlyAdmin):
    """One kind of history rows, newest first."""

    list_display = ["at", "subject", "was", "became", "by", "reason"]
    list_filter = ["status", "at"]
    list_select_related = ["subject"]
    ordering = ["-id"]
    search_fields = ["request_id__exact", "by__startswith"]
    search_ids = ["subject_id"]
    search_help_text = _("Id of what it is about, request id, or who did it")

    @display(description=_("became"), ordering="status")
    def became(self, row: Any) -> str:
        return label(row.status, COLOURS.get(row.status))
