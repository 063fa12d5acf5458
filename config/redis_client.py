"""The process's connection to Redis, which may be away: then every call raises RedisError."""

import threading
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

# A request waits this long for Redis at most; sales go on without it.
PATIENCE_SECONDS = 0.25


def client() -> redis.Redis:
    """A client shared by the process; it reconnects by itself."""
    return _client(settings.REDIS_URL)


def ask(*command: str | bytes | int) -> Any:
    """One command on a connection of this thread, and its raw answer; half the cost of `client`.

    A connection that the server has closed meanwhile is opened again, once. Raises RedisError.
    """
    try:
        return _asked(command)
    except redis.TimeoutError:
        raise
    except redis.ConnectionError:
        return _asked(command)


def _asked(command: tuple[str | bytes | int, ...]) -> Any:
    link = _link(settings.REDIS_URL)
    try:
        link.send_command(*command, check_health=False)
        return link.read_response()
    except redis.RedisError:
        link.disconnect()  # what is half read is of no use to the next command
        raise


def _link(url: str) -> Any:
    known = _links.__dict__
    if url not in known:
        known[url] = _client(url).connection_pool.make_connection()
    return known[url]


_links = threading.local()


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=None,
    )
