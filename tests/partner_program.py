"""A partner's program: calls the API as partners do and takes no answer the schema hides."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection, transaction
from django.test import Client
from django.test.client import ClientHandler

from resellers.models import Partner
from tests import make
from tests.openapi import Answer, expect_documented

Send = Callable[[str, str, Mapping[str, str], bytes], Answer]
CUSTOMER = {"name": "陳大文 Chan", "email": "chan@example.com", "phone": "+852 1234 5678"}
PAID = {"customer_details": CUSTOMER, "payment_reference": "PAY-2026-0001"}
LIMIT = 1000
HANDLER = ClientHandler(enforce_csrf_checks=False)  # of all requests: it loads the middlewares once


def in_process(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """One request through all of Django, in this process.

    Inside the transaction of a test a request stands in a savepoint, so that what a refusal
    rolls back is the request and not the test.
    """
    if not connection.in_atomic_block:
        return _sent(method, path, headers, body)
    point = transaction.savepoint()
    answer = _sent(method, path, headers, body)
    if connection.needs_rollback:
        connection.needs_rollback = False
        transaction.savepoint_rollback(point)
    else:
        transaction.savepoint_commit(point)
    return answer


def _sent(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    sent = dict(headers)
    kind = sent.pop("Content-Type", "")
    # Django's client leaves both out of what has no body; a real server does not.
    more: dict[str, Any] = {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))}
    client = Client(raise_request_exception=False)
    client.handler = HANDLER
    response = client.generic(
        method, path, body, kind, headers=sent, **(more if body or kind else {})
    )
    names = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, names, response.getvalue())


@dataclass(frozen=True)
class Program:
    """Calls with one key; `key=None` sends none."""

    key: str | None
    partner: Partner | None = None
    send: Send = in_process

    @property
    def owner(self) -> Partner:
        assert self.partner is not None
        return self.partner

    def get(self, path: str, *, headers: Mapping[str, str] = {}, **query: Any) -> Answer:
        asked = f"{path}?{urlencode(query, doseq=True)}" if query else path
        return self.call("GET", asked, headers=headers)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
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
        headers: Mapping[str, str] = {},
        content_type: str | None = "application/json",
    ) -> Answer:
        """Send it and hold the answer to the schema; `once` is the Idempotency-Key.

        A body of bytes goes out as it is, `content_type=None` undeclared.
        """
        raw = body if isinstance(body, bytes) else b"" if body is None else _encoded(body)
        sent: dict[str, str] = {}
        if content_type and (raw or isinstance(body, bytes)):
            sent["Content-Type"] = content_type
        if self.key is not None:
            sent["x-api-key"] = self.key
        if once is not None:
            sent["Idempotency-Key"] = once
        full = path if path.startswith("/") else f"/api/ota/{path}"
        answer = self.send(method, full, {**sent, **headers}, raw)
        expect_documented(method, full, answer)
        return answer

    # The calls every story is made of; they expect success.

    def reserved(self, product_id: int, quantity: int = 1, **more: Any) -> dict[str, Any]:
        wish = {"product_id": product_id, "quantity": quantity, **more}
        return expect(201, self.post("reserve", wish))

    def activated(self, reservation_id: str, **more: Any) -> dict[str, Any]:
        return expect(201, self.post(f"reservations/{reservation_id}/activate", {**PAID, **more}))

    def ordered(self, reservation_id: str, **more: Any) -> dict[str, Any]:
        wish = {"reservation_id": reservation_id, "customer_details": CUSTOMER, **more}
        return expect(201, self.post("orders", wish))

    def generated(self, product_id: int, quantity: int = 3, **more: Any) -> dict[str, Any]:
        wish = {"product_id": product_id, "quantity": quantity, "batch_id": "B-1", **more}
        return expect(201, self.post("tickets/bulk-generate", wish))

    def sold(self, ticket_code: str, **more: Any) -> dict[str, Any]:
        return expect(200, self.post(f"tickets/{ticket_code}/activate", {**PAID, **more}))

    def free(self, product_id: int) -> int:
        """Units the inventory shows as available."""
        shown = expect(200, self.get("inventory", product_ids=product_id))
        return shown["available_quantities"][str(product_id)]

    def over(self, send: Send) -> "Program":
        return replace(self, send=send)


def program(partner: Partner | None = None, **key_facts: Any) -> Program:
    """The program of a partner, a new one by default, that may send 1000 requests a minute."""
    owner = partner or make.partner(rate_limit=LIMIT)
    _, key = make.api_key(owner, **key_facts)
    return Program(key, owner)


def expect(status: int, answer: Answer) -> Any:
    """The body of an answer that has this status."""
    assert (answer.status, answer.code) == (status, ""), answer.body
    return answer.json() if answer.body else None


def refusal(answer: Answer) -> tuple[int, str]:
    """What a refused call is recognised by."""
    return answer.status, answer.code


def as_segment(text: str) -> str:
    return quote(text, safe="")


def _encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
