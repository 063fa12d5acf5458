"""Settlement periods: weeks, months and quarters of Hong Kong."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from resellers.models import Reseller

from .codes import HONG_KONG

Cycle = Reseller.Cycle
DAY = timedelta(days=1)
MONTHS = {Cycle.MONTHLY: 1, Cycle.QUARTERLY: 3}


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment of its first day to the last of its last, in Hong Kong."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return midnight(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment that is no longer in it."""
        return midnight(self.last + DAY)


def period(cycle: str, day: date, *, not_before: date | None = None) -> Period:
    """The period of a cycle that a day is in; shortened where it would begin too early."""
    first, last = _week(day) if cycle == Cycle.WEEKLY else _months(day, MONTHS[Cycle(cycle)])
    return Period(max(first, not_before or first), last)


def day_of(moment: datetime) -> date:
    """Its date in Hong Kong."""
    return moment.astimezone(HONG_KONG).date()


def midnight(day: date) -> datetime:
    """The moment a day begins in Hong Kong."""
    return datetime.combine(day, time(), HONG_KONG)


def _week(day: date) -> tuple[date, date]:
    monday = day - day.weekday() * DAY
    return monday, monday + 6 * DAY


def _months(day: date, number: int) -> tuple[date, date]:
    first = day.replace(month=day.month - (day.month - 1) % number, day=1)
    after = first.month + number
    return first, date(first.year + after // 13, (after - 1) % 12 + 1, 1) - DAY
