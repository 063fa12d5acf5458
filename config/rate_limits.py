"""How often somebody may do something: fixed windows, counted once by all web workers.

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

log = structlog.get_logger("ota.rate_limits")
MINUTE = 60
RETRY_REDIS_AFTER_SECONDS = 2.0
MOST_COUNTED_HERE = 100_000  # of whom a process keeps counts of its own, some 20 MB


@dataclass(frozen=True, slots=True)
class Usage:
    """What somebody has used of a window: `remaining` at least 0, `reset` at least a second."""

    limit: int
    remaining: int
    reset: int
    is_exceeded: bool


def count(group: str, who: str, limit: int, seconds: int = MINUTE) -> Usage:
    """Count one act of somebody among those of a group, atomically across workers."""
    counted = _count_in_redis(group, who, limit, seconds)
    if counted is None:
        return _LOCAL.count(group, who, limit, seconds)
    used, reset = counted
    return _usage(limit, used, reset)


def _count_in_redis(group: str, who: str, limit: int, seconds: int) -> tuple[int, int] | None:
    if OUTAGE.is_on():
        return None
    try:
        usage = get_usage(
            request=None,
            group=group,
            key=lambda *_: who,
            rate=(limit, seconds),
            increment=True,
        )
    except RedisError as error:
        OUTAGE.begin(error)
        return None
    # Its window still counts in the second in which nothing is left of it.
    return usage["count"], max(usage["time_left"], 0) + 1


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
    """Fixed windows of this process alone, for as long as Redis is away.

    Beyond MOST_COUNTED_HERE those who come new share one count.
    """

    def __init__(self) -> None:
        self._windows: dict[int, int] = {}  # by length in seconds
        self._counts: dict[tuple[int, str, str], int] = {}
        self._one_at_a_time = threading.Lock()  # a worker has several threads

    def count(self, group: str, who: str, limit: int, seconds: int = MINUTE) -> Usage:
        now = int(time.time())
        with self._one_at_a_time:
            self._begin_anew(seconds, now // seconds)
            key = (seconds, group, who)
            if key not in self._counts and len(self._counts) >= MOST_COUNTED_HERE:
                key = (seconds, group, "")
            used = self._counts[key] = self._counts.get(key, 0) + 1
        return _usage(limit, used, seconds - now % seconds)

    def _begin_anew(self, seconds: int, window: int) -> None:
        if self._windows.get(seconds) != window:
            self._windows[seconds] = window
            self._counts = {key: used for key, used in self._counts.items() if key[0] != seconds}


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
OUTAGE = Outage()
