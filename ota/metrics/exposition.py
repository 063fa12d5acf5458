"""Every figure for Prometheus: requests as they were counted, the rest as it is when it asks."""

from collections.abc import Iterator
from contextlib import suppress

from django.db import DatabaseError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from redis.exceptions import RedisError

from . import endings, heartbeats, queues, stock, tasks, webhooks
from .requests import IS_SHARED, REQUESTS, SECONDS


def exposition() -> bytes:
    """Every figure in Prometheus' text format."""
    registry = CollectorRegistry()
    if IS_SHARED:
        MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    registry.register(Present())
    return generate_latest(registry)


class Present:
    """What database and Redis say at this moment; what cannot be asked is left out."""

    def collect(self) -> Iterator[Metric]:
        with suppress(DatabaseError):
            yield from stock.families()
            yield from heartbeats.families()
            yield from endings.families()
            yield from webhooks.families()
        with suppress(RedisError):
            yield from queues.families()
            yield from tasks.families()
