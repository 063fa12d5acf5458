"""Two lanes through a web worker: in order within a lane, and no waiting for the other one."""

import threading
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
from django.urls import resolve

from config import lanes
from config.lanes import LONG, Lane, in_lanes
from tests.config.waiting import wait_until

BULK, QUICK = "/api/ota/tickets/bulk-generate", "/api/ota/reserve"


class Server:
    """Threads as a web worker has them; each request stays inside until it is let go."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.ended: dict[str, threading.Event] = {}
        self.threads: list[threading.Thread] = []
        self.application = in_lanes(self.inside)

    def inside(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.entered.append(environ["name"])
        assert self.ended[environ["name"]].wait(10)
        if environ["name"] == "broken":
            raise RuntimeError
        return []

    def request(self, name: str, path: str) -> None:
        """Arrives, and is known to be inside or waiting."""
        self.ended[name] = threading.Event()
        environ = {"PATH_INFO": path, "name": name}
        thread = threading.Thread(target=self._serve, args=(environ,), daemon=True)
        before = len(self.entered)
        thread.start()
        self.threads.append(thread)
        wait_until(lambda: len(self.entered) > before, 0.1)

    def _serve(self, environ: dict[str, Any]) -> None:
        try:
            self.application(environ, lambda *_: None)
        except RuntimeError:
            return

    def has_let_in(self, number: int) -> bool:
        return len(self.entered) == number

    def let_go(self, name: str) -> None:
        self.ended[name].set()

    def close(self) -> None:
        for name in self.ended:
            self.let_go(name)
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def server() -> Iterable[Server]:
    made = Server()
    yield made
    made.close()


def test_a_quick_request_does_not_wait_for_a_long_one(server: Server) -> None:
    server.request("bulk", BULK)
    server.request("quick", QUICK)
    server.request("second bulk", BULK)
    assert server.entered == ["bulk", "quick"]


def test_control_in_one_lane_it_waits(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "LONG", lanes.re.compile("none"))  # type: ignore[attr-defined]
    server.request("bulk", BULK)
    server.request("quick", QUICK)
    assert server.entered == ["bulk"]


def test_within_a_lane_everybody_enters_in_the_order_of_arrival(server: Server) -> None:
    names = [f"request {n}" for n in range(6)]
    for name in names:
        server.request(name, QUICK)
    for number, name in enumerate(names, start=1):
        assert wait_until(partial(server.has_let_in, number), 5)
        server.let_go(name)
    assert server.entered == names


def test_a_request_that_breaks_lets_the_next_one_in(server: Server) -> None:
    server.request("broken", QUICK)
    server.request("next", QUICK)
    server.let_go("broken")
    assert wait_until(lambda: server.entered == ["broken", "next"], 5)


def test_a_lane_admits_one_at_a_time() -> None:
    lane, inside, most = Lane(), [], 0

    def pass_through() -> None:
        nonlocal most
        for _ in range(200):
            with lane:
                inside.append(1)
                most = max(most, len(inside))
                inside.pop()

    threads = [threading.Thread(target=pass_through) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == 1


@pytest.mark.parametrize(
    ("path", "is_long"),
    [
        (BULK, True), ("/api/ota/batches/B-1/cancel", True), ("/admin/", True),
        ("/admin/ticketing/batch/", True), (QUICK, False), ("/api/ota/batches/B-1", False),
        ("/api/ota/tickets", False), ("/payments/notify", False), ("/healthz", False),
    ],
)  # fmt: skip
def test_these_addresses_are_served_and_take_this_lane(path: str, is_long: bool) -> None:
    assert resolve(path)
    assert bool(LONG.fullmatch(path)) == is_long
