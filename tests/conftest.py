"""What every test may count on."""

from collections.abc import Iterator

import pytest

from config import redis_client


@pytest.fixture(autouse=True)
def empty_redis() -> Iterator[None]:
    """No test finds the counters, cached answers or queued tasks of another."""
    yield
    redis_client.client().flushdb()
