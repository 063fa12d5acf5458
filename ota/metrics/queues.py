"""How much waits in Redis: tasks, notices for senders, calls to be noted."""

from collections.abc import Iterator

from django.conf import settings
from prometheus_client.core import GaugeMetricFamily, Metric

from config.redis_client import client

from ..calls import STREAM

QUEUE = "celery"


def families() -> Iterator[Metric]:
    """Gauges, as Redis has them now; raises RedisError."""
    length = GaugeMetricFamily("gangway_queue_length", "Entries waiting.", labels=["queue"])
    length.add_metric(["tasks"], client().llen(QUEUE))
    length.add_metric(["senders"], client().llen(settings.WEBHOOK_QUEUE))
    length.add_metric(["calls"], client().xlen(STREAM))
    yield length
