"""Guessing passwords: counted before a password is looked at, so that many at once count too.

Ten attempts from one address with one e-mail address, a hundred from all addresses together:
then that login is closed for a while, whether or not such an account exists. A success clears
what was counted here and takes itself off the other count. While Redis is away each process
counts for itself.
"""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from redis.exceptions import RedisError

from config import rate_limits
from config.redis_client import ask

from .errors import LoginLocked

T = TypeVar("T")


def attempt(email: str, address: str) -> None:
    """Count a login that is about to be tried; raises LoginLocked, alike for everybody."""
    for name, limit in _counters(email, address):
        used, left = _count(name)
        if used > limit:
            raise LoginLocked(f"Wait {left} seconds.", retry_after=max(left, 1))


def succeeded(email: str, address: str) -> None:
    """The password was right: what was counted before is forgotten."""
    (here, _), (anywhere, _) = _counters(email, address)
    _with_redis(lambda: ask("DEL", here), lambda: _LOCAL.forget(here))
    _with_redis(lambda: ask("DECR", anywhere), lambda: _LOCAL.take_back(anywhere))


def _counters(email: str, address: str) -> list[tuple[str, int]]:
    """Their names give nobody's e-mail address away."""
    return [
        (_name("here", email.lower(), address), settings.LOGIN_ATTEMPTS),
        (_name("anywhere", email.lower()), settings.LOGIN_ATTEMPTS_ANYWHERE),
    ]


def _name(*parts: str) -> str:
    told = "\n".join(parts).encode()
    mac = hmac.digest(settings.SECRET_KEY.encode(), told, hashlib.sha256).hex()
    return f"gangway:login:{mac[:32]}"


def _count(name: str) -> tuple[int, int]:
    """How many there were with this one, and the seconds until they are forgotten."""
    seconds = settings.LOGIN_LOCK_MINUTES * 60

    def in_redis() -> tuple[int, int]:
        used = ask("INCR", name)
        ask("EXPIRE", name, seconds, "NX")  # every time, so that no count can stay for ever
        return used, ask("TTL", name)

    return _with_redis(in_redis, lambda: _LOCAL.count(name, seconds))


def _with_redis(there: Callable[[], T], here: Callable[[], T]) -> T:
    if rate_limits.OUTAGE.is_on():
        return here()
    try:
        return there()
    except RedisError as error:
        rate_limits.OUTAGE.begin(error)
        return here()


class LocalCounts:
    """Counts of this process alone, each forgotten some time after it began."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, float]] = {}  # used, when it ends
        self._one_at_a_time = threading.Lock()

    def count(self, name: str, seconds: int) -> tuple[int, int]:
        now = time.monotonic()
        with self._one_at_a_time:
            if len(self._counts) >= rate_limits.MOST_COUNTED_HERE:
                self._counts = {key: each for key, each in self._counts.items() if each[1] > now}
            used, ends = self._counts.get(name, (0, 0.0))
            if ends <= now:
                used, ends = 0, now + seconds
            self._counts[name] = (used + 1, ends)
        return used + 1, round(ends - now)

    def forget(self, name: str) -> None:
        with self._one_at_a_time:
            self._counts.pop(name, None)

    def take_back(self, name: str) -> None:
        with self._one_at_a_time:
            if name in self._counts:
                used, ends = self._counts[name]
                self._counts[name] = (used - 1, ends)


_LOCAL = LocalCounts()
