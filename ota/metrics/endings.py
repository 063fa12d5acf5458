"""How many reservations ended, and how."""

from collections.abc import Iterator

from django.core.cache import cache
from prometheus_client.core import CounterMetricFamily, Metric
from redis.exceptions import RedisError

from config.statements import Row, fetch

RESOLVED = "figures:resolved"
COUNTED_EVERY = 60  # seconds: what is counted over whole tables need not be counted at each scrape


def families() -> Iterator[Metric]:
    """A counter, as the database had it a minute ago at the most; raises DatabaseError."""
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


_RESOLVED = """
SELECT CASE WHEN partner_id IS NULL THEN 'direct' ELSE 'ota' END, status, count(*)
  FROM ticketing_reservation WHERE status <> 'active' GROUP BY 1, 2 ORDER BY 1, 2
"""
