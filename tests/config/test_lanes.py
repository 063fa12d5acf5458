"""Lanes of a web worker: who waits in one keeps nobody waiting in the other."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from contextlib import contextmanager
from typing import Any

import pytest

from config import lanes
from config.lanes import Application, in_lanes, is_of_partners
from tests.config.waiting import wait_until

OTA, DIRECT = {"PATH_INFO": "/api/ota/reserve"}, {"PATH_INFO": "/api/orders"}


def nothing() -> None:
    """What most threads do when they rest."""


@contextmanager
def held_up() -> Iterator[Application]:
    """An application in which partners' calls wait until the block ends."""
    ends = threading.Event()

    def application(environ: dict[str, Any], _: Callable[..., Any]) -> list[bytes]:
        if is_of_partners(environ):
            ends.wait(20)
        return [b"done"]

    try:
        yield application
    finally:
        ends.set()


def called(carried: Application, environ: dict[str, Any]) -> list[bytes]:
    return list(carried(environ, lambda *_: None))


def test_customers_go_on_while_every_thread_of_partners_waits() -> None:
    with ThreadPoolExecutor(20) as server, held_up() as application:
        carried = in_lanes(application, nothing)
        waiting = [server.submit(called, carried, OTA) for _ in range(10)]
        assert server.submit(called, carried, DIRECT).result(10) == [b"done"]
        assert [each.done() for each in waiting] == [False] * 10


def test_control_in_one_lane_for_all_they_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(20) as server, held_up() as application:
        carried = in_lanes(application, nothing)
        monkeypatch.setattr(lanes, "is_of_partners", lambda _: True)
        for _ in range(10):
            server.submit(called, carried, OTA)
        with pytest.raises(StillWaiting):
            server.submit(called, carried, DIRECT).result(0.5)


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/api/ota/reserve", {}, True),
        ("/api/orders", {}, False),
        ("/api/catalog", {}, False),
        ("/qr/CRUISE-1", {"HTTP_X_API_KEY": "k"}, True),
        ("/qr/CRUISE-1", {"HTTP_AUTHORIZATION": "Bearer t"}, False),
        ("/payments/notify", {"HTTP_X_PAYMENT_SOURCE": "OTA_DEMO"}, True),
        ("/payments/notify", {"HTTP_X_PAYMENT_SOURCE": "direct"}, False),
        ("/payments/notify", {"HTTP_X_PAYMENT_SOURCE": "direct", "HTTP_X_API_KEY": "k"}, False),
        ("/venue/scan", {}, False),
    ],
)
def test_a_call_is_told_by_its_head(path: str, headers: dict[str, str], expected: bool) -> None:
    assert is_of_partners({"PATH_INFO": path, **headers}) is expected


def test_what_goes_wrong_in_a_lane_is_told_to_the_server() -> None:
    def broken(*_: Any) -> list[bytes]:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        called(in_lanes(broken, nothing), DIRECT)


def test_a_thread_that_rests_does_what_is_left_to_do_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "IDLE_SECONDS", 0.05)
    rested: list[str] = []
    carried = in_lanes(lambda *_: [b"done"], lambda: rested.append("once"), threads=1)

    assert called(carried, OTA) == [b"done"]
    assert wait_until(lambda: len(rested) == 2)  # a thread of each lane
    time.sleep(0.2)
    assert len(rested) == 2


def test_a_rest_that_fails_ends_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "IDLE_SECONDS", 0.05)
    rested: list[str] = []

    def failing() -> None:
        rested.append("tried")
        raise ValueError("a bug")

    carried = in_lanes(lambda *_: [b"done"], failing, threads=1)
    assert wait_until(lambda: len(rested) == 2)
    assert called(carried, OTA) == called(carried, DIRECT) == [b"done"]
