"""From a sale to a guest on board, over HTTP: sold, shown, looked at, redeemed, taken back."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from ota import demo
from tests import gate, make
from tests.device import Device, device, read_qr
from tests.gate import BOARDING, GIFT, TOKEN
from tests.partner_program import Program, expect, refusal
from ticketing import reconcile
from ticketing.models import Scan, Ticket

DEMO_SCANNER = "venue_test_key_12345"


@pytest.fixture
def mine(db: None) -> Program:
    """The demonstration partner, with the demonstration's products and pier."""
    demo.seed(at=make.now())
    return Program("ota_test_key_12345")


@pytest.fixture(autouse=True)
def _nothing_drifts(db: None) -> object:
    yield
    assert list(reconcile.differences()) == []


def sold(mine: Program, product_id: int = 106) -> dict[str, Any]:
    """The one ticket of an order."""
    (ticket,) = mine.activated(mine.reserved(product_id)["reservation_id"])["tickets"]
    return dict(ticket)


def info(mine: Program, ticket: dict[str, Any]) -> tuple[str, dict[str, int]]:
    shown = expect(200, mine.get(f"/qr/{ticket['ticket_code']}/info"))
    left = {right["function_code"]: right["remaining_uses"] for right in shown["entitlements"]}
    return shown["status"], left


def page(mine: Program, ticket: dict[str, Any]) -> str:
    """What a guest's WeChat shows for a link made now."""
    shown = expect(200, mine.post(f"/qr/{ticket['ticket_code']}", {"qr_type": "url"}))
    link = urlsplit(read_qr(shown["qr_image"]))
    answer = Program(None).get(f"{link.path}?{link.query}&lang=en")
    assert answer.status == 200
    return answer.body.decode()


def test_sold_shown_looked_at_redeemed_to_the_last_use_and_one_taken_back(mine: Program) -> None:
    pier, ticket = Device(DEMO_SCANNER), sold(mine)
    code, printed = ticket["ticket_code"], read_qr(ticket["qr_code"])
    assert code in page(mine, ticket)
    assert "Valid" in page(mine, ticket)

    fresh = read_qr(expect(200, mine.post(f"/qr/{code}"))["qr_image"])
    boarded = pier.granted(fresh)
    assert (boarded["ticket_code"], boarded["ticket_status"]) == (code, "ACTIVE")
    assert refusal(pier.scan(printed)) == (409, "entitlement_exhausted")
    pier.granted(printed, GIFT)
    tokens = [pier.granted(printed, TOKEN) for _ in range(10)]
    assert [each["remaining_uses"] for each in tokens] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert tokens[-1]["ticket_status"] == "USED"

    assert info(mine, ticket) == ("USED", {BOARDING: 0, GIFT: 0, TOKEN: 0})
    assert refusal(mine.post(f"/qr/{code}")) == (409, "ticket_used")
    assert refusal(pier.scan(fresh)) == (409, "ticket_used")
    assert refusal(mine.post(f"tickets/{code}/cancel")) == (409, "ticket_not_cancellable")

    undone = expect(200, pier.undo(tokens[-1]["scan_id"]))
    assert undone["ticket_status"] == "ACTIVE"
    assert [use["undone"] for use in undone["last_redemptions"]] == [True] + [False] * 9
    assert info(mine, ticket) == ("ACTIVE", {BOARDING: 0, GIFT: 0, TOKEN: 1})
    assert pier.granted(printed, TOKEN)["ticket_status"] == "USED"


def test_a_ticket_printed_before_its_sale_admits_once_it_is_sold(mine: Program) -> None:
    pier = Device(DEMO_SCANNER)
    waiting = mine.generated(107, 1)["tickets"][0]
    printed = read_qr(waiting["qr_code"])
    assert refusal(pier.scan(printed)) == (409, "ticket_not_active")
    assert expect(200, pier.inspect(printed))["ticket_status"] == "PRE_GENERATED"

    mine.sold(waiting["ticket_code"])

    assert pier.granted(printed)["ticket_code"] == waiting["ticket_code"]
    analytics = expect(200, mine.get("batches/B-1"))["counts"]
    assert analytics["ACTIVE"] == 1


def test_a_ticket_that_was_cancelled_admits_nobody_whatever_shows_it(mine: Program) -> None:
    pier, ticket = Device(DEMO_SCANNER), sold(mine)
    code, printed = ticket["ticket_code"], read_qr(ticket["qr_code"])
    fresh = read_qr(expect(200, mine.post(f"/qr/{code}"))["qr_image"])
    expect(200, mine.post(f"tickets/{code}/cancel"))
    for qr in (printed, fresh):
        assert refusal(pier.scan(qr)) == (409, "ticket_cancelled")
    assert refusal(mine.post(f"/qr/{code}")) == (409, "ticket_cancelled")
    assert info(mine, ticket)[0] == "CANCELLED"


def test_a_lost_printout_is_replaced(mine: Program) -> None:
    pier, ticket = Device(DEMO_SCANNER), sold(mine)
    lost = read_qr(ticket["qr_code"])
    gate.reissue(Ticket.objects.get(code=ticket["ticket_code"]))
    order = Ticket.objects.get(code=ticket["ticket_code"]).order
    assert order
    (shown,) = expect(200, mine.get(f"orders/{order.order_id}/tickets"))["tickets"]
    assert refusal(pier.scan(lost)) == (409, "superseded_qr")
    assert pier.granted(read_qr(shown["qr_code"]))["remaining_uses"] == 0


def test_venues_redeem_what_they_serve(mine: Program) -> None:
    pier, playground, ticket = Device(DEMO_SCANNER), device(TOKEN), sold(mine)
    printed = read_qr(ticket["qr_code"])
    assert refusal(playground.scan(printed, BOARDING)) == (409, "wrong_venue")
    assert refusal(playground.scan(printed, "SAUNA")) == (409, "unknown_function")
    assert playground.granted(printed, TOKEN)["remaining_uses"] == 9
    pier.granted(printed, BOARDING)
    (last, first) = expect(200, pier.inspect(printed))["last_redemptions"]
    assert (first["function_code"], last["function_code"]) == (TOKEN, BOARDING)
    assert (last["venue"], last["scanner"]) == ("PIER-1", "Gate A")


def test_an_answer_that_got_lost_is_asked_for_again(mine: Program) -> None:
    pier, printed = Device(DEMO_SCANNER), read_qr(sold(mine)["qr_code"])
    first = pier.scan(printed, BOARDING, "6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11")
    again = pier.scan(printed, BOARDING, "6F1C6B1E-2F0E-4F5E-9A51-0D9E6B1F0A11")
    assert (again.status, again.body) == (200, first.body)
    assert Scan.objects.count() == 1


def test_every_partner_shows_its_own_tickets_and_no_others(mine: Program) -> None:
    other, ticket = Program("ota_test_key_251103"), sold(mine)
    path = f"/qr/{ticket['ticket_code']}"
    assert refusal(other.post(path)) == (403, "permission_denied")
    assert refusal(other.get(f"{path}/info")) == (403, "permission_denied")
    assert refusal(Program("ota_test_key_readonly").post(path)) == (403, "permission_denied")
    assert mine.get(f"{path}/info").status == 200
