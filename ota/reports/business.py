"""The monthly business metrics: their values of twelve months, and which targets were missed.

Where the system cannot know a figure it says so, and why; it never shows a guess.
"""

from dataclasses import dataclass
from datetime import date, datetime

from .definitions import DEFINITIONS, Definition
from .monthly import facts, months_until
from .series import Series


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its values of all months."""

    definition: Definition
    series: list[Series]

    def is_met(self, series: Series, place: int = -1) -> bool | None:
        """Whether a series met the target in a month; None where there is nothing to judge."""
        cell, goal = series.cells[place], self.definition.goal
        if cell is None or goal is None or not series.is_judged:
            return None
        return goal.is_met(cell.value)


@dataclass(frozen=True, slots=True)
class Report:
    """Every metric over some months, oldest first, as they were known at a moment."""

    months: list[date]
    at: datetime
    metrics: list[Metric]

    def missed(self) -> list[Metric]:
        """Those of which a target was missed in the last month."""
        return [
            metric
            for metric in self.metrics
            if any(metric.is_met(series) is False for series in metric.series)
        ]


def report(month: date, *, at: datetime) -> Report:
    """The metrics of a month of Hong Kong and of the eleven before it."""
    months = months_until(month)
    found = facts(months, at=at)
    return Report(
        months,
        at,
        [Metric(each, each.series(found) if each.series else []) for each in DEFINITIONS],
    )
