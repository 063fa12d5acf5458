"""All numbers of the dashboard: one statement each, however many products and partners there are.

Each statement is a transaction of its own, so no snapshot is held from one to the next and no lock
at any time: sales never wait for somebody who looks.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import OperationalError, connection
from django.db.models import Case, Count, IntegerField, Value, When, Window

from config import sqlstates
from inventory.models import UrgentRelease

from .. import health
from ..alerts import rulebook
from ..models import Alert
from . import statements
from .shapes import Calls, Figures, Health, OpenAlerts, Outcomes, Part, Pool, Takings, Waiting

DAYS = 7  # of holds, sales and the pace of stock
MINUTES = 15  # within which a hold counts as about to lapse
MOST_ALERTS = 8
MOST_RELEASES = 3
SLACK = timedelta(minutes=1)
DAY = timedelta(days=1)
MOST_LATE = 2  # parts that are waited for in vain; no other is asked for then
# Rules whose limits the dashboard judges by as well.
LIMITS = ("low_stock", "beat_silent", "worker_silent", "sender_silent")
BOUNDS = (5, 10, 25, 50, 100, 250, 500, 1000, 2000, 5000)  # milliseconds
Moments = Mapping[str, datetime]
Row = tuple[Any, ...]


def read(parts: Collection[Part] = frozenset(Part)) -> Figures:
    """The figures of these parts, as of one moment of the database's clock."""
    [[now]] = _rows(statements.NOW, {})
    at = {
        "now": now,
        "since": now - DAYS * DAY,
        "yesterday": now - DAY,
        "soon": now + timedelta(minutes=MINUTES),
    }
    found, late = _counted([part for part in READERS if part in parts], at)
    known = limits() if {Part.STOCK, Part.HEALTH}.intersection(parts) else {}
    times = at["now"], at["since"], at["yesterday"], at["soon"]
    return Figures(*times, known, late=late, **found)


def limits() -> dict[str, int]:
    """From when these rules speak, as operators set it."""
    kept = rulebook.thresholds([rulebook.RULES[name] for name in LIMITS])
    return {name: threshold.value or 0 for name, threshold in kept.items()}


def _counted(parts: Collection[Part], at: Moments) -> tuple[dict[str, Any], tuple[Part, ...]]:
    """What could be counted, and what took the database too long: the page comes all the same."""
    found: dict[str, Any] = {}
    late: list[Part] = []
    for part in parts:
        if len(late) >= MOST_LATE:
            late.append(part)
            continue
        try:
            found[part.value] = READERS[part](at)
        except OperationalError as error:
            if sqlstates.of(error) not in sqlstates.TOO_LONG:
                raise
            late.append(part)
    return found, tuple(late)


def pools(at: Moments) -> list[Pool]:
    """The pools of active products: partners' before our own."""
    return [_pool(row, at) for row in _rows(statements.POOLS, {**at, "moment": at["since"]})]


def _pool(row: Row, at: Moments) -> Pool:
    *what, allocated, reserved, sold, overdue, lapsing, lapsing_units, taken, begun_at = row
    allocation_id, product_id, product, channel = what
    began = max(begun_at or at["now"], at["since"])
    # A pool of an hour ago has no pace yet that a day could be told by.
    days = max(at["now"] - began, DAY) / DAY
    held = reserved - int(overdue)
    return Pool(
        allocation_id, product_id, product, channel, allocated, held, sold, lapsing,
        int(lapsing_units), taken / days,
    )  # fmt: skip


def outcomes(at: Moments) -> list[Outcomes]:
    """How holds ended, by channel."""
    rows = _rows(statements.OUTCOMES, {**at, "moment": at["since"] - SLACK})
    return [Outcomes(channel, *map(int, counts)) for channel, *counts in rows]


def takings(at: Moments) -> list[Takings]:
    """What was paid, by channel and currency."""
    return [Takings(*row) for row in _rows(statements.TAKINGS, at)]


def calls(at: Moments) -> list[Calls]:
    """What partners called: those with errors first, then by how much they call."""
    rows = _rows(statements.CALLS, {**at, "bounds": list(BOUNDS)})
    found = [_calls(list(group)) for _, group in groupby(rows, itemgetter(0))]
    return sorted(found, key=lambda each: (-each.failed, -each.limited, -each.calls))


def _calls(rows: list[Row]) -> Calls:
    """The lines of a partner, one for each span of milliseconds, as one."""
    partner_pk, partner_id, name = rows[0][:3]
    total, failed, declined, limited = (sum(row[place] for row in rows) for place in range(4, 8))
    so_far, p95 = 0, None
    for _, _, _, took, count, *_ in rows:
        so_far += count
        if 100 * so_far >= 95 * total:
            p95 = BOUNDS[took] if took < len(BOUNDS) else None
            break
    return Calls(partner_pk, partner_id or "", name or "", total, failed, declined, limited, p95)


def alerts(at: Moments) -> OpenAlerts:
    """What is open: the gravest first, then the latest."""
    ranks = [When(severity=name, then=Value(rank)) for rank, name in enumerate(GRAVEST_FIRST)]
    gravity = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
    known = Alert.objects.filter(closed_at=None).annotate(total=Window(Count("*")))
    shown = list(known.order_by(gravity, "-last_seen_at", "-id")[:MOST_ALERTS])
    return OpenAlerts(shown, shown[0].total if shown else 0)


def releases(at: Moments) -> Waiting:
    """What somebody asked for and nobody has decided."""
    waiting = UrgentRelease.objects.filter(status="requested", expires_at__gt=at["now"])
    known = waiting.select_related("product").annotate(total=Window(Count("*")))
    shown = list(known.order_by("expires_at", "id")[:MOST_RELEASES])
    return Waiting(shown, shown[0].total if shown else 0)


GRAVEST_FIRST = (Alert.Severity.CRITICAL, Alert.Severity.WARNING, Alert.Severity.INFO)


def parts(at: Moments) -> Health:
    """What the parts that run on their own say of themselves."""
    _, told = health.report(at=at["now"])
    state = told["parts"]
    ages = {name: (state[name] or {}).get(SEEN) for name in ("beat", "worker", "sender")}
    return Health(state["database"], state["migrations"], state["cache"], **ages)


SEEN = "last_seen_seconds_ago"
# In this order: what is small and grave is there however slow the rest is.
READERS: Mapping[Part, Callable[[Moments], Any]] = {
    Part.ALERTS: alerts,
    Part.RELEASES: releases,
    Part.HEALTH: parts,
    Part.STOCK: pools,
    Part.HOLDS: outcomes,
    Part.SALES: takings,
    Part.CALLS: calls,
}


def _rows(sql: str, params: Mapping[str, Any]) -> list[Row]:
    # Not prepared: a plan for any moment would guess how much of a table lies after it.
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
