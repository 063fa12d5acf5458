"""A partner's minute: counted once by everybody, and locally while Redis is away."""

import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TypeVar

import pytest
from django.conf import settings

from config.redis_client import client
from resellers import rate_limits
from resellers.models import Partner
from resellers.rate_limits import LocalWindows, Outage, Usage

PARTNER = Partner(pk=1, partner_id="OTA_1", rate_limit=100)
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
    monkeypatch.setattr(rate_limits, "_OUTAGE", Outage())
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


def from_many_threads(count: Callable[[], T], times: int) -> list[T]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda _: count(), range(times)))


def test_a_minute_counts_down_to_zero_and_then_refuses() -> None:
    usages = [rate_limits.count(PARTNER) for _ in range(102)]

    assert [usage.remaining for usage in usages] == [*range(99, -1, -1), 0, 0]
    assert [usage.is_exceeded for usage in usages] == [False] * 100 + [True] * 2
    assert {usage.limit for usage in usages} == {100}
    assert all(0 <= usage.reset <= 60 for usage in usages)


def test_the_next_minute_begins_anew(clock: Clock) -> None:
    before = [rate_limits.count(PARTNER) for _ in range(101)][-1]
    clock.now += before.reset
    assert rate_limits.count(PARTNER).is_exceeded
    clock.now += 1
    assert rate_limits.count(PARTNER) == Usage(100, 99, 59, is_exceeded=False)


def test_partners_do_not_use_up_each_others_minute() -> None:
    stranger = Partner(pk=2, partner_id="OTA_2", rate_limit=1000)
    for _ in range(5):
        rate_limits.count(stranger)
    assert (rate_limits.count(PARTNER).remaining, rate_limits.count(stranger).remaining) == (
        99,
        994,
    )


def test_nothing_that_was_counted_stays_in_redis_for_ever() -> None:
    rate_limits.count(PARTNER)
    (name,) = client().keys("gangway:*")
    assert 0 < client().ttl(name) <= 70


def test_many_threads_get_exactly_the_limit() -> None:
    usages = from_many_threads(lambda: rate_limits.count(PARTNER), 300)
    allowed = [usage.remaining for usage in usages if not usage.is_exceeded]
    assert sorted(allowed) == list(range(100))


def test_control_reading_and_then_writing_lets_more_through() -> None:
    def count() -> int:
        used = int(client().get("naive") or 0) + 1
        client().set("naive", used)
        return used

    used = from_many_threads(count, 300)
    assert sum(each <= 100 for each in used) > 100


@pytest.mark.parametrize("silent", [False, True])
def test_without_redis_each_process_goes_on_under_a_limit_of_its_own(
    silent: bool, silent_redis: str, redis_at: GetClient
) -> None:
    redis_at(silent_redis if silent else NOBODY)
    begun = time.monotonic()

    usages = [rate_limits.count(PARTNER) for _ in range(101)]

    assert [usage.is_exceeded for usage in usages] == [False] * 100 + [True]
    assert usages[0].remaining == 99
    # One request waited for Redis; the others did not ask again.
    assert time.monotonic() - begun < 2


def test_the_local_minute_ends_too(clock: Clock, redis_at: GetClient) -> None:
    redis_at(NOBODY)
    before = [rate_limits.count(PARTNER) for _ in range(101)][-1]
    assert before.is_exceeded
    clock.now += before.reset
    assert rate_limits.count(PARTNER).remaining == 99


def test_redis_counts_again_soon_after_it_is_back(
    redis_at: GetClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "RETRY_REDIS_AFTER_SECONDS", 0.2)
    rate_limits.count(PARTNER)
    with monkeypatch.context() as outage:
        outage.setattr(settings, "REDIS_URL", NOBODY)
        assert rate_limits.count(PARTNER).remaining == 99  # the process's own count
    time.sleep(0.25)
    assert rate_limits.count(PARTNER).remaining == 98  # what everybody counts


def test_no_local_count_is_lost_between_threads() -> None:
    windows, busy = LocalWindows(), Partner(pk=1, rate_limit=10**6)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        left = from_many_threads(lambda: windows.count(busy).remaining, 5_000)
    finally:
        sys.setswitchinterval(usual)
    assert len(set(left)) == 5_000
