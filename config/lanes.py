"""Two lanes through a web worker: partners' calls in one, everybody else's in the other.

A call that waits, for a lock or for a long answer, keeps a thread. If all threads were everybody's,
two partners waiting for a pool of theirs would keep customers waiting who buy from another one.
The server's own threads only carry calls into their lane; they hold no database connection.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

import structlog

log = structlog.get_logger("lanes")
THREADS = 2  # of each lane: while one makes a long answer, the other goes on
IDLE_SECONDS = 0.5
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(slots=True)
class Call:
    """One request on its way through a lane; its lock is free once it is answered."""

    environ: Environ
    start_response: StartResponse
    answer: Iterable[bytes] = ()
    failure: BaseException | None = None
    waiting: Lock = field(default_factory=Lock)


class Lane:
    """Threads that answer one call after the other.

    A queue and a lock of the interpreter: with futures of the standard library an answer about
    stock cost a seventh more. A thread without a call for a moment does `when_idle` once.
    """

    def __init__(
        self, name: str, application: Application, threads: int, when_idle: Callable[[], None]
    ) -> None:
        self._application = application
        self._when_idle = when_idle
        self._calls: SimpleQueue[Call] = SimpleQueue()
        for number in range(threads):
            Thread(target=self._work, name=f"{name} {number}", daemon=True).start()

    def answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """What the application answers, or raises, in a thread of this lane."""
        call = Call(environ, start_response)
        call.waiting.acquire()
        self._calls.put(call)
        call.waiting.acquire()
        if call.failure:
            raise call.failure
        return call.answer

    def _work(self) -> None:
        while True:
            call = self._next()
            try:
                call.answer = self._application(call.environ, call.start_response)
            except BaseException as failure:  # noqa: BLE001 - the server's thread raises it
                call.failure = failure
            call.waiting.release()

    def _next(self) -> Call:
        try:
            return self._calls.get(timeout=IDLE_SECONDS)
        except Empty:
            self._rest()
            return self._calls.get()

    def _rest(self) -> None:
        try:
            self._when_idle()
        except Exception:  # a thread that ended would be missed by every call to come
            log.exception("lanes.rest_failed")


def in_lanes(
    application: Application, when_idle: Callable[[], None], threads: int = THREADS
) -> Application:
    """The application, each call in a thread of its lane."""
    partners = Lane("partners", application, threads, when_idle)
    others = Lane("others", application, threads, when_idle)

    def carried(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        lane = partners if is_of_partners(environ) else others
        return lane.answer(environ, start_response)

    return carried


def is_of_partners(environ: Environ) -> bool:
    """Whether a call is about what partners sell, as far as its head tells."""
    if environ["PATH_INFO"] == "/payments/notify":
        return environ.get("HTTP_X_PAYMENT_SOURCE") != "direct"
    return environ["PATH_INFO"].startswith("/api/ota/") or "HTTP_X_API_KEY" in environ
