"""What stock, holds, tickets and queues look like when Prometheus asks."""

from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis.exceptions import RedisError

from config.redis_client import client
from config.statements import Row, fetch

from ..calls import STREAM
from . import tasks, webhooks

QUEUE = "celery"
RESOLVED = "figures:resolved"
COUNTED_EVERY = 60  # seconds: what is counted over whole tables need not be counted at each scrape


class StockCollector:
    """Counters, holds, tickets, tasks and queues; what cannot be asked is left out."""

    def collect(self) -> Iterator[Metric]:
        with suppress(DatabaseError):
            yield from _stock()
            yield from _resolved()
            yield from webhooks.families()
        with suppress(RedisError):
            yield from _queues()
            yield from tasks.families()


def _stock() -> Iterator[Metric]:
    units = GaugeMetricFamily(
        "ota_inventory_units",
        "Units by product, channel and state.",
        labels=["product", "channel", "state"],
    )
    for product, channel, allocated, reserved, sold in fetch(_UNITS, {}):
        for state, value in (("allocated", allocated), ("reserved", reserved), ("sold", sold)):
            units.add_metric([str(product), channel, state], value)
    yield units
    for active, overdue, oldest in fetch(_HOLDS, {}):
        yield GaugeMetricFamily("ota_reservations_active", "Holds in force.", active)
        yield GaugeMetricFamily("ota_reservations_overdue", "Holds not yet swept.", overdue)
        yield GaugeMetricFamily(
            "ota_reservations_oldest_overdue_seconds", "Age of the oldest of them.", oldest
        )
    for waiting, activated in fetch(_PREMADE, {}):
        rate = activated / (waiting + activated) if waiting + activated else 0.0
        yield GaugeMetricFamily(
            "ota_tickets_pre_generated_count", "Pre-made tickets nobody has used yet.", waiting
        )
        yield GaugeMetricFamily(
            "ota_tickets_activation_rate",
            "Activated in the last 24 hours, of these and the unused ones (0 to 1).",
            rate,
        )
    age = GaugeMetricFamily(
        "gangway_heartbeat_age_seconds", "Since a part was last seen alive.", labels=["part"]
    )
    for part, seconds in fetch(_HEARTBEATS, {}):
        age.add_metric([part], seconds)
    yield age


def _resolved() -> Iterator[Metric]:
    resolved = CounterMetricFamily(
        "ota_reservations_resolved",
        "Reservations that ended, by channel and how: activated, cancelled, expired.",
        labels=["channel", "outcome"],
    )
    for channel, outcome, number in _counted_lately():
        resolved.add_metric([channel, outcome], number)
    yield resolved


def _counted_lately() -> list[Row]:
    try:
        known: list[Row] | None = cache.get(RESOLVED)
        if known is None:
            known = fetch(_RESOLVED, {})
            cache.set(RESOLVED, known, COUNTED_EVERY)
    except RedisError:
        return fetch(_RESOLVED, {})
    return known


def _queues() -> Iterator[Metric]:
    length = GaugeMetricFamily("gangway_queue_length", "Entries waiting.", labels=["queue"])
    length.add_metric(["tasks"], client().llen(QUEUE))
    length.add_metric(["senders"], client().llen(settings.WEBHOOK_QUEUE))
    length.add_metric(["calls"], client().xlen(STREAM))
    yield length


_UNITS = """
SELECT a.product_id, a.channel, c.allocated, c.reserved, c.sold
  FROM inventory_allocationcounter c JOIN inventory_channelallocation a ON a.id = c.allocation_id
 ORDER BY a.product_id, a.channel
"""
_HOLDS = """
SELECT count(*) FILTER (WHERE expires_at > statement_timestamp()),
       count(*) FILTER (WHERE expires_at <= statement_timestamp()),
       coalesce(extract(epoch FROM statement_timestamp() - min(expires_at)
         FILTER (WHERE expires_at <= statement_timestamp())), 0)::float
  FROM ticketing_reservation WHERE status = 'active'
"""
# What is reserved is either held or waits as a pre-made ticket; `reconcile` proves it. So millions
# of tickets need not be counted. Each activation posts one entry, which has an index by time.
_PREMADE = """
SELECT (SELECT coalesce(sum(reserved), 0) FROM inventory_allocationcounter)
       - (SELECT coalesce(sum(quantity), 0) FROM ticketing_reservation WHERE status = 'active'),
       (SELECT count(*) FROM resellers_partner p
          JOIN ticketing_settlemententry e ON e.partner_id = p.id
         WHERE e.kind = 'activation' AND e.at > statement_timestamp() - interval '1 day')
"""
_HEARTBEATS = """
SELECT part, extract(epoch FROM statement_timestamp() - at)::float FROM ota_heartbeat ORDER BY part
"""
_RESOLVED = """
SELECT CASE WHEN partner_id IS NULL THEN 'direct' ELSE 'ota' END, status, count(*)
  FROM ticketing_reservation WHERE status <> 'active' GROUP BY 1, 2 ORDER BY 1, 2
"""
