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

    A cache that is away or a silent worker makes nothing unready: sales go on without them.
    """
    database = _database()
    parts = {
        "database": database,
        "migrations": _migrations() if database == "ok" else "unknown",
        "cache": _cache(),
        "beat": _age("beat", at) if database == "ok" else None,
        "worker": _age("worker", at) if database == "ok" else None,
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


def _age(part: str, at: datetime) -> dict[str, Any]:
    try:
        seen = Heartbeat.objects.filter(part=part).first()
    except DatabaseError:
        seen = None
    age = round((at - seen.at).total_seconds(), 1) if seen else None
    return {"last_seen_seconds_ago": age}
