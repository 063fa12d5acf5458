"""A client that was generated from docs/openapi.yaml calls every operation and reads its answer."""

import json
import uuid
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from resellers import payment_secrets
from tests import gate, make, shop
from tests.direct import routes as direct
from tests.generated_client import PACKAGE, Caller, generate, operations
from tests.notices import notice
from tests.ota import routes as partners
from ticketing import notices


@pytest.fixture
def caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Caller:
    generate(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return Caller()


class Signing(httpx.Auth):
    """Signs what is sent, as the guide says."""

    requires_request_body = True

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        signature = notices.sign(self.secret, request.content, at=make.now())
        request.headers["X-Payment-Signature"] = signature
        yield request


@pytest.mark.django_db
def test_a_generated_client_calls_every_operation(caller: Caller) -> None:
    _as_a_partner(caller)
    _as_a_customer(caller)
    _as_a_gate(caller)
    _as_a_payment_provider(caller)
    caller.called.add(("GET", "/qr/verify"))  # a page for browsers, and no JSON
    assert caller.called == operations().keys()
    refused = caller.call("GET", "/api/ota/inventory")
    assert (refused[0], refused[1].code) == (401, "missing_api_key")


def _as_a_partner(caller: Caller) -> None:
    for route in partners.ROUTES:
        sample, owner = partners.sample(route), make.partner(rate_limit=1000)
        _, key = make.api_key(owner)
        status, parsed = caller.call(
            route.method,
            route.path,
            headers={"x-api-key": key},
            body=sample.body(owner),
            ids=sample.ids(owner),
        )
        assert status == sample.status, route
        assert (parsed is None) == (status == 204), route


def _as_a_customer(caller: Caller) -> None:
    for route in direct.ROUTES:
        sample, account = direct.sample(route), shop.account()
        status, parsed = caller.call(
            route.method,
            route.path,
            headers={"Authorization": f"Bearer {shop.access(account)}"},
            body=sample.body(account),
            ids=sample.ids(account),
        )
        assert status == sample.status, route
        assert (parsed is None) == (status == 204), route


def _as_a_gate(caller: Caller) -> None:
    _, key = gate.keyed_scanner()
    shown, device = gate.printed(gate.ticket(uses=2)), {"x-scanner-key": key}
    scan_id = uuid.uuid4()
    scan = {"qr": shown, "function_code": gate.BOARDING, "scan_id": str(scan_id)}
    assert caller.call("GET", "/venue/scanner", headers=device)[0] == 200
    assert caller.call("POST", "/venue/inspect", headers=device, body={"qr": shown})[0] == 200
    status, granted = caller.call("POST", "/venue/scan", headers=device, body=scan)
    assert (status, granted.result, granted.remaining_uses) == (200, "granted", 1)
    undo = "/venue/redemptions/{scan_id}/undo"
    assert caller.call("POST", undo, headers=device, ids={"scan_id": scan_id})[0] == 200


def _as_a_payment_provider(caller: Caller) -> None:
    order = make.order()
    assert order.partner
    secret = payment_secrets.add(order.partner, at=make.now()).encode()
    status, told = caller.call(
        "POST",
        "/payments/notify",
        auth=Signing(secret),
        ids={"x_payment_source": order.partner.partner_id},
        body=json.loads(json.dumps(notice(order), default=float)),
    )
    assert (status, told.applied, told.order_id) == (200, True, order.order_id)
    assert PACKAGE in type(told).__module__
