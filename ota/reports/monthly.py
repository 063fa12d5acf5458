"""What happened in each of some months of Hong Kong, counted: the facts of the business metrics.

Eight statements, however many months, partners or products there are. What a status or a counter
was at the end of a past month is read from its history, never from its present value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from ticketing.periods import midnight

MONTHS = 12


def months_until(last: date, number: int = MONTHS) -> list[date]:
    """The first days of some months, oldest first; `last` is any day of the last of them."""
    place = last.year * 12 + last.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(place - number + 1, place + 1)]


@dataclass(frozen=True, slots=True)
class Span:
    """Months without a gap; facts name a month by its place among them, from 0."""

    months: Sequence[date]
    at: datetime

    @property
    def bounds(self) -> list[datetime]:
        """Where each of them begins, and the first moment after the last."""
        last = self.months[-1]
        after = date(last.year + last.month // 12, last.month % 12 + 1, 1)
        return [midnight(month) for month in (*self.months, after)]

    def days(self, place: int) -> float:
        """How many days of a month are over."""
        begins, ends = self.bounds[place : place + 2]
        return max((min(ends, self.at) - begins) / timedelta(days=1), 0.0)


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool at the last of its moves in a month, and how many moves there were."""

    month: int  # -1: before all of them
    allocation_id: int
    channel: str
    allocated: int
    reserved: int
    sold: int
    moves: int
    by_staff: int
    oversold: int


@dataclass(frozen=True, slots=True)
class Held:
    """Reservations made in a month: what became of them, and how long those that ended lasted."""

    month: int
    channel: str
    made: int
    activated: int
    cancelled: int
    expired: int
    average_seconds: float | None


@dataclass(frozen=True, slots=True)
class Sales:
    """Orders that were confirmed in a month and still stand."""

    month: int
    channel: str
    currency: str
    orders: int
    revenue: float


@dataclass(frozen=True, slots=True)
class PartnerCalls:
    month: int
    partner: str
    calls: int


@dataclass(frozen=True, slots=True)
class EndpointCalls:
    month: int
    endpoint: str
    calls: int
    failed: int
    p95: float


@dataclass(frozen=True, slots=True)
class Premade:
    """Pre-made tickets: generated, no longer unsold, and of these activated."""

    month: int  # -1: before all of them
    made: int
    left: int
    activated: int


@dataclass(frozen=True, slots=True)
class Intervention:
    """How many requests of staff changed stock, reservations, orders or tickets."""

    month: int
    requests: int


@dataclass(frozen=True, slots=True)
class Onboarding:
    """A partner, and when it first reserved or generated tickets."""

    partner: str
    registered_at: datetime
    is_active: bool
    first_success_at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the metrics of these months are made of."""

    span: Span
    pools: list[Pool]
    held: list[Held]
    sales: list[Sales]
    partner_calls: list[PartnerCalls]
    endpoint_calls: list[EndpointCalls]
    premade: list[Premade]
    interventions: list[Intervention]
    partners: list[Onboarding]


@transaction.atomic
def facts(months: Sequence[date], *, at: datetime) -> Facts:
    """What happened in these months until `at`; each statement sees a moment of its own."""
    span = Span(months, at)
    bounds = span.bounds
    asked: Any = {"bounds": bounds, "first": bounds[0], "end": min(bounds[-1], at), "at": at}
    with connection.cursor() as cursor:
        # Of the histories it reads all there is; that may take longer than a request should.
        cursor.execute("SET LOCAL statement_timeout = '30s'; SET LOCAL work_mem = '64MB'")

        def found(kind: Any, sql: str) -> list[Any]:
            cursor.execute(sql, asked)
            return [kind(*row) for row in cursor.fetchall()]

        return Facts(
            span,
            pools=found(Pool, _POOLS),
            held=found(Held, _HELD),
            sales=found(Sales, _SALES),
            partner_calls=found(PartnerCalls, _PARTNER_CALLS),
            endpoint_calls=found(EndpointCalls, _ENDPOINT_CALLS),
            premade=found(Premade, _PREMADE),
            interventions=found(Intervention, _INTERVENTIONS),
            partners=found(Onboarding, _PARTNERS),
        )


# Months are numbered by PostgreSQL from their bounds: 1 is the first, 0 all before; less 1 here.
_POOLS = """
WITH last AS (
  SELECT allocation_id, width_bucket(at, %(bounds)s::timestamptz[]) - 1 AS month, max(seq) AS seq,
         count(*) AS moves, count(*) FILTER (WHERE by LIKE 'staff:%%') AS by_staff,
         count(*) FILTER (WHERE reserved + sold > allocated) AS oversold
    FROM inventory_allocationmove WHERE at < %(end)s GROUP BY 1, 2)
SELECT last.month, a.id, a.channel, m.allocated, m.reserved, m.sold, last.moves, last.by_staff,
       last.oversold
  FROM last JOIN inventory_allocationmove m USING (allocation_id, seq)
  JOIN inventory_channelallocation a ON a.id = last.allocation_id
 ORDER BY last.month, a.id
"""
# A hold that is over counts as expired whether or not the sweep has been there.
_HELD = """
WITH held AS (
  SELECT width_bucket(r.created_at, %(bounds)s::timestamptz[]) - 1 AS month, a.channel,
         CASE WHEN r.status = 'active' AND r.expires_at <= %(at)s THEN 'expired' ELSE r.status END
           AS status,
         extract(epoch FROM coalesce(r.resolved_at, r.expires_at) - r.created_at) AS seconds
    FROM ticketing_reservation r JOIN inventory_channelallocation a ON a.id = r.allocation_id
   WHERE r.created_at >= %(first)s AND r.created_at < %(end)s)
SELECT month, channel, count(*), count(*) FILTER (WHERE status = 'activated'),
       count(*) FILTER (WHERE status = 'cancelled'), count(*) FILTER (WHERE status = 'expired'),
       (avg(seconds) FILTER (WHERE status <> 'active'))::float
  FROM held GROUP BY 1, 2 ORDER BY 1, 2
"""
_SALES = """
SELECT width_bucket(confirmed_at, %(bounds)s::timestamptz[]) - 1, channel, currency, count(*),
       sum(total_amount)::float
  FROM ticketing_order
 WHERE status = 'CONFIRMED' AND confirmed_at >= %(first)s AND confirmed_at < %(end)s
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_PARTNER_CALLS = """
SELECT counted.month, p.partner_id, counted.calls
  FROM (SELECT width_bucket(at, %(bounds)s::timestamptz[]) - 1 AS month, partner_id,
               count(*) AS calls
          FROM ota_apicall
         WHERE at >= %(first)s AND at < %(end)s AND partner_id IS NOT NULL
         GROUP BY 1, 2) AS counted
  JOIN resellers_partner p ON p.id = counted.partner_id ORDER BY 1, 2
"""
_ENDPOINT_CALLS = """
SELECT width_bucket(at, %(bounds)s::timestamptz[]) - 1, method || ' ' || route, count(*),
       count(*) FILTER (WHERE status >= 500),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY milliseconds)
  FROM ota_apicall
 WHERE at >= %(first)s AND at < %(end)s AND route <> '' GROUP BY 1, 2 ORDER BY 1, 2
"""
_PREMADE = """
SELECT width_bucket(at, %(bounds)s::timestamptz[]) - 1,
       count(*) FILTER (WHERE status = 'PRE_GENERATED'),
       count(*) FILTER (WHERE was = 'PRE_GENERATED'),
       count(*) FILTER (WHERE was = 'PRE_GENERATED' AND status = 'ACTIVE')
  FROM ticketing_ticketmove
 WHERE at < %(end)s AND (status = 'PRE_GENERATED' OR was = 'PRE_GENERATED')
 GROUP BY 1 ORDER BY 1
"""
# One press of a button may move thousands of rows, in stock, orders and tickets at once.
_INTERVENTIONS = """
SELECT width_bucket(at, %(bounds)s::timestamptz[]) - 1,
       count(DISTINCT coalesce(nullif(request_id, ''), row))
  FROM (SELECT at, by, request_id, 'stock ' || id AS row FROM inventory_allocationmove
        UNION ALL SELECT at, by, request_id, 'hold ' || id FROM ticketing_reservationmove
        UNION ALL SELECT at, by, request_id, 'order ' || id FROM ticketing_ordermove
        UNION ALL SELECT at, by, request_id, 'ticket ' || id FROM ticketing_ticketmove) AS moves
 WHERE by LIKE 'staff:%%' AND at >= %(first)s AND at < %(end)s
 GROUP BY 1 ORDER BY 1
"""
_PARTNERS = """
SELECT p.partner_id, p.created_at, p.is_active,
       least((SELECT min(r.created_at) FROM ticketing_reservation r WHERE r.partner_id = p.id),
             (SELECT min(b.created_at) FROM ticketing_batch b WHERE b.partner_id = p.id))
  FROM resellers_partner p ORDER BY p.partner_id
"""
