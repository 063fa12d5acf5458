"""What partners call: per partner and day, endpoint or error, how often, how it ended, how fast.

One statement over the log of calls, whatever is asked, in one short snapshot; a million calls
take a second or two. Days are those of Hong Kong. The log is kept for REQUEST_LOG_DAYS.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db import connection, transaction

from resellers.models import Partner
from ticketing.periods import DAY, midnight

By = Literal["day", "endpoint", "error"]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which calls, and what each line is about: from the first to the last day in Hong Kong."""

    first: date
    last: date
    by: By = "day"
    partner: Partner | None = None

    @property
    def begins(self) -> datetime:
        return midnight(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment that is no longer in it."""
        return midnight(self.last + DAY)


@dataclass(frozen=True, slots=True)
class Figures:
    """Some calls: `declined` are all 4xx, `limited` the 429 among them, `failed` the 5xx.

    Milliseconds until the answer was ready; None where there was no call.
    """

    calls: int = 0
    declined: int = 0
    limited: int = 0
    failed: int = 0
    median: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The calls of one partner on a day (`2026-12-24`), at an endpoint (`GET inventory`) or
    with an error (its code, or its status where it had none).

    Without a partner: calls with an unknown key.
    """

    key: str
    partner: Partner | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Usage:
    """Days newest first, endpoints and errors by how often they occur; and all together."""

    lines: list[Line]
    total: Figures

    def calls_by_key(self) -> dict[str, Figures]:
        """Lines of all partners added up; times cannot be, so they are left out."""
        added: dict[str, list[int]] = {}
        for line in self.lines:
            known = added.setdefault(line.key, [0, 0, 0, 0])
            for place, number in enumerate(_counts(line.figures)):
                known[place] += number
        return {key: Figures(*numbers) for key, numbers in added.items()}


def usage(wish: Wish) -> Usage:
    """What was called, by two queries."""
    rows = _rows(wish)
    partners = Partner.objects.in_bulk({row[1] for row in rows if row[1] is not None})
    total = Figures()
    lines = []
    for key, partner_id, is_total, *figures in rows:
        if is_total:
            total = _figures(figures)
        else:
            lines.append(Line(key, partners.get(partner_id), _figures(figures)))
    lines.sort(key=_name_of_partner)
    if wish.by == "day":
        lines.sort(key=lambda line: line.key, reverse=True)
    else:
        lines.sort(key=lambda line: -line.figures.calls)
    return Usage(lines, total)


def _counts(figures: Figures) -> tuple[int, int, int, int]:
    return figures.calls, figures.declined, figures.limited, figures.failed


def _name_of_partner(line: Line) -> str:
    return line.partner.partner_id if line.partner else ""


def _figures(row: Iterable[Any]) -> Figures:
    calls, declined, limited, failed, times = row
    return Figures(calls, declined, limited, failed, *(times or (None, None)))


@transaction.atomic
def _rows(wish: Wish) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        # It sorts what it finds: in memory, where a million calls fit.
        cursor.execute("SET LOCAL statement_timeout = '30s'; SET LOCAL work_mem = '64MB'")
        cursor.execute(
            _CALLS.format(key=_KEYS[wish.by], which=_WHICH[wish.by]),
            {
                "begins": wish.begins,
                "ends": wish.ends,
                "partner": wish.partner.pk if wish.partner else None,
            },
        )
        return cursor.fetchall()


_KEYS = {
    "day": "to_char(at AT TIME ZONE 'Asia/Hong_Kong', 'YYYY-MM-DD')",
    "endpoint": "method || ' ' || route",
    "error": "coalesce(nullif(code, ''), status::text)",
}
_WHICH = {"day": "", "endpoint": "", "error": "AND status >= 400"}
# Only constants of ours are put into it; values are bound.
_CALLS = """
SELECT {key} AS key, partner_id, grouping({key}) = 1, count(*),
       count(*) FILTER (WHERE status BETWEEN 400 AND 499), count(*) FILTER (WHERE status = 429),
       count(*) FILTER (WHERE status >= 500),
       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY milliseconds)
  FROM ota_apicall
 WHERE at >= %(begins)s AND at < %(ends)s
   AND (%(partner)s::bigint IS NULL OR partner_id = %(partner)s::bigint) {which}
 GROUP BY GROUPING SETS (({key}, partner_id), ())
"""
