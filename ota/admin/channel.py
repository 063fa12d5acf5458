"""Calls of partners, first answers, and the signs of life of beat and worker."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_ground import ReadOnlyAdmin, label, refusal_words

from ..models import ApiCall, Heartbeat, IdempotencyRecord

STATUS_COLOURS = {2: "success", 3: "info", 4: "warning", 5: "danger"}


class OutcomeFilter(admin.SimpleListFilter):
    """How calls ended: by the first digit of their status, and what was over a limit apart."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [
            ("2", _("done")),
            ("4", _("declined, all of them")),
            ("declined", _("declined, but not for a limit")),
            ("429", _("over the limit")),
            ("5", _("failed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "429":
            return queryset.filter(status=429)
        if self.value() == "declined":
            return queryset.filter(status__gte=400, status__lt=500).exclude(status=429)
        if self.value() not in {"2", "4", "5"}:
            return queryset
        first = int(self.value() or 0) * 100
        return queryset.filter(status__gte=first, status__lt=first + 100)


class KeyFilter(admin.SimpleListFilter):
    """Whether it was known who called."""

    title = _("key")
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("known", _("known")), ("unknown", _("unknown key"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"known", "unknown"}:
            return queryset
        return queryset.filter(partner__isnull=self.value() == "unknown")


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnlyAdmin):
    """Who called what, and how it ended."""

    empty = _("The first call of a partner's program appears here within seconds.")
    list_display = ["at", "partner", "method", "route", "answer", "why", "took", "request_id"]
    linked_by = ["route", "status", "code"]
    list_filter = [
        OutcomeFilter,
        KeyFilter,
        ("partner", RelatedDropdownFilter),
        "method",
        "at",
    ]
    list_select_related = ["partner"]
    search_fields = ["request_id__exact", "key_id__exact", "route__exact", "code__exact"]
    search_help_text = _("Request id, key id, route or problem code")

    readonly_fields = ["answer", "why", "took"]
    fields = ["answer", "why", "partner", "key_id", "method", "route", "took", "request_id", "at"]

    @display(description=_("why it was declined"), ordering="code")
    def why(self, call: ApiCall) -> str:
        return refusal_words(call.code)

    @display(description=_("status"), ordering="status")
    def answer(self, call: ApiCall) -> str:
        return label(call.status, STATUS_COLOURS.get(call.status // 100))

    @display(description=_("took"), ordering="milliseconds")
    def took(self, call: ApiCall) -> str:
        return f"{call.milliseconds:.1f}\N{NO-BREAK SPACE}ms"


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    """That a key was answered, and when; the answer itself may hold customer data."""

    empty = _("Requests with an Idempotency-Key are remembered here for a day.")
    list_display = ["created_at", "partner", "its_key", "answer"]
    list_filter = [("partner", RelatedDropdownFilter), "created_at"]
    list_select_related = ["partner"]
    search_fields = ["key__exact"]
    search_help_text = _("The whole idempotency key")
    ordering = ["-id"]
    fields = readonly_fields = ["partner", "its_key", "answer", "created_at"]

    @display(description=_("idempotency key"))
    def its_key(self, record: IdempotencyRecord) -> str:
        return record.key

    @display(description=_("first answer"), ordering="status")
    def answer(self, record: IdempotencyRecord) -> str:
        if record.status is None:
            return label(_("not answered yet"), "warning")
        return label(record.status, STATUS_COLOURS.get(record.status // 100))


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """When beat, worker and sender were last seen alive."""

    empty = _("Neither beat nor worker nor sender has run since the database was made.")
    list_display = ["part", "at"]
