"""One call of a partner, its whole answer read; anything but success ends the run."""

import json
import urllib.request
from typing import Any


def get(url: str, key: str) -> bytes:
    return _answer(urllib.request.Request(url, headers={"x-api-key": key}))


def post(url: str, key: str, body: dict[str, Any], *, once: str) -> bytes:
    """`once` is the Idempotency-Key."""
    headers = {"x-api-key": key, "Content-Type": "application/json", "Idempotency-Key": once}
    return _answer(urllib.request.Request(url, json.dumps(body).encode(), headers))


def _answer(request: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())
