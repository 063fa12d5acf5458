"""A partner's program over a real connection, and many of them at once while things break."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.openapi import Answer
from tests.partner_program import Program, Send

T = TypeVar("T")
# The server went away while it was asked: the caller cannot know what became of its call.
LOST = (ConnectionError, http.client.HTTPException, TimeoutError)


class InOnePiece(http.client.HTTPConnection):
    """Sends head and body together.

    A server that answers before it has the body hangs up, and here the body may be long in
    coming: its thread has to wait until the others are done with checking their answers.
    """

    def _send_output(self, message_body: Any = None, encode_chunked: bool = False) -> None:
        self._buffer: list[bytes]
        self._buffer.extend((b"", message_body or b""))
        whole = b"\r\n".join(self._buffer)
        self._buffer.clear()
        self.send(whole)


def over_http(url: str) -> Send:
    """Sends to this address; every thread keeps a connection of its own."""
    kept = threading.local()

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if getattr(kept, "connection", None) is None:
            kept.connection = InOnePiece(urlsplit(url).netloc, timeout=20)
        try:
            kept.connection.request(method, path, body or None, dict(headers))
            response = kept.connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        except LOST:
            kept.connection.close()
            raise

    return send


def anew(url: str) -> Send:
    """Like over_http, with a new connection for every call: any worker may answer."""

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return over_http(url)(method, path, {**headers, "Connection": "close"}, body)

    return send


@dataclass
class Buyers:
    """Programs that reserve one unit after the other, and what they were told.

    Each wish has an Idempotency-Key. `patient` ones repeat a wish until it is answered with
    201, as the guide tells partners to; the others go on with the next one.
    """

    programs: list[Program]
    product_id: int
    patient: bool = True
    held: dict[str, str] = field(default_factory=dict)  # Idempotency-Key → reservation id
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    lost: int = 0
    at_last: float = 0.0

    def program_of(self, key: str) -> Program:
        return self.programs[hash(key) % len(self.programs)]

    def reserve(self, key: str) -> None:
        """One wish, until it is fulfilled."""
        mine = self.program_of(key)
        deadline = time.monotonic() + 60
        while not self._attempt(mine, key) and self.patient:
            told = f"{key} was never fulfilled: {dict(self.answers)}, {self.lost} lost"
            assert time.monotonic() < deadline, told
            time.sleep(0.05)

    def _attempt(self, mine: Program, key: str) -> bool:
        try:
            answer = mine.post("reserve", {"product_id": self.product_id, "quantity": 1}, once=key)
        except LOST:
            self.lost += 1
            return False
        self.answers[answer.status, answer.code] += 1
        if answer.status == 201:
            self.held[key] = answer.json()["reservation_id"]
            self.at_last = time.monotonic()
        return answer.status == 201


def at_once(call: Callable[[T], Any], arguments: Iterable[T], threads: int = 8) -> None:
    """Call it with each argument, several at a time; the first failure is raised."""
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(call, arguments):
            pass
