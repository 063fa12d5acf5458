"""Alerts: the open ones first, why each was raised and what to do; and when rules speak."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from config.admin_asking import ask
from config.admin_cells import label
from config.admin_ground import ReadOnlyAdmin, wanted
from config.admin_staff_log import account

from ..alerts import acknowledging, rulebook
from ..models import Alert

COLOURS = {"critical": "danger", "warning": "warning", "info": "info"}


def waiting(request: HttpRequest) -> str:
    """The number beside Alerts in the sidebar: open, and nobody has taken them on."""
    known = request.__dict__
    if "alerts_waiting" not in known:
        known["alerts_waiting"] = acknowledging.waiting()
    return str(known["alerts_waiting"] or "")


class StateFilter(admin.SimpleListFilter):
    """Open ones, unless somebody asks for the history."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("closed", _("closed")), ("all", _("open and closed"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("open")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "closed")


class NoteForm(forms.Form):
    """What is done about an alert."""

    note = forms.CharField(
        label=_("Note"),
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("What is done about it. Kept with the alert; name no customer."),
    )


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """What somebody should know, the worst first."""

    empty = _("No alert is open: nothing that the rules look for is wrong.")
    list_display = ["grade", "what", "cause", "first_seen_at", "count", "taken_on_by"]
    list_display_links = ["grade", "what"]
    linked_by = ["closed_at"]
    list_filter = [StateFilter, ("severity", ChoicesDropdownFilter), "first_seen_at"]
    list_select_related = ["acknowledged_by"]
    search_fields = ["subject__exact", "rule__exact"]
    search_help_text = _("What it is about (a partner id, a product id), or the rule")
    ordering = ["-closed_at", "-first_seen_at"]  # for the eye; with the rank: get_ordering
    actions_detail = ["acknowledge"]
    readonly_fields = ["grade", "what", "reasoning", "means", "todo", "lists", "taken_on_by"]
    fieldsets = [
        (None, {"fields": ["grade", "what", "reasoning"]}),
        (_("What to do"), {"fields": ["means", "todo", "lists"]}),
        (_("Time"), {"fields": ["first_seen_at", "last_seen_at", "count", "closed_at"]}),
        (_("Acknowledged"), {"fields": ["taken_on_by", "acknowledged_at", "note"]}),
        (_("Mail"), {"fields": ["mailed_at", "closing_mailed_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        grades = [When(severity=grade, then=n) for n, grade in enumerate(rulebook.SEVERITIES)]
        return Alert.objects.annotate(rank=Case(*grades, default=Value(len(grades))))

    def get_ordering(self, request: HttpRequest) -> list[str]:
        # Open ones have no end, which PostgreSQL puts first here.
        return ["-closed_at", "rank", "-first_seen_at"]

    def has_acknowledge_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        if not request.user.has_perm("ota.acknowledge_alert"):
            return False
        alert = self.get_object(request, object_id) if object_id else None
        return alert is None or alert.is_open

    @display(description=_("severity"), ordering="rank")
    def grade(self, alert: Alert) -> str:
        if not alert.is_open:
            return label(_("closed"))
        return label(alert.get_severity_display(), COLOURS.get(alert.severity))

    @display(description=_("what"), ordering="rule")
    def what(self, alert: Alert) -> str:
        return str(alert)

    @display(description=_("why"))
    def reasoning(self, alert: Alert) -> str:
        return rulebook.reasoning(alert)

    @display(description=_("why"))
    def cause(self, alert: Alert) -> SafeString:
        """The same in a list, no narrower than can be read."""
        said = self.reasoning(alert).replace(" %", "\N{NO-BREAK SPACE}%")
        return format_html('<span class="block lg:min-w-64">{}</span>', said)

    @display(description=_("what it means"))
    def means(self, alert: Alert) -> str:
        rule = rulebook.rule_of(alert)
        return str(rule.means) if rule else "–"

    @display(description=_("what to do"))
    def todo(self, alert: Alert) -> str:
        rule = rulebook.rule_of(alert)
        return str(rule.todo) if rule else "–"

    @display(description=_("where to look"))
    def lists(self, alert: Alert) -> SafeString:
        found = [(address, title) for title, address in rulebook.links(alert)]
        return format_html_join(" · ", '<a class="text-link" href="{}">{}</a>', found)

    @display(description=_("acknowledged by"), ordering="acknowledged_by__username")
    def taken_on_by(self, alert: Alert) -> str:
        return alert.acknowledged_by.get_username() if alert.acknowledged_by else "–"

    @action(description=_("Acknowledge"), icon="done_all", permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what is done about it; it stays open until it is over, and asks nobody any more."""
        alert = wanted(self, request, object_id)
        form = NoteForm(request.POST or None)
        if not form.is_valid():
            return ask(
                self,
                request,
                alert,
                form,
                title=_("Acknowledge alert"),
                submit=_("Acknowledge"),
                explained=_(
                    "It stays open until it is over, but nobody is asked to look any more."
                ),
            )
        user = account(request)
        note = form.cleaned_data["note"]
        acknowledging.acknowledge(alert_id=alert.pk, note=note, user=user, at=timezone.now())
        with translation.override(settings.LANGUAGE_CODE):  # the log has one for everybody
            self.log_change(request, alert, f"Acknowledge: {note}")
        messages.success(request, _("Alert acknowledged."))
        return HttpResponseRedirect(reverse("admin:ota_alert_change", args=[alert.pk]))
