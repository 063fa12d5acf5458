"""QR codes on demand over HTTP: what is made, what is told without making one, what is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ota import calls
from ota.models import ApiCall
from qrcodes import tokens
from qrcodes.tokens import TokenType
from tests import gate, make
from tests.device import read_qr
from tests.gate import BOARDING, TOKEN
from tests.openapi import Answer
from tests.ota.test_rate_limit_headers import early_in_its_minute
from tests.partner_program import Program, expect, program, refusal
from ticketing.models import Ticket

pytestmark = pytest.mark.django_db
ABSENT = "CRUISE-2026-FERRY-1700000000000-0000000000000000"
INVALID = (400, "validation_failed")


@pytest.fixture
def mine() -> Program:
    return program()


def a_ticket(of: Program, **functions: int) -> Ticket:
    return make.ticket(of=of.owner, on=make.product(functions=functions or {BOARDING: 1}))


def made(mine: Program, ticket: Ticket, body: Any = None, **query: Any) -> dict[str, Any]:
    path = f"/qr/{ticket.code}"
    asked = f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}"
    return expect(200, mine.post(asked if query else path, body))


# --- Made ------------------------------------------------------------------------------------


def test_without_any_wish_it_is_an_encrypted_code_for_half_an_hour(mine: Program) -> None:
    ticket, before = a_ticket(mine), make.now()

    shown = made(mine, ticket)

    assert shown.keys() == {
        "success", "qr_image", "qr_type", "ticket_code", "expires_at", "valid_for_seconds", "note",
    }  # fmt: skip
    assert (shown["success"], shown["qr_type"]) == (True, "encrypted")
    assert (shown["ticket_code"], shown["valid_for_seconds"]) == (ticket.code, 1800)
    ends = datetime.fromisoformat(shown["expires_at"])
    # A token counts whole seconds, from the one it was made in.
    assert before - timedelta(seconds=1) < ends - timedelta(minutes=30) <= make.now()
    token = tokens.read(read_qr(shown["qr_image"]), at=make.now(), wanted=TokenType.REDEEM)
    assert (token.ticket, token.expires_at) == (ticket.id, ends)


def test_a_url_code_carries_the_link_that_is_told_beside_it(mine: Program) -> None:
    shown = made(mine, a_ticket(mine), {"qr_type": "url", "expiry_minutes": 5})
    assert (shown["qr_type"], shown["valid_for_seconds"]) == ("url", 300)
    assert shown["verify_url"] == read_qr(shown["qr_image"])
    assert shown["verify_url"].startswith("http://testserver/qr/verify?t=")
    assert mine.get(shown["verify_url"].removeprefix("http://testserver")).status == 200


@pytest.mark.parametrize(
    ("query", "body", "kind"),
    [
        ({}, {}, "encrypted"),
        ({"type": "url"}, None, "url"),
        ({"type": "url"}, {}, "url"),
        ({"type": "url"}, {"expiry_minutes": 5}, "url"),
        ({"type": "url"}, {"qr_type": "encrypted"}, "encrypted"),
        ({"type": "encrypted"}, {"qr_type": "url"}, "url"),
        ({"type": "url"}, {"qr_type": "url"}, "url"),
    ],
)
def test_the_body_wins_over_the_query(
    mine: Program, query: dict[str, str], body: Any, kind: str
) -> None:
    shown = made(mine, a_ticket(mine), body, **query)
    assert (shown["qr_type"], "verify_url" in shown) == (kind, kind == "url")


@pytest.mark.parametrize("minutes", [1, 1440])
def test_the_shortest_and_the_longest_life(mine: Program, minutes: int) -> None:
    shown = made(mine, a_ticket(mine), {"expiry_minutes": minutes})
    assert shown["valid_for_seconds"] == minutes * 60


def test_nothing_is_stored_and_every_code_is_another_one(mine: Program) -> None:
    ticket = a_ticket(mine)
    before = Ticket.objects.values().get()
    texts = {read_qr(made(mine, ticket)["qr_image"]) for _ in range(3)}
    assert len(texts) == 3
    assert Ticket.objects.values().get() == before
    assert ticket.history.count() == 1


def test_a_code_made_after_a_reissue_is_of_the_new_generation(mine: Program) -> None:
    ticket = a_ticket(mine)
    old = read_qr(made(mine, ticket)["qr_image"])
    gate.reissue(ticket)
    assert gate.scan(old).code == "superseded_qr"
    assert gate.scan(read_qr(made(mine, ticket)["qr_image"])).status == 200


# --- Refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "body", "place"),
    [
        ("", {"expiry_minutes": 0}, "/expiry_minutes"),
        ("", {"expiry_minutes": 1441}, "/expiry_minutes"),
        ("", {"expiry_minutes": -5}, "/expiry_minutes"),
        ("", {"expiry_minutes": "30"}, "/expiry_minutes"),
        ("", {"expiry_minutes": 30.5}, "/expiry_minutes"),
        ("", {"expiry_minutes": True}, "/expiry_minutes"),
        ("", {"expiry_minutes": None}, "/expiry_minutes"),
        ("", {"qr_type": "png"}, "/qr_type"),
        ("", {"qr_type": None}, "/qr_type"),
        ("", {"type": "url"}, "/type"),
        ("?type=png", None, "/type"),
        ("?type=png", {"qr_type": "url"}, "/type"),
        ("?type=", None, "/type"),
        ("?type=url&type=url", None, "/type"),
        ("?expiry_minutes=5", None, "/expiry_minutes"),
    ],
)
def test_a_wish_that_is_not_sound_is_400(mine: Program, query: str, body: Any, place: str) -> None:
    answer = mine.post(f"/qr/{a_ticket(mine).code}{query}", body)
    assert refusal(answer) == INVALID
    assert [pointer for pointer, _ in answer.places] == [place]


@pytest.mark.parametrize("code", ["x", "0", "CRUISE-", "cruise-2026-ferry-1700000000000", "A" * 61])
def test_what_can_be_no_ticket_code_is_400_where_one_is_made_and_unknown_where_one_asks(
    mine: Program, code: str
) -> None:
    assert refusal(mine.post(f"/qr/{code}")) == INVALID
    assert refusal(mine.get(f"/qr/{code}/info")) == (404, "not_found")


def both(of: Program, code: str) -> set[tuple[int, str]]:
    answers: list[Answer] = [of.post(f"/qr/{code}"), of.get(f"/qr/{code}/info")]
    return {refusal(answer) for answer in answers}


def test_no_ticket_another_partners_and_a_direct_one_are_told_apart(mine: Program) -> None:
    direct = a_ticket(mine)
    Ticket.objects.update(partner=None)
    assert both(mine, ABSENT) == {(404, "not_found")}
    assert both(mine, make.ticket().code) == {(403, "permission_denied")}
    assert both(mine, direct.code) == {(403, "ticket_type_mismatch")}


@pytest.mark.parametrize("status", ["USED", "EXPIRED", "CANCELLED"])
def test_for_a_ticket_that_has_ended_no_code_is_made(mine: Program, status: str) -> None:
    ticket = a_ticket(mine)
    if status == "USED":
        gate.use_up(ticket)
    Ticket.objects.update(status=status)
    answer = mine.post(f"/qr/{ticket.code}")
    assert refusal(answer) == (409, f"ticket_{status.lower()}")
    assert expect(200, mine.get(f"/qr/{ticket.code}/info"))["can_generate_qr"] is False


def test_without_keys_it_is_500_with_a_code_and_the_info_is_there(
    mine: Program, settings: Settings
) -> None:
    ticket = a_ticket(mine)
    settings.QR_KEYS = []
    assert refusal(mine.post(f"/qr/{ticket.code}")) == (500, "qr_not_configured")
    assert expect(200, mine.get(f"/qr/{ticket.code}/info"))["can_generate_qr"] is True


def test_verify_is_never_taken_for_a_ticket_code(mine: Program) -> None:
    assert mine.get("/qr/verify").headers["content-type"].startswith("text/html")
    assert refusal(mine.post("/qr/verify")) == (405, "method_not_allowed")
    assert refusal(mine.get("/qr/verify/info")) == (404, "not_found")


# --- Told ------------------------------------------------------------------------------------


def test_the_info_says_what_a_ticket_is_worth(mine: Program) -> None:
    ticket = a_ticket(mine, FERRY_BOARDING=1, PLAYGROUND_TOKEN=10)
    gate.redeem(ticket, TOKEN, 3)
    assert expect(200, mine.get(f"/qr/{ticket.code}/info")) == {
        "ticket_code": ticket.code,
        "ticket_type": "OTA",
        "status": "ACTIVE",
        "entitlements": [
            {"function_code": BOARDING, "remaining_uses": 1},
            {"function_code": TOKEN, "remaining_uses": 7},
        ],
        "can_generate_qr": True,
        "product_info": {"id": ticket.product_id, "name": ticket.product.name},
    }


def test_the_info_follows_the_ticket_through_its_life(mine: Program) -> None:
    waiting = make.premade_ticket(of=mine.owner)

    def told() -> tuple[str, bool]:
        shown = expect(200, mine.get(f"/qr/{waiting.code}/info"))
        return shown["status"], shown["can_generate_qr"]

    assert told() == ("PRE_GENERATED", True)
    made(mine, waiting)
    make.sell(waiting)
    assert told() == ("ACTIVE", True)
    gate.use_up(waiting)
    assert told() == ("USED", False)


def test_calls_about_codes_count_and_are_logged_like_every_other() -> None:
    mine = early_in_its_minute()
    path = f"/qr/{a_ticket(mine).code}"
    calls.store()
    before = ApiCall.objects.count()
    answers = [mine.get(f"{path}/info"), mine.post(path), mine.get("inventory")]
    left = [int(answer.headers["ratelimit-remaining"]) for answer in answers]
    assert left == [left[0], left[0] - 1, left[0] - 2]
    calls.store()
    logged = ApiCall.objects.order_by("pk").values_list("route", "status")[before:]
    assert list(logged) == [("qr-info", 200), ("qr", 200), ("inventory", 200)]


@pytest.mark.parametrize("query", ["x=1", "type=url", "expiry_minutes=5", "x="])
def test_the_info_knows_no_parameters(mine: Program, query: str) -> None:
    code = make.ticket(of=mine.owner).code
    answer = mine.get(f"/qr/{code}/info?{query}")
    assert refusal(answer) == (422, "validation_failed")
    assert answer.places[0][0] == f"/{query.partition('=')[0]}"
