"""How partners sell: the documented ways from stock to tickets, over HTTP."""

import json

import pytest
from django.core.management import call_command

from ota import demo
from resellers import payment_secrets
from tests import make
from tests.openapi import Answer
from tests.partner_program import PAID, Program, expect, program, refusal
from ticketing import notices, reconcile
from ticketing.models import Reservation

DEMO_SECRET = b"demo-payment-secret-OTA_DEMO"


@pytest.fixture
def mine(db: None) -> Program:
    """The demonstration partner, with the demonstration's products."""
    demo.seed(at=make.now())
    return Program("ota_test_key_12345")


@pytest.fixture(autouse=True)
def _nothing_drifts(db: None) -> object:
    yield
    assert list(reconcile.differences()) == []


def notified(order_id: str, amount: float, secret: bytes = DEMO_SECRET) -> Answer:
    body = json.dumps(
        {
            "event_id": f"evt-{order_id}",
            "order_id": order_id,
            "status": "paid",
            "payment_reference": "PSP-1",
            "amount": amount,
            "currency": "HKD",
        }
    ).encode()
    headers = {
        "X-Payment-Source": "OTA_DEMO",
        "X-Payment-Signature": notices.sign(secret, body, at=make.now()),
    }
    return Program(None).post("/payments/notify", body, headers=headers)


def test_stock_reserve_activate_orders_tickets(mine: Program) -> None:
    assert mine.free(106) == 2000
    held = mine.reserved(106, 2)
    assert mine.free(106) == 1998
    sold = mine.activated(held["reservation_id"])
    (listed,) = expect(200, mine.get("orders"))["orders"]
    assert (listed["order_id"], listed["status"]) == (sold["order_id"], "CONFIRMED")
    assert listed["customer_details"]["name"] == PAID["customer_details"]["name"]  # type: ignore[index]
    tickets = expect(200, mine.get(f"orders/{sold['order_id']}/tickets"))["tickets"]
    assert tickets == sold["tickets"]
    assert [each["entitlements"] for each in tickets] == [
        [
            {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
            {"function_code": "VIP_GIFT", "remaining_uses": 1},
            {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
        ]
    ] * 2
    assert mine.free(106) == 1998


def test_reserve_order_signed_notice_tickets(mine: Program) -> None:
    held = mine.reserved(107, 3)["reservation_id"]
    types = {"customer_types": {"adult": 1, "child": 2}, "visit_date": "2026-12-26"}
    placed = mine.ordered(held, pricing_context=types)
    assert placed["payment_required"] == {"amount": 384, "currency": "HKD"}
    path = f"orders/{placed['order_id']}"
    assert expect(200, mine.get(f"{path}/tickets"))["tickets"] == []

    answer = expect(200, notified(placed["order_id"], 384))

    assert answer == {"received": True, "applied": True, "order_id": placed["order_id"]}
    order = expect(200, mine.get(path))
    assert (order["status"], order["payment_reference"]) == ("CONFIRMED", "PSP-1")
    tickets = expect(200, mine.get(f"{path}/tickets"))["tickets"]
    shown = sorted((each["customer_type"], each["price"]) for each in tickets)
    assert shown == [("adult", 228), ("child", 78), ("child", 78)]
    pay = {"order_id": placed["order_id"], "payment_reference": "PAY-1"}
    assert refusal(mine.post("activate", pay)) == (409, "order_already_confirmed")


def test_reserve_order_report_as_paid_tickets_then_the_notice_comes_late(mine: Program) -> None:
    placed = mine.ordered(mine.reserved(108)["reservation_id"])
    pay = {"order_id": placed["order_id"], "payment_reference": "PAY-1"}
    paid = expect(200, mine.post("activate", pay))
    late = expect(200, notified(placed["order_id"], 788))
    assert late == {"received": True, "applied": False, "reason": "order_already_confirmed"}
    shown = expect(200, mine.get(f"orders/{placed['order_id']}/tickets"))["tickets"]
    assert shown == paid["tickets"]


def test_a_cancelled_reservation_is_free_for_others_at_once(mine: Program) -> None:
    other = Program("ota_test_key_251103")
    held = mine.reserved(108, 100)["reservation_id"]
    assert other.free(108) == 1400
    assert mine.delete(f"reservations/{held}").status == 204
    assert other.free(108) == 1500
    assert expect(200, mine.get("reservations"))["total_count"] == 0


def test_an_overdue_hold_is_gone_at_once_without_any_worker(mine: Program) -> None:
    product = make.product(ota=2)
    held = mine.reserved(product.pk, 2)["reservation_id"]
    placed = mine.ordered(held)["order_id"]
    other = Program("ota_test_key_251103")
    wish = {"product_id": product.pk, "quantity": 2}
    assert refusal(other.post("reserve", wish)) == (409, "insufficient_inventory")

    make.lapse(Reservation.objects.get(pk=held))

    path = f"reservations/{held}"
    assert expect(200, mine.get(path))["status"] == "expired"
    assert expect(200, mine.get("reservations"))["total_count"] == 0
    assert refusal(mine.post(f"{path}/activate", PAID)) == (409, "reservation_expired")
    assert refusal(mine.delete(path)) == (409, "reservation_expired")
    assert expect(200, mine.get(f"orders/{placed}"))["status"] == "EXPIRED"
    assert expect(200, notified(placed, 576))["reason"] == "reservation_expired"
    assert mine.free(product.pk) == 2
    assert other.reserved(product.pk, 2)["status"] == "active"
    assert expect(200, mine.get(f"orders/{placed}"))["status"] == "EXPIRED"
    assert make.pool(product) == (2, 2, 0)


def test_every_partner_sees_its_own_and_nothing_else(mine: Program) -> None:
    other = Program("ota_test_key_251103")
    sold = mine.activated(mine.reserved(106)["reservation_id"])
    held = mine.reserved(106)["reservation_id"]
    for path in ("reservations", "orders"):
        assert expect(200, other.get(path))["total_count"] == 0
    for path in (f"reservations/{held}", f"orders/{sold['order_id']}"):
        assert refusal(other.get(path)) == (404, "not_found")
        assert mine.get(path).status == 200
    assert refusal(other.delete(f"reservations/{held}")) == (404, "not_found")
    assert refusal(other.post(f"reservations/{held}/activate", PAID)) == (404, "not_found")


def test_the_whole_allocation_of_5000_can_be_reserved_within_the_rate_limit(
    mine: Program,
) -> None:
    calls = [(106, 20), (107, 15), (108, 15)]
    for product_id, times in calls:
        for _ in range(times):
            mine.reserved(product_id, 100)
    assert [mine.free(product_id) for product_id, _ in calls] == [0, 0, 0]
    for product_id, _ in calls:
        answer = mine.post("reserve", {"product_id": product_id, "quantity": 1})
        assert refusal(answer) == (409, "insufficient_inventory")
    listed = expect(200, mine.get("reservations", limit=1000))["reservations"]
    assert sum(each["quantity"] for each in listed) == 5000


def test_the_largest_reservation_becomes_an_order_of_100_tickets(mine: Program) -> None:
    sold = mine.activated(mine.reserved(106, 100)["reservation_id"])
    assert (len(sold["tickets"]), sold["total_amount"]) == (100, 28800)
    assert len({each["qr_code"] for each in sold["tickets"]}) == 100


def test_the_partner_who_may_only_read_can_only_read(mine: Program) -> None:
    reader = Program("ota_test_key_readonly")
    assert reader.free(106) == 2000
    wish = {"product_id": 106, "quantity": 1}
    assert refusal(reader.post("reserve", wish)) == (403, "permission_denied")
    for path in ("reservations", "orders"):
        assert refusal(reader.get(path)) == (403, "permission_denied")
    assert int(reader.get("inventory").headers["ratelimit-limit"]) == 100


def test_a_new_partner_sells_with_a_key_and_a_secret_of_its_own(mine: Program) -> None:
    own = program()
    secret = payment_secrets.add(own.owner, at=make.now()).encode()
    placed = own.ordered(own.reserved(106)["reservation_id"])
    assert notified(placed["order_id"], 288, secret).status == 401  # says it is OTA_DEMO
    assert expect(200, notified(placed["order_id"], 288))["reason"] == "unknown_order"
    pay = {"order_id": placed["order_id"], "payment_reference": "PAY-1"}
    assert expect(200, own.post("activate", pay))["activation_status"] == "success"


def test_loading_the_demonstration_again_changes_nothing(mine: Program) -> None:
    mine.reserved(106, 10)
    call_command("seed_demo")
    assert mine.free(106) == 1990
    assert mine.free(107) == 1500
