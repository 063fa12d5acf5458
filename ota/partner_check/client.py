"""Calls with a partner's key, one connection at a time, and what every answer has to keep to."""

import http.client
import json
import ssl
import time
import uuid
from collections import Counter, defaultdict
from typing import Any
from urllib.parse import urlsplit

from .answers import Answer
from .faults import OutOfTime, Skipped
from .rules import broken_rules

LONGEST_CALL = 30.0
LONGEST_WAIT = 65.0  # a minute's window, and a little
LOST = (ConnectionError, http.client.HTTPException, TimeoutError, ssl.SSLError, OSError)


class Unreachable(Exception):
    """Nobody answers under this address."""


class Client:
    """A partner's program. Follows no redirect, so the key goes to this address and no other.

    Waits as 429 and 503 ask for, and repeats what is safe to repeat after a lost connection.
    `seen` counts the answers, `broken` keeps one example for each rule that one of them broke.
    """

    def __init__(self, base_url: str, key: str, *, seconds: float) -> None:
        self.base = urlsplit(base_url.rstrip("/"))
        self._key = key
        self.deadline = time.monotonic() + seconds
        self.seen: Counter[tuple[int, str]] = Counter()
        self.kept: Counter[str] = Counter()
        self.broken: dict[str, list[str]] = defaultdict(list)
        self.repeated = 0
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """POST with an Idempotency-Key of its own, as the guides advise; once=None sends none."""
        options.setdefault("once", str(uuid.uuid4()))
        return self.call("POST", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.call("DELETE", path, **options)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        once: str | None = None,
        key: str | None = "own",
        may_lack: bool = False,
        waits: bool = True,
    ) -> Answer:
        """One call. `key="own"` is the partner's, None none, else a text to send instead.

        A 403 for want of a permission ends the check as skipped, unless it `may_lack`.
        """
        full = path if path.startswith("/") else f"/api/ota/{path}"
        headers = self._headers(key, once, body)
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        answer = self._patiently(method, full, headers, raw, waits=waits)
        self._judge(answer, counted=key == "own" and full.startswith(("/api/ota/", "/qr/")))
        if answer.code == "permission_denied" and not may_lack:
            raise Skipped(str(answer.json().get("detail") or "this key lacks the permission"))
        return answer

    def _headers(self, key: str | None, once: str | None, body: Any) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "gangway-partner-check"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["x-api-key"] = self._key if key == "own" else key
        if once is not None:
            headers["Idempotency-Key"] = once
        return headers

    def _patiently(
        self, method: str, path: str, headers: dict[str, str], raw: bytes, *, waits: bool
    ) -> Answer:
        while True:
            answer = self._sent(method, path, headers, raw)
            pause = answer.headers.get("retry-after", "")
            if not waits or answer.status not in (429, 503) or not pause.isdecimal():
                return answer
            self._judge(answer, counted=False)
            self.repeated += 1
            self.sleep(min(int(pause), LONGEST_WAIT))

    def _sent(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Answer:
        is_safe = method != "POST" or "Idempotency-Key" in headers
        for attempt in (1, 2):
            try:
                return self._once(method, path, headers, raw)
            except LOST as reason:
                self.close()
                if self.left() <= 0:
                    raise OutOfTime from None
                if attempt == 2 or not is_safe or isinstance(reason, TimeoutError):
                    raise Unreachable(
                        f"{method} {path}: {reason or type(reason).__name__}"
                    ) from None
                self.repeated += 1
        raise AssertionError

    def _once(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Answer:
        connection = self._open()
        connection.request(method, self.base.path + path, raw or None, headers)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        asked = f"{method} {path.partition('?')[0]}"
        return Answer(asked, response.status, told, response.read())

    def _open(self) -> http.client.HTTPConnection:
        patience = min(LONGEST_CALL, self.left())
        if patience <= 0:
            raise OutOfTime
        if self._connection is None:
            kind = (
                http.client.HTTPSConnection
                if self.base.scheme == "https"
                else http.client.HTTPConnection
            )
            self._connection = kind(self.base.netloc, timeout=patience)
        if self._connection.sock is not None:
            self._connection.sock.settimeout(patience)
        return self._connection

    def _judge(self, answer: Answer, *, counted: bool) -> None:
        self.seen[answer.status, answer.code] += 1
        for rule, complaint in broken_rules(answer, counted=counted):
            self.kept[rule] += 1
            if complaint and complaint not in self.broken[rule]:
                self.broken[rule].append(complaint)

    def another(self) -> "Client":
        """A client with the same key and deadline, and a connection of its own."""
        return Client(self.base.geturl(), self._key, seconds=self.left())

    def also(self, other: "Client") -> None:
        """Count what another one saw as well."""
        self.seen += other.seen
        self.kept += other.kept
        for rule, complaints in other.broken.items():
            self.broken[rule] += complaints

    def hides(self, text: str) -> str:
        """The text without the key, should it stand there."""
        return text.replace(self._key, "***")

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def sleep(self, seconds: float) -> None:
        if seconds >= self.left():
            raise OutOfTime
        time.sleep(seconds)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
