"""The counter primitive beside a bare UPDATE of one row, through psycopg, on many connections.

Every connection is a process of its own; all write to one row, and every commit is durable. Both
go the same way, as prepared statements of Django's connection. The bare UPDATE has the condition
and nothing else: no history, no law.
"""

import multiprocessing
import time
import uuid
from collections.abc import Callable
from multiprocessing.context import ForkContext
from typing import Any

from django.db import connection
from django.utils import timezone

from config.actors import Actor
from config.statements import fetch
from inventory import allocations
from inventory.models import AllocationCounter
from inventory.moves import Cause

Once = Callable[[], None]
FORK: ForkContext = multiprocessing.get_context("fork")
PRODUCT, CHANNEL = 108, "direct"  # no other load touches this counter

TABLE = """
DROP TABLE IF EXISTS bench_counter;
CREATE TABLE bench_counter (LIKE inventory_allocationcounter INCLUDING ALL)
  WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
INSERT INTO bench_counter (allocation_id, allocated, reserved, sold, version)
VALUES (1, 1000000000, 0, 0, 0)
"""
BARE = """
UPDATE bench_counter SET reserved = reserved + %(units)s::bigint, version = version + 1
 WHERE allocation_id = 1 AND allocated >= reserved + %(units)s::bigint + sold
RETURNING version
"""


def bare() -> None:
    if not fetch(BARE, {"units": 1}):
        raise RuntimeError("The counter did not move.")


def primitive(allocation: int) -> Once:
    by = Actor("bench")

    def hold() -> None:
        cause = Cause("benchmark", uuid.uuid4())
        allocations.hold(allocation, 1, cause=cause, at=timezone.now(), by=by)

    return hold


def per_second(once: Once, connections: int, seconds: float) -> float:
    """Transactions per second over all connections; one that moves nothing ends the run."""
    done: Any = FORK.Queue()
    start: Any = FORK.Barrier(connections)
    workers = [
        FORK.Process(target=_work, args=(once, seconds, start, done)) for _ in range(connections)
    ]
    for worker in workers:
        worker.start()
    counted = [done.get(timeout=60 + seconds) for _ in workers]
    for worker in workers:
        worker.join()
    return sum(counted) / seconds


def _work(once: Once, seconds: float, start: Any, done: Any) -> None:
    count = 0
    once()
    start.wait(60)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        once()
        count += 1
    done.put(count)


def let_go(allocation: int) -> None:
    """Return what was held: no reservation stands behind it, and reconcile would say so."""
    held = AllocationCounter.objects.get(pk=allocation).reserved
    cause = Cause("benchmark", uuid.uuid4())
    allocations.release(allocation, held, cause=cause, at=timezone.now(), by=Actor("bench"))


def measured(connections: int, seconds: float, rounds: int) -> list[dict[str, float]]:
    """Transactions per second of both ways, by round."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    counters = AllocationCounter.objects.filter(allocation__channel=CHANNEL)
    allocation = counters.get(allocation__product_id=PRODUCT).pk
    connection.close()  # before the processes are made
    ways = {"bare": bare, "hold": primitive(allocation)}
    figures = [
        {name: per_second(way, connections, seconds) for name, way in ways.items()}
        for _ in range(rounds)
    ]
    let_go(allocation)
    return figures
