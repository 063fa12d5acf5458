"""The process's connection to Redis, which may be away: then every call raises RedisError."""

from functools import lru_cache

import redis
from django.conf import settings

# A request waits this long for Redis at most; sales go on without it.
PATIENCE_SECONDS = 0.25


def client() -> redis.Redis:
    """A client shared by the process; it reconnects by itself."""
    return _client(settings.REDIS_URL)


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=None,
    )
