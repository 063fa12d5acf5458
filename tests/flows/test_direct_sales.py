"""How customers buy: from the catalogue to the tickets, over real connections."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from ota import demo
from tests import make, shop
from tests.customer_program import Shopper
from tests.device import Device, read_qr
from tests.flows.over_http import over_http
from tests.openapi import Answer
from tests.partner_program import Program, expect, refusal
from ticketing import notices, reconcile
from ticketing.models import Order

EMAIL = "chan@example.com"
DEMO_SCANNER = "venue_test_key_12345"


def notified(by: Shopper, event: dict[str, Any], source: str, secret: str) -> Answer:
    body = json.dumps(event).encode()
    headers = {
        "X-Payment-Source": source,
        "X-Payment-Signature": notices.sign(secret.encode(), body, at=make.now()),
    }
    return Program(None, send=by.send).post("/payments/notify", body, headers=headers)


def paid(placed: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": f"evt-{placed['order_id']}",
        "order_id": placed["order_id"],
        "status": "paid",
        "payment_reference": "PSP-1",
        **placed["payment_required"],
    }


@pytest.mark.django_db(transaction=True)
def test_from_the_catalogue_to_the_gate(web: str) -> None:
    demo.seed(at=timezone.now())
    anybody = Shopper(send=over_http(web))
    partner = Program("ota_test_key_12345", send=over_http(web))
    tickets = buy(anybody, partner)
    assert len(tickets) == 3
    board(anybody.logged_in(EMAIL), tickets, Device(DEMO_SCANNER, send=over_http(web)))
    assert list(reconcile.differences()) == []


def buy(anybody: Shopper, partner: Program) -> list[dict[str, Any]]:
    """One customer's whole way; returns the tickets."""
    shown = expect(200, anybody.get("catalog"))["products"]
    plan = next(each for each in shown if each["name"] == "Premium Plan")
    assert plan["available_quantity"] == 1000
    anybody.registered(EMAIL, name="陳大文")
    mine = anybody.logged_in(EMAIL)

    types = {"visit_date": "2026-12-26", "customer_types": {"adult": 1, "child": 2}}
    placed = mine.ordered(plan["id"], 3, pricing_context=types)
    assert placed["payment_required"] == {"amount": 318 + 2 * 218, "currency": "HKD"}
    assert (anybody.free(106), partner.free(106)) == (997, 2000)

    wrong = {**paid(placed), "event_id": "evt-wrong", "amount": 1}
    assert expect(200, notified(mine, wrong, "direct", settings.PAYMENT_SECRET)) == {
        "received": True, "applied": False, "reason": "amount_mismatch",
    }  # fmt: skip
    forged = notified(mine, paid(placed), "direct", "guessed")
    assert refusal(forged) == (401, "invalid_signature")
    for _ in range(2):
        answer = notified(mine, paid(placed), "direct", settings.PAYMENT_SECRET)
        assert expect(200, answer)["applied"] is True

    order = expect(200, mine.get(f"orders/{placed['order_id']}"))
    assert (order["status"], order["customer_details"]["name"]) == ("CONFIRMED", "陳大文")
    tickets = expect(200, mine.get(f"orders/{placed['order_id']}/tickets"))["tickets"]
    assert sorted((each["customer_type"], each["price"]) for each in tickets) == [
        ("adult", 318), ("child", 218), ("child", 218),
    ]  # fmt: skip
    assert expect(200, mine.get("orders"))["total_count"] == 1
    assert refusal(partner.get(f"orders/{placed['order_id']}")) == (404, "not_found")
    return tickets


def board(mine: Shopper, tickets: list[dict[str, Any]], pier: Device) -> None:
    """The guests pass the gate that partners' guests pass, with a printed QR or a fresh one."""
    first, second, _ = tickets
    boarded = pier.granted(read_qr(first["qr_code"]))
    assert boarded["ticket_code"] == first["ticket_code"]
    assert refusal(pier.scan(read_qr(first["qr_code"]))) == (409, "entitlement_exhausted")
    fresh = read_qr(expect(200, mine.post(f"/qr/{second['ticket_code']}"))["qr_image"])
    assert pier.granted(fresh)["ticket_code"] == second["ticket_code"]
    info = expect(200, mine.get(f"/qr/{second['ticket_code']}/info"))
    left = {right["function_code"]: right["remaining_uses"] for right in info["entitlements"]}
    assert (info["ticket_type"], left["FERRY_BOARDING"]) == ("NORMAL", 0)


@pytest.mark.django_db(transaction=True)
def test_one_channel_sells_out_and_the_other_sells_on(web: str) -> None:
    demo.seed(at=timezone.now())
    mine = Shopper(shop.access(shop.account()), send=over_http(web))
    partner = Program("ota_test_key_12345", send=over_http(web))
    for _ in range(15):
        mine.ordered(108, 20)
    wish = {"product_id": 108, "quantity": 1}
    assert refusal(mine.post("orders", wish)) == (409, "insufficient_inventory")
    assert (mine.free(108), partner.free(108)) == (0, 1500)
    for _ in range(15):
        partner.reserved(108, 100)
    assert refusal(partner.post("reserve", wish)) == (409, "insufficient_inventory")

    shop.lapse(*Order.objects.filter(channel="direct")[:1])
    assert mine.free(108) == 20
    mine.ordered(108, 20)
    assert refusal(partner.post("reserve", wish)) == (409, "insufficient_inventory")
    assert list(reconcile.differences()) == []
