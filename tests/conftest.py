"""What every test may count on."""

from collections.abc import Iterator

import pytest

from config import redis_client


@pytest.fixture(autouse=True)
def empty_redis() -> Iterator[None]:
    """No test finds the counters, cached answers or queued tasks of another."""
    client = redis_client.client()  # of this run, wherever the test looks for Redis
    yield
    client.flushdb()
