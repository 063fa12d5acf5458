"""What every test may count on."""

from collections.abc import Iterator

import pytest

from config import redis_client
from tests import canaries

canaries.listen()


@pytest.fixture(autouse=True)
def empty_redis() -> Iterator[None]:
    """No test finds the counters, cached answers or queued tasks of another."""
    client = redis_client.client()  # of this run, wherever the test looks for Redis
    yield
    client.flushdb()


@pytest.fixture(autouse=True)
def nobody_in_the_logs() -> Iterator[None]:
    """After every test of every run: no person and no secret stands in a line it logged."""
    canaries.HEARD.clear()
    yield
    assert canaries.found_in(canaries.HEARD) == []
