"""Figures for Prometheus: what requests do, and what stock looks like when it asks.

Requests are counted in files that all web workers of a machine share
(PROMETHEUS_MULTIPROC_DIR); stock is read from the database at the moment of the scrape.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from redis.exceptions import RedisError

from config.redis_client import client
from config.statements import fetch

from .calls import STREAM

REQUESTS = Counter(
    "gangway_requests", "Requests answered.", ["route", "method", "status", "partner"]
)
SECONDS = Histogram(
    "gangway_request_seconds",
    "Time until the answer was ready.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
)
QUEUE = "celery"


def count_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: every request is counted by route, method, status and partner."""

    def counted(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        route = _route(request)
        caller = getattr(request, "partner_call", None)
        partner = caller.partner.partner_id if caller else ""
        method = request.method if request.method in KNOWN_METHODS else "other"
        REQUESTS.labels(route, method, response.status_code, partner).inc()
        SECONDS.labels(route).observe(time.perf_counter() - began)
        return response

    return counted


def exposition() -> bytes:
    """Every figure in Prometheus' text format."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    registry.register(StockCollector())
    return generate_latest(registry)


class StockCollector:
    """Counters, overdue holds and queues, as they are now; what cannot be asked is left out."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with suppress(DatabaseError):
            yield from _stock()
        with suppress(DatabaseError):
            yield from _webhooks()
        with suppress(RedisError):
            yield from _queues()


KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return "unknown"
    return (match.url_name or "unnamed") if "admin" not in match.app_names else "admin"


def _stock() -> Iterator[GaugeMetricFamily]:
    units = GaugeMetricFamily(
        "ota_inventory_units",
        "Units by product, channel and state.",
        labels=["product", "channel", "state"],
    )
    for product, channel, allocated, reserved, sold in fetch(_UNITS, {}):
        for state, value in (("allocated", allocated), ("reserved", reserved), ("sold", sold)):
            units.add_metric([str(product), channel, state], value)
    yield units
    for overdue, oldest in fetch(_OVERDUE, {}):
        yield GaugeMetricFamily("ota_reservations_overdue", "Holds not yet swept.", overdue)
        yield GaugeMetricFamily(
            "ota_reservations_oldest_overdue_seconds", "Age of the oldest of them.", oldest
        )


def _webhooks() -> Iterator[GaugeMetricFamily]:
    for waiting, oldest, failing, off in fetch(_WEBHOOKS, {}):
        yield GaugeMetricFamily("ota_webhooks_due", "Notices that could be sent now.", waiting)
        yield GaugeMetricFamily("ota_webhooks_oldest_due_seconds", "Age of the oldest.", oldest)
        yield GaugeMetricFamily("ota_webhooks_failing", "Endpoints that fail.", failing)
        yield GaugeMetricFamily("ota_webhooks_disabled", "Endpoints turned off by us.", off)


def _queues() -> Iterator[GaugeMetricFamily]:
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
_OVERDUE = """
SELECT count(*), coalesce(extract(epoch FROM statement_timestamp() - min(expires_at)), 0)::float
  FROM ticketing_reservation WHERE status = 'active' AND expires_at <= statement_timestamp()
"""
# What is due of endpoints that are neither off nor left alone: nobody but us delays it.
_WEBHOOKS = """
WITH due AS (
  SELECT d.next_attempt_at
    FROM ota_delivery d JOIN ota_webhookendpoint e ON e.id = d.endpoint_id
   WHERE d.state = 'pending' AND d.next_attempt_at <= statement_timestamp()
     AND e.is_active AND e.removed_at IS NULL
     AND (e.paused_until IS NULL OR e.paused_until <= statement_timestamp()))
SELECT (SELECT count(*) FROM due),
       coalesce(extract(epoch FROM statement_timestamp() - (SELECT min(next_attempt_at) FROM due)),
                0)::float,
       (SELECT count(*) FROM ota_webhookendpoint
         WHERE is_active AND removed_at IS NULL AND failing_since IS NOT NULL),
       (SELECT count(*) FROM ota_webhookendpoint
         WHERE removed_at IS NULL AND disabled_why IN ('gone', 'failing'))
"""
