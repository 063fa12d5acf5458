"""The page of the monthly business metrics: what was reached, what was missed, twelve months."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from config.admin_exports import as_file
from config.admin_pages import dressed, page
from ticketing.periods import day_of

from ..reports.business import Metric, Report, report
from ..reports.definitions import Definition
from ..reports.monthly import months_until
from ..reports.series import Cell, Series
from .reports import kind_of_file, note_export

MAY = "ota.view_businessmetrics"
FIRST_YEAR = 2025  # the metrics are asked for from December of it
MOST_SERIES = 4  # on a card; the table has all of them
VERDICTS = {
    True: (lazy("met"), "success"),
    False: (lazy("missed"), "danger"),
}


@page("metrics/", name="metrics", permission=MAY)
def metrics_page(request: HttpRequest) -> HttpResponse:
    """The metrics of one month, of the current one where none is chosen."""
    today = day_of(timezone.now())
    month = _chosen(request, today)
    found = report(month, at=timezone.now())
    return dressed(
        request,
        "admin/business_metrics.html",
        title=_("Business metrics"),
        month=month,
        month_name=_named(month),
        neighbours=_neighbours(month, today),
        first=f"{FIRST_YEAR}-01",
        latest=f"{today:%Y-%m}",
        is_running=(month.year, month.month) == (today.year, today.month),
        months=[_named(each) for each in reversed(found.months)],
        cards=[_card(metric) for metric in found.metrics],
        missed=[{"key": each.definition.key, "title": each.definition.title}
                for each in found.missed()],
        judged=sum(any(m.is_met(s) is not None for s in m.series) for m in found.metrics),
        lines=list(_lines(found)),
    )  # fmt: skip


@page("metrics/export.<str:kind>", name="metrics_export", permission=MAY)
def metrics_export(request: HttpRequest, kind: str) -> HttpResponse:
    """A row for each value of the twelve months, and one for each metric that has none."""
    kind_of_file(kind)
    month = _chosen(request, day_of(timezone.now()))
    found = report(month, at=timezone.now())
    rows = list(_rows(found))
    note_export(request, "business metrics", f"{month:%Y-%m}: {len(rows)} rows as {kind.upper()}.")
    columns = [
        _("Metric"), _("Of"), _("Month"), _("Value"), _("Unit"), _("Target"), _("Met"), _("Note"),
    ]  # fmt: skip
    return as_file(kind, f"business-metrics-{month:%Y-%m}", columns, rows)


def _chosen(request: HttpRequest, today: date) -> date:
    """The first day of the month in the address; nothing lies in the future."""
    current = today.replace(day=1)
    try:
        wished = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return current
    return min(max(wished, date(FIRST_YEAR, 1, 1)), current)


def _neighbours(month: date, today: date) -> dict[str, str]:
    before = months_until(month, 2)[0]
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return {
        "before": f"{before:%Y-%m}" if before.year >= FIRST_YEAR else "",
        "after": f"{after:%Y-%m}" if after <= today else "",
    }


def _named(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")


def _card(metric: Metric) -> dict[str, Any]:
    told = metric.definition
    verdicts = [metric.is_met(series) for series in metric.series]
    return {
        "key": told.key,
        "title": told.title,
        "how": told.how,
        "unknown": told.unknown,
        "target": _target(told),
        "is_missed": False in verdicts,
        "is_unknown": told.series is None,
        "series": [_shown(metric, series) for series in metric.series[:MOST_SERIES]],
        "left_out": max(0, len(metric.series) - MOST_SERIES),
    }


def _shown(metric: Metric, series: Series) -> dict[str, Any]:
    told, cell = metric.definition, series.cells[-1]
    return {
        "name": series.name,
        "value": _said(told.unit, cell),
        "note": cell.note if cell else _("nothing to count yet"),
        "verdict": VERDICTS.get(metric.is_met(series)),  # type: ignore[arg-type]
        "trend": _trend(series, told),
    }


def _trend(series: Series, told: Definition) -> dict[str, Any]:
    """Bars of the twelve months, and the target as a line, in a drawing 100 units high."""
    goal = told.goal.number if told.goal and series.is_judged else 0
    highest = max([goal, *(cell.value for cell in series.cells if cell)]) or 1
    return {
        "bars": [
            (place * 10, f"{100 - height:.1f}", f"{height:.1f}")
            for place, cell in enumerate(series.cells)
            if cell and (height := max(100 * cell.value / highest, 2))
        ],
        "goal": f"{100 - 100 * goal / highest:.1f}" if goal else "",
        "last": (len(series.cells) - 1) * 10,
        "width": len(series.cells) * 10,
    }


def _lines(found: Report) -> Iterator[dict[str, Any]]:
    """The table under the cards: every series, every month, the newest first."""
    for metric in found.metrics:
        told = metric.definition
        for series in metric.series:
            yield {
                "title": told.title,
                "key": told.key,
                "name": series.name,
                "target": _target(told) if series.is_judged else "",
                "cells": [
                    (_said(told.unit, cell), metric.is_met(series, place) is False)
                    for place, cell in reversed(list(enumerate(series.cells)))
                ],
            }


def _rows(found: Report) -> Iterator[list[object]]:
    for metric in found.metrics:
        told = metric.definition
        for series in metric.series:
            for place, month in enumerate(found.months):
                yield _row(metric, series, place, month)
        if told.series is None:
            yield [told.title, "", "", "", told.unit, _target(told), "", told.unknown]


def _row(metric: Metric, series: Series, place: int, month: date) -> list[object]:
    told, cell = metric.definition, series.cells[place]
    met = VERDICTS.get(metric.is_met(series, place))  # type: ignore[arg-type]
    return [
        told.title,
        series.name,
        f"{month:%Y-%m}",
        round(cell.value, 6) if cell else "",
        told.unit,
        _target(told) if series.is_judged else "",
        met[0] if met else "",
        cell.note if cell else "",
    ]


def _target(told: Definition) -> str:
    if told.goal is None:
        return ""
    return f"{told.goal.sign} {_said(told.unit, Cell(told.goal.number))}"


_FORMS: dict[str, tuple[Any, float, int]] = {
    "share": ("%s %%", 100, 1),
    "share_per_day": (lazy("%s %% a day"), 100, 2),
    "hours": (lazy("%s h"), 1, 1),
    "minutes": (lazy("%s min"), 60, 0),
    "seconds": (lazy("%s s"), 1, 2),
    "per_day": ("%s", 1, 1),
    "number": ("%s", 1, 0),
    "money": ("%s", 1, 2),
}


def _said(unit: str, cell: Cell | None) -> str:
    """A value as it is read: `62.5 %`, `1,288.00`; a dash where there is none."""
    if cell is None:
        return "–"
    if unit == "hours" and cell.value < 1:
        unit = "minutes"
    form, times, places = _FORMS[unit]
    exact = cell.value * times
    if unit in ("share", "hours", "seconds") and round(exact, places) == round(exact):
        places = 0  # 80 %, 24 h, 2 s
    return (str(form) % f"{exact:,.{places}f}").replace(" ", "\N{NO-BREAK SPACE}")
