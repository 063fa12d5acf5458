"""The page of what partners call: a chart, its table, and both as a file."""

from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from config.admin_exports import as_file
from config.admin_pages import dressed, page
from resellers.models import Partner
from ticketing.periods import DAY, day_of, midnight

from ..reports.usage import By, Figures, Line, Usage, Wish, usage
from .reports import kind_of_file, note_export

MAY = "ota.view_usage"
DAYS = 7
LONGEST = timedelta(days=366)
MOST_LINES = 200
MOST_BARS = 12
BY = {"day": lazy("Day"), "endpoint": lazy("Endpoint"), "error": lazy("Error")}
CALLS = "admin:ota_apicall_changelist"


class UsageForm(forms.Form):
    """What is asked for; days are those of Hong Kong."""

    first = forms.DateField(
        label=lazy("From"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=lazy("To"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    partner = forms.ModelChoiceField(
        Partner.objects.all(),
        label=lazy("Partner"),
        required=False,
        empty_label=lazy("All partners"),
        widget=UnfoldAdminSelectWidget,
    )
    by = forms.ChoiceField(label=lazy("Grouped by"), choices=BY, widget=UnfoldAdminSelectWidget)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        if first and last and last < first:
            self.add_error("last", lazy("This day is before the first one."))
        if first and last and last - first > LONGEST:
            self.add_error("last", lazy("At most a year at a time."))
        return said

    def wish(self) -> Wish:
        said = self.cleaned_data
        return Wish(said["first"], said["last"], cast(By, said["by"]), said["partner"])


@page("usage/", name="usage", permission=MAY)
def usage_page(request: HttpRequest) -> HttpResponse:
    """What was called, of the last seven days where nothing else is asked for."""
    form = _form(request)
    context: dict[str, Any] = {"title": _("Partner usage"), "form": form}
    if form.is_valid():
        context |= _found(form.wish())
    return dressed(
        request,
        "admin/usage.html",
        **context,
        kept_days=settings.REQUEST_LOG_DAYS,
        may_see_calls=request.user.has_perm("ota.view_apicall"),
        query=urlencode({name: form[name].value() or "" for name in form.fields}),
    )


@page("usage/export.<str:kind>", name="usage_export", permission=MAY)
def usage_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The table of the page with these filters, all lines of it."""
    kind_of_file(kind)
    form = _form(request)
    if not form.is_valid():
        return HttpResponseRedirect(f"{reverse('admin:usage')}?{request.META['QUERY_STRING']}")
    wish = form.wish()
    found = usage(wish)
    whose = wish.partner.partner_id if wish.partner else "all partners"
    said = f"{whose}, {wish.first} to {wish.last}, by {wish.by}"
    note_export(request, "partner usage", f"{said}: {len(found.lines)} lines as {kind.upper()}.")
    columns = [BY[wish.by], _("Partner"), *_COLUMNS.values()]
    rows = ([line.key, _partner(line), *_numbers(line.figures)] for line in found.lines)
    return as_file(kind, f"usage-{wish.first}-{wish.last}", [str(each) for each in columns], rows)


def _form(request: HttpRequest) -> UsageForm:
    today = day_of(timezone.now())
    usual = {"first": today - timedelta(days=DAYS - 1), "last": today, "partner": "", "by": "day"}
    asked = {name: request.GET[name] for name in usual if name in request.GET}
    return UsageForm({**usual, **asked})


def _found(wish: Wish) -> dict[str, Any]:
    found = usage(wish)
    shown = found.lines[:MOST_LINES]
    return {
        "wish": wish,
        "key_title": BY[wish.by],
        "columns": list(_COLUMNS.values()),
        "lines": [_row(wish, line) for line in shown],
        "left_out": len(found.lines) - len(shown),
        "total": _cells(found.total),
        "bars": _bars(wish, found),
    }


def _row(wish: Wish, line: Line) -> dict[str, Any]:
    return {
        "key": _key(wish, line.key),
        "partner": _partner(line),
        "cells": _cells(line.figures),
        "is_failing": line.figures.failed > 0,
        "calls": f"{reverse(CALLS)}?{urlencode(_filters(wish, line))}",
    }


def _key(wish: Wish, key: str) -> str:
    if wish.by == "day":
        return date_format(date.fromisoformat(key), "SHORT_DATE_FORMAT")
    return key.strip() if wish.by == "error" or key[-1:] != " " else f"{key}({_('no route')})"


def _partner(line: Line) -> str:
    return line.partner.partner_id if line.partner else _("unknown key")


def _filters(wish: Wish, line: Line) -> dict[str, str]:
    """What the list of calls is filtered by to show those of a line."""
    begins, ends = wish.begins, wish.ends
    if wish.by == "day":
        begins = midnight(date.fromisoformat(line.key))
        ends = begins + DAY
    filters = {"at__gte": begins.isoformat(), "at__lt": ends.isoformat()}
    if line.partner:
        filters["partner__id__exact"] = str(line.partner.pk)
    else:
        filters["key"] = "unknown"
    if wish.by == "endpoint":
        method, route = line.key.split(" ", 1)
        filters |= {"method__exact": method, "route__exact": route}
    if wish.by == "error":
        filters["status__exact" if line.key.isdigit() else "code__exact"] = line.key
    return filters


_COLUMNS = {
    "calls": lazy("Calls"),
    "declined": lazy("4xx declined"),
    "limited": lazy("429 limited"),
    "failed": lazy("5xx failed"),
    "median": lazy("Median ms"),
    "p95": lazy("p95 ms"),
}


def _numbers(figures: Figures) -> list[Any]:
    found = [getattr(figures, name) for name in _COLUMNS]
    return [round(value, 1) if isinstance(value, float) else value for value in found]


def _cells(figures: Figures) -> list[str]:
    return ["–" if value is None else f"{value:,}" for value in _numbers(figures)]


def _bars(wish: Wish, found: Usage) -> list[dict[str, Any]]:
    """Every day of the wish, or what was called most; heights in per cent of the highest."""
    counted = found.calls_by_key()
    if wish.by == "day":
        days = (wish.last - wish.first).days + 1
        keys = [(wish.first + timedelta(days=number)).isoformat() for number in range(days)]
    else:
        keys = sorted(counted, key=lambda key: -counted[key].calls)[:MOST_BARS]
    highest = max((figures.calls for figures in counted.values()), default=0)
    return [_bar(wish, key, counted.get(key, Figures()), highest) for key in keys]


def _bar(wish: Wish, key: str, figures: Figures, highest: int) -> dict[str, Any]:
    done = figures.calls - figures.declined - figures.failed
    parts = (("failed", figures.failed), ("declined", figures.declined), ("done", done))
    return {
        "label": _key(wish, key),
        "calls": f"{figures.calls:,}",
        "parts": [(kind, f"{100 * number / highest:.2f}") for kind, number in parts if number],
    }
