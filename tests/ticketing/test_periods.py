"""Weeks, months and quarters of Hong Kong, and the edges between them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.periods import DAY, Cycle, day_of, midnight, period

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))
CYCLES = st.sampled_from(list(Cycle))


@pytest.mark.parametrize(
    ("cycle", "day", "first", "last"),
    [
        ("weekly", "2026-03-01", "2026-02-23", "2026-03-01"),
        ("weekly", "2026-03-02", "2026-03-02", "2026-03-08"),
        ("weekly", "2026-12-31", "2026-12-28", "2027-01-03"),
        ("monthly", "2026-02-28", "2026-02-01", "2026-02-28"),
        ("monthly", "2028-02-29", "2028-02-01", "2028-02-29"),
        ("monthly", "2026-12-01", "2026-12-01", "2026-12-31"),
        ("quarterly", "2026-03-31", "2026-01-01", "2026-03-31"),
        ("quarterly", "2026-04-01", "2026-04-01", "2026-06-30"),
        ("quarterly", "2026-11-20", "2026-10-01", "2026-12-31"),
    ],
)
def test_a_day_is_in_its_period(cycle: str, day: str, first: str, last: str) -> None:
    found = period(cycle, date.fromisoformat(day))
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@given(CYCLES, DAYS)
def test_periods_follow_each_other_without_gap_or_overlap(cycle: str, day: date) -> None:
    this = period(cycle, day)
    after = period(cycle, this.last + DAY)
    assert this.first <= day <= this.last
    assert (after.first, after.begins) == (this.last + DAY, this.ends)
    assert period(cycle, this.first) == period(cycle, this.last) == this


@given(CYCLES, DAYS, st.integers(0, 100))
def test_a_period_never_begins_before_it_may(cycle: str, day: date, behind: int) -> None:
    earliest = day - behind * DAY
    found = period(cycle, day, not_before=earliest)
    assert found.first == max(earliest, period(cycle, day).first)
    assert found.last == period(cycle, day).last


def test_a_day_begins_at_midnight_in_hong_kong() -> None:
    edge = datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert midnight(date(2026, 3, 1)) == edge
    assert day_of(edge) == date(2026, 3, 1)
    assert day_of(edge - timedelta(microseconds=1)) == date(2026, 2, 28)
