"""Misuse and failing calls, made by calling."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from ota.models import ApiCall
from tests import gate, make
from tests.device import device
from tests.ota.alerts.watching import alerts, judge, limit, told
from tests.partner_program import PAID, Program, program, refusal

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_a_burst_of_refused_calls_is_an_alert_until_ten_minutes_are_quiet() -> None:
    mine, other = program(), program()
    limit("api_abuse", value=4)
    reader = program(mine.owner, permissions=["billing:read"])
    mine.get("orders/ORD-1")
    for _ in range(2):
        reader.get("inventory")
    other.get("inventory")
    mine.post("reserve", b"{")  # 400: a mistake, no misuse
    assert alerts("api_abuse") == []
    mine.get("orders/ORD-2")

    assert alerts("api_abuse") == [(mine.owner.partner_id, 1)]
    assert alerts("api_abuse") == [(mine.owner.partner_id, 2)]
    assert "were refused within 10 minutes (limit 4): 0 × 401, 2 × 403, 2 × 404" in told(
        "api_abuse"
    )
    assert alerts("api_abuse", make.now() + 11 * MINUTE) == []


def test_callers_without_a_valid_key_are_one_alert() -> None:
    limit("api_abuse", value=3)
    Program(None).get("inventory")
    for n in range(2):
        assert alerts("api_abuse") == []
        Program(f"ota_test_key_nobody{n}").get("inventory")
    assert alerts("api_abuse") == [("", 1)]
    assert alerts("api_abuse", make.now() + 11 * MINUTE) == []


def test_a_partner_beyond_its_rate_limit_is_misuse() -> None:
    mine = program(make.partner(rate_limit=100))
    limit("api_abuse", value=1)
    for _ in range(100):
        mine.get("inventory")
    assert alerts("api_abuse") == []
    assert refusal(mine.get("inventory")) == (429, "rate_limited")
    assert alerts("api_abuse") == [(mine.owner.partner_id, 1)]


def test_trying_ticket_codes_is_an_alert_until_it_stops() -> None:
    mine, theirs = program(), make.ticket()
    limit("code_guessing", value=3)
    mine.get(f"/qr/{theirs.code}/info")
    mine.post("tickets/T-1/activate", PAID)
    mine.get("orders/ORD-1")  # no ticket code
    mine.post("tickets/T-1/cancel")
    assert alerts("code_guessing") == []
    mine.get("/qr/T-2/info")

    assert alerts("code_guessing") == [(mine.owner.partner_id, 1)]
    assert alerts("code_guessing") == [(mine.owner.partner_id, 2)]
    assert "asked for 3 ticket codes" in told("code_guessing")
    assert alerts("code_guessing", make.now() + 11 * MINUTE) == []


def test_invalid_codes_at_a_gate_are_an_alert_of_their_scanner() -> None:
    here, there = device(), device()
    assert here.row is not None
    limit("gate_guessing", value=3)
    for n in range(2):
        here.scan(f"forged {n}")
        there.scan(f"forged {n}")
    here.granted(gate.printed(gate.ticket()))
    assert alerts("gate_guessing") == []
    here.scan("forged 3")

    assert alerts("gate_guessing") == [(here.row.public_id, 1)]
    assert alerts("gate_guessing") == [(here.row.public_id, 2)]
    assert f"at {here.row.venue} was shown 3 codes" in told("gate_guessing")
    assert alerts("gate_guessing", make.now() + 11 * MINUTE) == []


def test_calls_that_fail_by_our_fault_are_an_alert_until_they_succeed(settings: Settings) -> None:
    mine, ticket = program(), make.ticket()
    mine = program(ticket.partner)
    keys, settings.QR_KEYS = settings.QR_KEYS, []
    for _ in range(2):
        assert mine.post(f"/qr/{ticket.code}", {"qr_type": "encrypted"}).status == 500
    assert alerts("api_failures") == []
    mine.post(f"/qr/{ticket.code}", {"qr_type": "encrypted"})

    assert alerts("api_failures") == [("qr", 1)]
    assert alerts("api_failures") == [("qr", 2)]
    assert "3 of 3 calls of qr in 10 minutes" in told("api_failures")
    settings.QR_KEYS = keys
    limit("api_failures", value=60)
    for _ in range(2):
        assert mine.post(f"/qr/{ticket.code}", {"qr_type": "encrypted"}).status == 200
    assert alerts("api_failures") == []


def test_a_route_that_refuses_more_than_the_day_before_is_an_alert() -> None:
    mine, new = program(), program()
    limit("api_errors", minimum=4)
    for _ in range(50):
        mine.get("inventory")
    judge("api_errors")
    ApiCall.objects.update(at=make.now() - timedelta(hours=2))
    for _ in range(3):
        mine.get("inventory", product_ids="x")
    for _ in range(4):
        new.get("orders", limit="x")  # nothing is usual of this route yet
    assert alerts("api_errors") == []
    mine.get("inventory", product_ids="x")

    assert alerts("api_errors") == [("inventory", 1)]
    assert alerts("api_errors") == [("inventory", 2)]
    assert "4 of 4 calls of inventory in 30 minutes" in told("api_errors")
    for _ in range(30):
        mine.get("inventory")
    assert alerts("api_errors") == []
