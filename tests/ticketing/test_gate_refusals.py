"""A scan at a gate that is refused: with which word, with which facts, and that it is stored."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from qrcodes.tokens import TokenType
from tests import gate, make
from tests.gate import BOARDING, GIFT, TOKEN
from ticketing import ending
from ticketing.models import Redemption, Scan, Ticket

pytestmark = pytest.mark.django_db


def expired_token(ticket: Ticket) -> str:
    return gate.sealed(ticket, at=make.now() - timedelta(hours=1))


def superseded(ticket: Ticket) -> str:
    qr = gate.printed(ticket)
    gate.reissue(ticket)
    return qr


def superseded_token(ticket: Ticket) -> str:
    qr = gate.sealed(ticket)
    gate.reissue(ticket)
    return qr


def cancelled(ticket: Ticket) -> str:
    assert ticket.partner
    ending.cancel(partner=ticket.partner, code=ticket.code, at=make.now(), by=make.BY)
    return gate.printed(ticket)


def expired(ticket: Ticket) -> str:
    ending.expire(ticket_id=ticket.pk, at=make.now(), by=make.BY)
    return gate.printed(ticket)


def used(ticket: Ticket) -> str:
    return gate.printed(gate.use_up(ticket))


def exhausted(ticket: Ticket) -> str:
    gate.redeem(ticket, BOARDING)
    return gate.printed(ticket)


def of_nobodys_ticket(ticket: Ticket) -> str:
    ticket.id = uuid.uuid4()
    return gate.sealed(ticket)


def of_no_such_code(ticket: Ticket) -> str:
    ticket.code = "CRUISE-2026-FERRY-1700000000000-0000000000000000"
    return gate.printed(ticket)


REFUSED: list[tuple[Any, int, str]] = [
    (lambda _: "", 400, "token_invalid"),
    (lambda ticket: ticket.code, 400, "token_invalid"),
    (lambda ticket: gate.printed(ticket)[:-1], 400, "token_invalid"),
    (of_nobodys_ticket, 400, "token_invalid"),
    (of_no_such_code, 400, "token_invalid"),
    (lambda ticket: gate.sealed(ticket, TokenType.VIEW), 400, "wrong_token_type"),
    (expired_token, 409, "token_expired"),
    (superseded, 409, "superseded_qr"),
    (superseded_token, 409, "superseded_qr"),
    (cancelled, 409, "ticket_cancelled"),
    (expired, 409, "ticket_expired"),
    (used, 409, "ticket_used"),
    (exhausted, 409, "entitlement_exhausted"),
]  # fmt: skip


@pytest.mark.parametrize(("show", "status", "code"), REFUSED)
def test_a_scan_is_refused_with_its_own_word_and_stored(show: Any, status: int, code: str) -> None:
    ticket = gate.ticket(FERRY_BOARDING=1, PLAYGROUND_TOKEN=2)
    qr = show(ticket)
    before = (list(Redemption.objects.values()), Ticket.objects.values().get())

    answer = gate.scan(qr)

    assert (answer.status, answer.code) == (status, code)
    scan = Scan.objects.first()
    assert scan is not None
    assert (scan.result, scan.status, scan.code) == ("refused", status, code)
    assert scan.redemptions.count() == 0
    assert (list(Redemption.objects.values()), Ticket.objects.values().get()) == before


def test_a_ticket_that_was_not_sold_admits_nobody() -> None:
    assert gate.scan(make.premade_ticket()).code == "ticket_not_active"


def test_a_function_that_is_not_on_the_ticket_is_unknown() -> None:
    assert gate.scan(gate.ticket(), GIFT).code == "unknown_function"


def test_a_function_that_is_not_served_here_is_the_wrong_venue() -> None:
    ticket, boat = gate.ticket(FERRY_BOARDING=1, VIP_GIFT=1), gate.scanner(BOARDING)
    assert gate.scan(ticket, GIFT, by=boat).code == "wrong_venue"
    assert gate.scan(ticket, BOARDING, by=boat).status == 200
    assert gate.scan(ticket, GIFT, by=gate.scanner()).status == 200  # names none, serves all


def test_a_token_for_another_venue_is_refused_here() -> None:
    ticket, here, there = gate.ticket(2), gate.scanner(), gate.scanner()
    qr = gate.sealed(ticket, audience=there.venue_id)
    assert gate.scan(qr, by=here).code == "wrong_venue"
    assert gate.scan(qr, by=there).status == 200


def test_the_first_reason_is_told_where_there_are_several() -> None:
    """Token, generation, status, function, venue, uses: in this order."""
    ticket = gate.ticket(FERRY_BOARDING=1, VIP_GIFT=1)
    gift_shop, old = gate.scanner(GIFT), gate.printed(ticket)
    gate.redeem(ticket, BOARDING)
    assert gate.scan(ticket, TOKEN, by=gift_shop).code == "unknown_function"
    assert gate.scan(ticket, BOARDING, by=gift_shop).code == "wrong_venue"
    assert gate.scan(ticket, BOARDING).code == "entitlement_exhausted"
    gate.redeem(ticket, GIFT)
    assert gate.scan(ticket, TOKEN, by=gift_shop).code == "ticket_used"
    Ticket.objects.update(generation=2)
    assert gate.scan(old, TOKEN, by=gift_shop).code == "superseded_qr"
    assert gate.scan(old[:-1], TOKEN, by=gift_shop).code == "token_invalid"


def test_a_refusal_says_what_staff_may_tell_the_guest() -> None:
    ticket, first = gate.ticket(), gate.scanner(label="Gate 7")
    at = make.now()
    gate.scan(ticket, by=first, at=at)

    refusal = gate.scan(ticket).refusal()

    assert (refusal.status, refusal.code, refusal.title) == (
        409,
        "ticket_used",
        "Ticket already used",
    )
    extra: dict[str, Any] = dict(refusal.extra)
    (use,) = extra.pop("last_redemptions")
    assert (use["venue"], use["scanner"], use["undone"]) == (first.venue.code, "Gate 7", False)
    assert use["redeemed_at"] == timezone.localtime(at).isoformat()
    assert extra == {
        "ticket_code": ticket.code,
        "product": {"id": ticket.product_id, "name": ticket.product.name},
        "ticket_status": "USED",
        "entitlements": [{"function_code": BOARDING, "remaining_uses": 0}],
    }


def test_a_forged_qr_is_told_nothing_of_any_ticket() -> None:
    ticket = gate.ticket()
    answers = [
        gate.scan(text)
        for text in ("x", gate.printed(ticket)[:-1] + "1", of_nobodys_ticket(ticket))
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(400, answers[0].body)}
    assert json.loads(answers[0].body)["extra"] == {}
    assert set(Scan.objects.values_list("ticket", flat=True)) == {None}


def test_an_expired_token_is_stored_with_its_ticket() -> None:
    ticket = gate.ticket()
    gate.scan(expired_token(ticket))
    assert Scan.objects.get().ticket == ticket


def test_the_qr_itself_is_not_kept() -> None:
    ticket = gate.ticket()
    shown = [gate.printed(ticket), gate.sealed(ticket), "a forged one"]
    for qr in shown:
        gate.scan(qr)
    kept = " ".join(map(str, Scan.objects.values_list()))
    assert [qr for qr in shown if qr in kept] == []


@pytest.mark.parametrize(("show", "status", "code"), REFUSED)
def test_a_refused_scan_is_refused_again_whatever_happened_since(
    show: Any, status: int, code: str
) -> None:
    ticket, device, scan_id = (
        gate.ticket(FERRY_BOARDING=1, PLAYGROUND_TOKEN=2),
        gate.scanner(),
        uuid.uuid4(),
    )
    qr = show(ticket)
    first = gate.scan(qr, by=device, scan_id=scan_id)
    again = gate.scan(qr, by=device, scan_id=scan_id, at=make.now() + timedelta(days=1))
    assert (again.status, again.code, again.body) == (status, code, first.body)
    assert Scan.objects.filter(scan_id=scan_id).count() == 1
