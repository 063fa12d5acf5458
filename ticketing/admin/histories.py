"""The rows every status leaves behind: as a timeline on its object, and as lists of their own."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from config.admin_cells import label
from config.admin_ground import ReadOnlyAdmin, TimelineInline

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
    "ISSUED": "info",
    "DISPUTED": "danger",
    "SETTLED": "success",
}


class ShownStatusFilter(admin.SimpleListFilter):
    """By the status as it is shown: what is overdue is among the expired ones."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = model_admin.model._meta.get_field("status").flatchoices
        return choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(shown_status=self.value()) if self.value() else queryset


class BecameFilter(admin.SimpleListFilter):
    """By the status that a history row tells of."""

    title = _("became")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return status_words(subject_of(model_admin.model)).items()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


def subject_of(history: Any) -> Any:
    """The model whose history a model keeps."""
    return history._meta.get_field("subject").related_model


def status_label(row: Any, status: str = "") -> str:
    """A status of a reservation, an order or a ticket as a word in its colour: its own, or this."""
    shown = status or row.status
    return label(status_words(type(row)).get(shown, shown), COLOURS.get(shown))


def status_words(model: type[Model]) -> dict[str, Any]:
    """How the statuses of a model are called."""
    return dict(model._meta.get_field("status").flatchoices)  # type: ignore[union-attr]


class HistoryInline(TimelineInline):
    """The timeline of a reservation, an order or a ticket."""

    colours = COLOURS
    fk_name = "subject"

    def words(self) -> dict[str, Any]:
        """How the statuses of its subject are called."""
        return status_words(self.parent_model)


class HistoryAdmin(ReadOnlyAdmin):
    """One kind of history rows, newest first."""

    empty = _("A row is written with every change of a status; so far there was none.")
    list_display = ["at", "subject", "before", "became", "by", "reason"]
    list_filter = [BecameFilter, "at"]
    list_select_related = ["subject"]
    ordering = ["-id"]
    search_fields = ["request_id__exact", "by__startswith"]
    search_ids = ["subject_id"]
    search_help_text = _("Id of what it is about, request id, or who did it")
    readonly_fields = ["before", "became"]
    fields = ["subject", "before", "became", "at", "by", "reason", "request_id"]

    @display(description=_("became"), ordering="status")
    def became(self, row: Any) -> str:
        return status_label(row.subject, row.status)

    @display(description=_("was"), ordering="was")
    def before(self, row: Any) -> str:
        return status_label(row.subject, row.was) if row.was else "–"
