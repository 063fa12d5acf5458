"""Fixed windows: counted once by everybody, and locally while Redis is away."""

import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TypeVar

import pytest
from django.conf import settings

from config import rate_limits
from config.rate_limits import LocalWindows, Outage, Usage
from config.redis_client import client

NOBODY = "redis://127.0.0.1:1/0"
T = TypeVar("T")
Clock = SimpleNamespace
GetClient = Callable[[str], None]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the windows stands still, so that no minute ends within a test."""
    stopped = SimpleNamespace(now=time.time())
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: stopped.now))
    monkeypatch.setattr(
        rate_limits, "time", SimpleNamespace(time=lambda: stopped.now, monotonic=time.monotonic)
    )
    monkeypatch.setattr(rate_limits, "OUTAGE", Outage())
    monkeypatch.setattr(rate_limits, "_LOCAL", LocalWindows())
    return stopped


@pytest.fixture
def redis_at(monkeypatch: pytest.MonkeyPatch) -> GetClient:
    """Lets the process look for Redis at another address."""

    def look(url: str) -> None:
        monkeypatch.setattr(settings, "REDIS_URL", url)

    return look


@pytest.fixture
def silent_redis() -> Iterator[str]:
    """The address of somebody who takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def count(who: str = "OTA_1", limit: int = 100) -> Usage:
    return rate_limits.count("partner", who, limit)


def from_many_threads(act: Callable[[], T], times: int) -> list[T]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda _: act(), range(times)))


def test_a_minute_counts_down_to_zero_and_then_refuses() -> None:
    usages = [count() for _ in range(102)]

    assert [usage.remaining for usage in usages] == [*range(99, -1, -1), 0, 0]
    assert [usage.is_exceeded for usage in usages] == [False] * 100 + [True] * 2
    assert {usage.limit for usage in usages} == {100}
    assert all(1 <= usage.reset <= 60 for usage in usages)


def test_the_next_minute_begins_anew(clock: Clock) -> None:
    before = [count() for _ in range(101)][-1]
    clock.now += before.reset - 1
    last = count()
    assert (last.is_exceeded, last.reset) == (True, 1)
    clock.now += 1
    assert count() == Usage(100, 99, 60, is_exceeded=False)


def test_nobody_uses_up_the_minute_of_somebody_else() -> None:
    for _ in range(5):
        count("OTA_2", 1000)
    assert (count("OTA_1").remaining, count("OTA_2", 1000).remaining) == (99, 994)
    assert rate_limits.count("address", "OTA_1", 100).remaining == 99


def test_windows_may_be_longer_than_a_minute(clock: Clock, redis_at: GetClient) -> None:
    def quarter() -> Usage:
        return rate_limits.count("quarter", "OTA_1", 3, 900)

    for away in (False, True):
        if away:
            redis_at(NOBODY)
        clock.now = 1_800_000_000.0
        usages = [quarter() for _ in range(4)]
        assert [usage.is_exceeded for usage in usages] == [False] * 3 + [True]
        assert 0 < usages[-1].reset <= 900
        clock.now += usages[-1].reset
        assert quarter().remaining == 2


def test_nothing_that_was_counted_stays_in_redis_for_ever() -> None:
    count()
    (name,) = client().keys("gangway:*")
    assert 0 < client().ttl(name) <= 70


def test_many_threads_get_exactly_the_limit() -> None:
    usages = from_many_threads(count, 300)
    allowed = [usage.remaining for usage in usages if not usage.is_exceeded]
    assert sorted(allowed) == list(range(100))


def test_control_reading_and_then_writing_lets_more_through() -> None:
    def naive() -> int:
        used = int(client().get("naive") or 0) + 1
        client().set("naive", used)
        return used

    used = from_many_threads(naive, 300)
    assert sum(each <= 100 for each in used) > 100


@pytest.mark.parametrize("silent", [False, True])
def test_without_redis_each_process_goes_on_under_a_limit_of_its_own(
    silent: bool, silent_redis: str, redis_at: GetClient
) -> None:
    redis_at(silent_redis if silent else NOBODY)
    begun = time.monotonic()

    usages = [count() for _ in range(101)]

    assert [usage.is_exceeded for usage in usages] == [False] * 100 + [True]
    assert usages[0].remaining == 99
    # One request waited for Redis; the others did not ask again.
    assert time.monotonic() - begun < 2


def test_the_local_minute_ends_too(clock: Clock, redis_at: GetClient) -> None:
    redis_at(NOBODY)
    before = [count() for _ in range(101)][-1]
    assert before.is_exceeded
    clock.now += before.reset
    assert count().remaining == 99


def test_redis_counts_again_soon_after_it_is_back(
    redis_at: GetClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "RETRY_REDIS_AFTER_SECONDS", 0.2)
    count()
    with monkeypatch.context() as outage:
        outage.setattr(settings, "REDIS_URL", NOBODY)
        assert count().remaining == 99  # the process's own count
    time.sleep(0.25)
    assert count().remaining == 98  # what everybody counts


def test_no_local_count_is_lost_between_threads() -> None:
    windows = LocalWindows()
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        left = from_many_threads(lambda: windows.count("partner", "OTA_1", 10**6).remaining, 5_000)
    finally:
        sys.setswitchinterval(usual)
    assert len(set(left)) == 5_000


def test_a_flood_of_strangers_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MOST_COUNTED_HERE", 3)
    windows = LocalWindows()
    used = [windows.count("address", f"198.51.100.{n}", 10).remaining for n in range(6)]
    assert used == [9, 9, 9, 9, 8, 7]  # from the fourth on they share a count
    assert windows.count("address", "198.51.100.0", 10).remaining == 8
