"""The gate over HTTP: granted, refused, looked at, taken back."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from qrcodes.tokens import TokenType
from tests import gate, make
from tests.device import device
from tests.gate import BOARDING, GIFT, TOKEN
from tests.openapi import Answer
from tests.partner_program import expect, refusal
from ticketing.models import Redemption, Scan, Ticket

pytestmark = pytest.mark.django_db


def without_this_request(answer: Answer) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


# --- Scanned ---------------------------------------------------------------------------------


def test_a_granted_scan_tells_what_was_taken_and_what_is_left() -> None:
    at_gate, scan_id = device(), uuid.uuid4()
    ticket = gate.ticket(FERRY_BOARDING=1, PLAYGROUND_TOKEN=10)

    shown = expect(200, at_gate.scan(gate.printed(ticket), TOKEN, scan_id, session_code="S-9"))

    assert shown.pop("redeemed_at").endswith("+08:00")
    assert shown == {
        "result": "granted",
        "scan_id": str(scan_id),
        "ticket_code": ticket.code,
        "product": {"id": ticket.product_id, "name": ticket.product.name},
        "function_code": TOKEN,
        "remaining_uses": 9,
        "ticket_status": "ACTIVE",
        "entitlements": [
            {"function_code": BOARDING, "remaining_uses": 1},
            {"function_code": TOKEN, "remaining_uses": 9},
        ],
    }
    scan = Scan.objects.get()
    assert (scan.session_code, scan.scanner) == ("S-9", at_gate.row)
    row = at_gate.row
    assert row
    assert Redemption.objects.get().by == f"scanner:{row.venue.code}:{row.public_id}"


def test_a_refusal_is_a_problem_with_what_staff_may_tell_the_guest() -> None:
    at_gate, ticket = device(), gate.use_up(gate.ticket())
    answer = at_gate.scan(gate.printed(ticket))
    assert refusal(answer) == (409, "ticket_used")
    problem = answer.json()
    assert problem["ticket_code"] == ticket.code
    assert problem["ticket_status"] == "USED"
    (use,) = problem["last_redemptions"]
    assert use.keys() == {"function_code", "redeemed_at", "venue", "scanner", "undone"}


SAMPLES: dict[str, tuple[int, Callable[[Ticket], str], str]] = {
    "token_invalid": (400, lambda _: "x", BOARDING),
    "wrong_token_type": (400, lambda ticket: gate.sealed(ticket, TokenType.VIEW), BOARDING),
    "token_expired": (
        409, lambda ticket: gate.sealed(ticket, at=make.now() - timedelta(hours=1)), BOARDING,
    ),
    "ticket_not_active": (409, lambda _: gate.printed(make.premade_ticket()), BOARDING),
    "ticket_used": (409, lambda _: gate.printed(gate.use_up(gate.ticket())), BOARDING),
    "unknown_function": (409, gate.printed, GIFT),
    "wrong_venue": (409, gate.printed, TOKEN),
}  # fmt: skip


@pytest.mark.parametrize("code", SAMPLES)
def test_a_refusal_has_its_status_is_stored_and_stays(code: str) -> None:
    status, show, function = SAMPLES[code]
    at_gate, scan_id = device(BOARDING, GIFT), uuid.uuid4()
    qr = show(gate.ticket(FERRY_BOARDING=1, PLAYGROUND_TOKEN=1))

    first = at_gate.scan(qr, function, scan_id)
    again = at_gate.scan(qr, function, scan_id)

    assert refusal(first) == (status, code)
    assert without_this_request(again) == without_this_request(first)
    assert Scan.objects.get(scan_id=scan_id).code == code


def test_the_same_scan_again_is_answered_byte_for_byte() -> None:
    at_gate, scan_id, ticket = device(), uuid.uuid4(), gate.ticket(2)
    answers = [at_gate.scan(gate.printed(ticket), BOARDING, scan_id) for _ in range(3)]
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert gate.left(ticket) == {BOARDING: 1}


def test_another_scan_under_the_same_id_is_a_conflict() -> None:
    at_gate, scan_id = device(), uuid.uuid4()
    at_gate.scan(gate.printed(gate.ticket()), BOARDING, scan_id)
    other = at_gate.scan(gate.printed(gate.ticket()), BOARDING, scan_id)
    assert refusal(other) == (422, "scan_id_conflict")


@pytest.mark.parametrize(
    "qr",
    [
        "", " ", "\n", "١٢", "\u202e", "a" * 99_000, "https://evil.example/qr/verify?t=x", "{}",
        "\u0007", "🚢", ":", "::1.1.", "CRUISE-2026-FERRY-1700000000000-0000000000000000",
        f"CRUISE-1:{'9' * 400}.1.{'0' * 26}", "A" * 128, "-" * 128,
    ],
)  # fmt: skip
def test_what_is_no_code_of_ours_has_one_answer(qr: str) -> None:
    at_gate = device()
    usual = at_gate.scan("x")
    for answer in (at_gate.scan(qr), at_gate.inspect(qr)):
        assert refusal(answer) == (400, "token_invalid")
        shown, expected = without_this_request(answer), without_this_request(usual)
        assert {**shown, "instance": ""} == {**expected, "instance": ""}


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({}, 400, "/scan_id"),
        ({"scan_id": "x"}, 400, "/scan_id"),
        ({"scan_id": 5}, 400, "/scan_id"),
        ({"scan_id": str(uuid.uuid4()), "function_code": ""}, 422, "/function_code"),
        ({"scan_id": str(uuid.uuid4()), "function_code": "F" * 41}, 422, "/function_code"),
        ({"scan_id": str(uuid.uuid4()), "qr": None}, 400, "/qr"),
        ({"scan_id": str(uuid.uuid4()), "qr": 5}, 400, "/qr"),
        ({"scan_id": str(uuid.uuid4()), "session_code": "s" * 65}, 422, "/session_code"),
        ({"scan_id": str(uuid.uuid4()), "ticket_code": "x"}, 400, "/ticket_code"),
    ],
)
def test_a_scan_that_is_not_sound_is_not_one(body: dict[str, Any], status: int, place: str) -> None:
    wish = {"qr": "x", "function_code": BOARDING, **body}
    answer = device().call("POST", "scan", wish)
    assert refusal(answer) == (status, "validation_failed")
    assert [pointer for pointer, _ in answer.places] == [place]
    assert not Scan.objects.exists()


# --- Looked at, taken back -------------------------------------------------------------------


def test_a_look_takes_nothing_and_an_undo_gives_back() -> None:
    at_gate, ticket = device(), gate.ticket()
    scan_id = at_gate.granted(gate.printed(ticket))["scan_id"]
    seen = expect(200, at_gate.inspect(gate.printed(ticket)))
    assert (seen["ticket_status"], seen["entitlements"][0]["remaining_uses"]) == ("USED", 0)

    undone = expect(200, at_gate.undo(scan_id))

    assert undone == expect(200, at_gate.undo(scan_id))
    assert undone == expect(200, at_gate.inspect(gate.printed(ticket)))
    assert (undone["ticket_status"], undone["entitlements"][0]["remaining_uses"]) == ("ACTIVE", 1)
    assert [use["undone"] for use in undone["last_redemptions"]] == [True]


def test_an_undo_of_what_is_none_of_mine_finds_nothing() -> None:
    at_gate, other, ticket = device(), device(), gate.ticket()
    scan_id = at_gate.granted(gate.printed(ticket))["scan_id"]
    for asked in (uuid.uuid4(), "x", "%00", scan_id.replace("-", "")):
        assert refusal(at_gate.undo(asked)) == (404, "not_found")
    assert refusal(other.undo(scan_id)) == (404, "not_found")
    assert refusal(at_gate.call("POST", f"redemptions/{scan_id}/undo", {"x": 1}))[0] == 400
    assert gate.left(ticket) == {BOARDING: 0}


def test_what_is_too_late_or_took_nothing_is_not_undone() -> None:
    at_gate, scan_id = device(), uuid.uuid4()
    assert at_gate.row
    at_gate.scan("x", BOARDING, scan_id)
    assert refusal(at_gate.undo(scan_id)) == (409, "not_undoable")
    long_ago, old = make.now() - timedelta(minutes=16), uuid.uuid4()
    gate.scan(gate.ticket(), by=at_gate.row, scan_id=old, at=long_ago)
    assert refusal(at_gate.undo(old)) == (409, "undo_too_late")


def test_a_key_says_where_it_belongs_and_what_can_be_redeemed_there() -> None:
    make.product(functions={"VIP_GIFT": 1, "FERRY_BOARDING": 1})
    shop = device(GIFT)
    assert shop.row
    venue = shop.row.venue
    assert expect(200, shop.call("GET", "scanner")) == {
        "venue": {"code": venue.code, "name": venue.name},
        "scanner": "Gate A",
        "functions": [GIFT],
    }
    assert expect(200, device().call("GET", "scanner"))["functions"] == [BOARDING, GIFT]


def test_without_qr_keys_the_gate_says_so_and_stores_nothing(settings: Settings) -> None:
    at_gate, qr = device(), gate.printed(gate.ticket())
    settings.QR_KEYS = []
    assert refusal(at_gate.scan(qr)) == (500, "qr_not_configured")
    assert refusal(at_gate.inspect(qr)) == (500, "qr_not_configured")
    assert not Scan.objects.exists()
