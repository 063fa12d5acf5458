"""The rows every status leaves behind: as a timeline on its object, and as lists of their own."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
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


class ShownStatusFilter(admin.SimpleListFilter):
    """By the status as it is shown: what is overdue is among the expired ones."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = model_admin.model.Status.choices
        return choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(shown_status=self.value()) if self.value() else queryset


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
