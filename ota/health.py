"""Is it well? For load balancers, operators and whoever is woken at night."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from config.redis_client import client

from .models import Heartbeat


def beat(part: str, *, at: datetime) -> None:
    """Note that a part is alive."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": at})


def report(*, at: datetime) -> tuple[bool, dict[str, Any]]:
    """Whether requests can be served, and the state of each part.

    A cache that is away, or a part that is silent, makes nothing unready: sales go on without.
    """
    database = _database()
    parts = {
        "database": database,
        "migrations": _migrations() if database == "ok" else "unknown",
        "cache": _cache(),
        **(_ages(at) if database == "ok" else dict.fromkeys(Heartbeat.Part.values)),
    }
    is_ready = parts["database"] == "ok" and parts["migrations"] == "ok"
    return is_ready, {"status": "ok" if is_ready else "unavailable", "parts": parts}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return "unavailable"
    return "ok"


def _migrations() -> str:
    try:
        return "ok" if _are_applied() else "pending"
    except DatabaseError:
        return "unknown"


class _Pending(Exception):
    """Raised so that only the final answer is remembered."""


def _are_applied() -> bool:
    try:
        return _once_applied()
    except _Pending:
        return False


@lru_cache(maxsize=1)
def _once_applied() -> bool:
    # The code of a process never changes, so what was applied for it stays applied.
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _Pending
    return True


def _cache() -> str:
    try:
        client().ping()
    except RedisError:
        return "degraded"
    return "ok"


def _ages(at: datetime) -> dict[str, Any]:
    """How long ago each part that runs on its own was seen; None where it never was."""
    try:
        seen = dict(Heartbeat.objects.values_list("part", "at"))
    except DatabaseError:
        seen = {}
    return {
        part: {"last_seen_seconds_ago": _seconds(at, seen.get(part))}
        for part in Heartbeat.Part.values
    }


def _seconds(now: datetime, then: datetime | None) -> float | None:
    return round((now - then).total_seconds(), 1) if then else None
