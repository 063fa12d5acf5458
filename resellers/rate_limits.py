"""Requests per minute of a partner, over all its keys and all web workers.

django-ratelimit decides windows and limits; it asks its cache to `add` a counter and then to
`incr` it. `OneStepCounter` answers both with a single atomic INCR in Redis. While Redis is
away each process counts for itself, so that sales go on under a limit.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

import structlog
from django.core.cache.backends.base import BaseCache
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from config.redis_client import ask

from .models import Partner

log = structlog.get_logger("ota.rate_limits")
WINDOW_SECONDS = 60
RETRY_REDIS_AFTER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a partner has used of its minute: `remaining` never below 0, `reset` in seconds."""

    limit: int
    remaining: int
    reset: int
    is_exceeded: bool


def count(partner: Partner) -> Usage:
    """Count one request of a partner, atomically across workers."""
    counted = _count_in_redis(partner)
    if counted is None:
        return _LOCAL.count(partner)
    used, reset = counted
    return _usage(partner.rate_limit, used, reset)


def _count_in_redis(partner: Partner) -> tuple[int, int] | None:
    if _OUTAGE.is_on():
        return None
    try:
        usage = get_usage(
            request=None,
            group="partner",
            key=lambda *_: partner.partner_id,
            rate=f"{partner.rate_limit}/m",
            increment=True,
        )
    except RedisError as error:
        _OUTAGE.begin(error)
        return None
    return usage["count"], max(usage["time_left"], 0)


def _usage(limit: int, used: int, reset: int) -> Usage:
    return Usage(limit, max(limit - used, 0), reset, used > limit)


class OneStepCounter(BaseCache):
    """The two calls django-ratelimit makes of a cache, as one atomic step in Redis."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._count = 0

    def add(self, key: str, value: Any, timeout: Any = None, version: Any = None) -> bool:
        """Count once; True when this was the first of the window."""
        self._count = ask("INCR", f"gangway:{key}")
        if self._count == 1:
            ask("EXPIRE", f"gangway:{key}", timeout)
        return self._count == 1

    def incr(self, key: str, delta: int = 1, version: Any = None) -> int:
        """The count that `add` has just made."""
        return self._count


class LocalWindows:
    """Fixed windows of this process alone, for as long as Redis is away."""

    def __init__(self) -> None:
        self._window = 0
        self._counts: dict[int, int] = {}
        self._one_at_a_time = threading.Lock()  # a worker has several threads

    def count(self, partner: Partner) -> Usage:
        now = int(time.time())
        window = now // WINDOW_SECONDS
        with self._one_at_a_time:
            if window != self._window:
                self._window, self._counts = window, {}
            used = self._counts[partner.pk] = self._counts.get(partner.pk, 0) + 1
        return _usage(partner.rate_limit, used, WINDOW_SECONDS - now % WINDOW_SECONDS)


class Outage:
    """Remembers that Redis was away a moment ago, so that not every request waits for it."""

    def __init__(self) -> None:
        self._until = 0.0

    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def begin(self, error: Exception) -> None:
        self._until = time.monotonic() + RETRY_REDIS_AFTER_SECONDS
        log.error("ota.rate_limits.redis_away", error=type(error).__name__)


_LOCAL = LocalWindows()
_OUTAGE = Outage()
