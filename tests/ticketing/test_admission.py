"""One scan at a gate that is granted: what it takes, what it tells, and that it counts once."""

import json
import uuid
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests import gate, make
from tests.gate import BOARDING, GIFT, TOKEN
from ticketing import reconcile
from ticketing.gate_errors import ScanIdConflict
from ticketing.models import Redemption, Scan

pytestmark = pytest.mark.django_db
NEW_KEY = {"kid": 2, "state": "active", "master": "c0ffee11" * 4 + "ab" * 16}


@pytest.fixture(autouse=True)
def _nothing_drifts(db: None) -> object:
    yield
    assert list(reconcile.differences()) == []


def told(scan: Any) -> dict[str, Any]:
    return json.loads(scan.body)


@pytest.mark.parametrize("show", [gate.printed, gate.sealed])
def test_a_ticket_is_redeemed_by_its_printed_qr_and_by_a_token_alike(show: Any) -> None:
    ticket, device, scan_id = (
        gate.ticket(FERRY_BOARDING=1, PLAYGROUND_TOKEN=10),
        gate.scanner(),
        uuid.uuid4(),
    )
    at = make.now()

    answer = gate.scan(show(ticket), TOKEN, by=device, scan_id=scan_id, at=at)

    assert (answer.status, answer.code, answer.is_new) == (200, "", True)
    rights = [
        {"function_code": BOARDING, "remaining_uses": 1},
        {"function_code": TOKEN, "remaining_uses": 9},
    ]
    shown = told(answer)
    assert shown.pop("redeemed_at") == timezone.localtime(at).isoformat()
    assert shown == {
        "result": "granted",
        "scan_id": str(scan_id),
        "ticket_code": ticket.code,
        "product": {"id": ticket.product_id, "name": ticket.product.name},
        "function_code": TOKEN,
        "remaining_uses": 9,
        "ticket_status": "ACTIVE",
        "entitlements": rights,
    }
    ticket.refresh_from_db()
    assert (ticket.entitlements, ticket.status) == (rights, "ACTIVE")


def test_a_granted_scan_is_remembered_with_what_it_took() -> None:
    ticket, device, scan_id = gate.ticket(2), gate.scanner(), uuid.uuid4()
    at = make.now()

    gate.scan(ticket, by=device, scan_id=scan_id, at=at)

    scan = Scan.objects.get()
    assert (scan.scanner, scan.scan_id, scan.ticket) == (device, scan_id, ticket)
    assert (scan.result, scan.status, scan.code, scan.at) == ("granted", 200, "", at)
    assert (scan.function_code, scan.request_id) == (BOARDING, "scan-of-the-tests")
    use = Redemption.objects.get()
    assert (use.scan, use.ticket, use.function_code) == (scan, ticket, BOARDING)
    assert (use.seq, use.change, use.remaining) == (1, -1, 1)
    assert (use.by, use.request_id, use.at) == (gate.BY.name, "scan-of-the-tests", at)


def test_the_last_use_of_all_makes_a_ticket_used_and_no_use_before_it_does() -> None:
    ticket = gate.ticket(FERRY_BOARDING=1, PLAYGROUND_TOKEN=2)

    statuses = [
        told(gate.scan(ticket, function))["ticket_status"] for function in (TOKEN, BOARDING, TOKEN)
    ]

    assert statuses == ["ACTIVE", "ACTIVE", "USED"]
    ticket.refresh_from_db()
    assert ticket.status == "USED"
    assert [str(move) for move in ticket.history.all()] == ["ACTIVE", "ACTIVE → USED"]
    last = ticket.history.latest("id")
    assert (last.by, last.request_id) == (gate.BY.name, "scan-of-the-tests")


def test_redeeming_moves_no_counter() -> None:
    product = make.product(5)
    ticket = make.ticket(on=product)
    before = make.pool(product)
    gate.use_up(ticket)
    assert make.pool(product) == before == (5, 0, 1)


def test_a_premade_ticket_is_redeemed_like_any_other_once_it_is_sold() -> None:
    waiting = make.premade_ticket()
    qr = gate.printed(waiting)
    assert gate.scan(qr).code == "ticket_not_active"
    make.sell(waiting)
    assert gate.scan(qr).status == 200


def test_a_scan_asks_the_database_twice() -> None:
    ticket, device = gate.ticket(2), gate.scanner()
    _, count = make.statements(lambda: gate.scan(ticket, by=device))
    assert count == 2 + 2  # and the savepoint that stands for its transaction here


# --- Another generation, another key ---------------------------------------------------------


def test_a_reissue_ends_every_earlier_qr_and_the_next_one_admits() -> None:
    ticket = gate.ticket(3)
    earlier = [gate.printed(ticket), gate.sealed(ticket)]
    gate.reissue(ticket)
    ticket.refresh_from_db()
    assert [gate.scan(qr).code for qr in earlier] == ["superseded_qr"] * 2
    assert [gate.scan(qr).status for qr in (gate.printed(ticket), gate.sealed(ticket))] == [200] * 2


def test_a_qr_of_another_key_than_the_tickets_own_is_not_its_qr(settings: Settings) -> None:
    ticket = gate.ticket()
    settings.QR_KEYS = [{**settings.QR_KEYS[0], "state": "retiring"}, NEW_KEY]
    ticket.qr_kid = 2
    assert gate.scan(gate.printed(ticket)).code == "superseded_qr"
    ticket.qr_kid = 1
    assert gate.scan(gate.printed(ticket)).status == 200


# --- The same scan again ---------------------------------------------------------------------


def test_the_same_scan_gets_the_same_answer_and_takes_nothing_more() -> None:
    ticket, device, scan_id = gate.ticket(3), gate.scanner(), uuid.uuid4()
    first = gate.scan(ticket, by=device, scan_id=scan_id)
    again = gate.scan(ticket, by=device, scan_id=scan_id)
    assert (again.status, again.code, again.body) == (first.status, first.code, first.body)
    assert (first.is_new, again.is_new) == (True, False)
    assert gate.left(ticket) == {BOARDING: 2}


def test_a_scan_that_was_granted_stays_granted_when_the_ticket_is_used() -> None:
    ticket, device, scan_id = gate.ticket(2), gate.scanner(), uuid.uuid4()
    first = gate.scan(ticket, by=device, scan_id=scan_id)
    gate.redeem(ticket)
    assert gate.scan(ticket).code == "ticket_used"
    assert gate.scan(ticket, by=device, scan_id=scan_id).body == first.body


@pytest.mark.parametrize("granted", [True, False])
def test_a_scan_id_stands_for_one_qr_and_one_function(granted: bool) -> None:
    ticket, device, scan_id = (
        gate.ticket(FERRY_BOARDING=1, VIP_GIFT=1),
        gate.scanner(),
        uuid.uuid4(),
    )
    gate.scan(ticket if granted else "forged", by=device, scan_id=scan_id)
    for other in [(gate.sealed(ticket), BOARDING), (gate.printed(ticket), GIFT), ("x", BOARDING)]:
        with pytest.raises(ScanIdConflict):
            gate.scan(*other, by=device, scan_id=scan_id)
    assert Scan.objects.count() == 1


def test_scan_ids_of_two_scanners_do_not_meet() -> None:
    ticket, scan_id = gate.ticket(2), uuid.uuid4()
    answers = [gate.scan(ticket, scan_id=scan_id) for _ in range(2)]
    assert [told(answer)["remaining_uses"] for answer in answers] == [1, 0]
