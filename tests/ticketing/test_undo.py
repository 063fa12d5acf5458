"""A scan taken back: by its scanner, in its time, once; and what a look at a ticket shows."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from qrcodes.errors import QrSuperseded, TokenExpired, TokenInvalid, WrongTokenType
from qrcodes.tokens import TokenType
from tests import gate, make
from tests.gate import BOARDING, TOKEN
from ticketing import admission, ending, reconcile
from ticketing.errors import TicketNotCancellable
from ticketing.gate_errors import NotUndoable, ScanNotFound, UndoTooLate
from ticketing.models import Redemption, Ticket

pytestmark = pytest.mark.django_db
A_SCAN = uuid.UUID("6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11")


@pytest.fixture(autouse=True)
def _nothing_drifts(db: None) -> object:
    yield
    assert list(reconcile.differences()) == []


@transaction.atomic
def cancel(ticket: Ticket) -> None:
    assert ticket.partner
    ending.cancel(partner=ticket.partner, code=ticket.code, at=make.now(), by=make.BY)


# --- Taken back ------------------------------------------------------------------------------


def test_undoing_the_last_use_makes_a_used_ticket_active_again() -> None:
    ticket, device = gate.ticket(), gate.scanner(label="Gate 3")
    gate.scan(ticket, by=device, scan_id=A_SCAN)

    sight = gate.undo(A_SCAN, device)

    assert (sight.ticket, sight.ticket.status) == (ticket, "ACTIVE")
    assert sight.ticket.remaining(BOARDING) == 1
    ((use),) = sight.last_redemptions
    assert (use["function_code"], use["undone"]) == (BOARDING, True)
    assert (use["venue"], use["scanner"]) == (device.venue.code, "Gate 3")
    ticket.refresh_from_db()
    assert (ticket.status, gate.left(ticket)) == ("ACTIVE", {BOARDING: 1})
    told = [str(move) for move in ticket.history.all()]
    assert told == ["ACTIVE", "ACTIVE → USED", "USED → ACTIVE"]


def test_an_undo_is_remembered_beside_what_it_undid() -> None:
    ticket, device = gate.ticket(PLAYGROUND_TOKEN=10), gate.scanner()
    gate.scan(ticket, TOKEN, by=device, scan_id=A_SCAN)
    gate.undo(A_SCAN, device)
    uses = Redemption.objects.order_by("seq").values_list("seq", "change", "remaining", "by")
    assert list(uses) == [(1, -1, 9, gate.BY.name), (2, 1, 10, gate.BY.name)]
    assert Redemption.objects.taken().count() == 1
    assert Redemption.objects.standing().count() == 0


def test_undoing_a_scan_again_is_the_same_as_once() -> None:
    ticket, device = gate.ticket(3), gate.scanner()
    gate.scan(ticket, by=device, scan_id=A_SCAN)
    first = gate.undo(A_SCAN, device)
    again = gate.undo(A_SCAN, device, after=timedelta(days=1))
    assert (again.ticket, again.last_redemptions) == (first.ticket, first.last_redemptions)
    assert gate.left(ticket) == {BOARDING: 3}


def test_what_was_given_back_can_be_redeemed_again() -> None:
    ticket, device = gate.ticket(), gate.scanner()
    gate.scan(ticket, by=device, scan_id=A_SCAN)
    gate.undo(A_SCAN, device)
    assert gate.scan(ticket, by=device).status == 200
    assert gate.scan(ticket, by=device).code == "ticket_used"


def test_the_undone_scan_itself_still_gets_its_first_answer() -> None:
    """The device asks what became of the scan, not for another use."""
    ticket, device = gate.ticket(), gate.scanner()
    first = gate.scan(ticket, by=device, scan_id=A_SCAN)
    gate.undo(A_SCAN, device)
    assert gate.scan(ticket, by=device, scan_id=A_SCAN).body == first.body
    assert gate.left(ticket) == {BOARDING: 1}


# --- Not taken back --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "is_done"), [(0, True), (14.9, True), (15.1, False), (1440, False)]
)
def test_a_scan_can_be_undone_for_15_minutes(minutes: float, is_done: bool) -> None:
    ticket, device = gate.ticket(), gate.scanner()
    gate.scan(ticket, by=device, scan_id=A_SCAN)
    if is_done:
        gate.undo(A_SCAN, device, after=timedelta(minutes=minutes))
    else:
        with pytest.raises(UndoTooLate):
            gate.undo(A_SCAN, device, after=timedelta(minutes=minutes))
    assert gate.left(ticket) == {BOARDING: int(is_done)}


@pytest.mark.parametrize("shown", ["forged", "used"])
def test_a_refused_scan_has_nothing_to_undo(shown: str) -> None:
    ticket, device = gate.use_up(gate.ticket()), gate.scanner()
    gate.scan(ticket if shown == "used" else "forged", by=device, scan_id=A_SCAN)
    with pytest.raises(NotUndoable):
        gate.undo(A_SCAN, device)
    assert gate.left(ticket) == {BOARDING: 0}


def test_nobody_undoes_the_scan_of_another_scanner() -> None:
    ticket, device = gate.ticket(), gate.scanner()
    gate.scan(ticket, by=device, scan_id=A_SCAN)
    for other in (gate.scanner(), gate.scanner(at=device.venue)):
        with pytest.raises(ScanNotFound):
            gate.undo(A_SCAN, other)
    with pytest.raises(ScanNotFound):
        gate.undo(uuid.uuid4(), device)
    assert gate.left(ticket) == {BOARDING: 0}


def test_a_ticket_that_was_expired_since_is_not_revived_by_an_undo() -> None:
    ticket, device = gate.ticket(2), gate.scanner()
    gate.scan(ticket, by=device, scan_id=A_SCAN)
    ending.expire(ticket_id=ticket.pk, at=make.now(), by=make.BY)
    with pytest.raises(NotUndoable):
        gate.undo(A_SCAN, device)
    assert gate.left(ticket) == {BOARDING: 1}


def test_a_redeemed_ticket_is_not_cancelled_until_its_uses_are_given_back() -> None:
    ticket, device = gate.ticket(2), gate.scanner()
    gate.scan(ticket, by=device, scan_id=A_SCAN)
    with pytest.raises(TicketNotCancellable):
        cancel(ticket)
    gate.undo(A_SCAN, device)
    cancel(ticket)
    ticket.refresh_from_db()
    assert ticket.status == "CANCELLED"
    assert gate.scan(ticket, by=device).code == "ticket_cancelled"
    # The undo is repeated by a device that missed its answer.
    assert gate.undo(A_SCAN, device).ticket.status == "CANCELLED"


# --- Only looked at --------------------------------------------------------------------------


@pytest.mark.parametrize("show", [gate.printed, gate.sealed])
def test_a_look_shows_a_ticket_in_any_status_and_takes_nothing(show: Any) -> None:
    for ticket in (gate.ticket(2), gate.use_up(gate.ticket(2)), make.premade_ticket()):
        before = Redemption.objects.count()
        sight = admission.inspect(qr=show(ticket), at=make.now())
        assert (sight.ticket, sight.ticket.status) == (ticket, ticket.status)
        assert sight.ticket.entitlements == ticket.entitlements
        assert len(sight.last_redemptions) == ticket.redemptions.count()
        assert Redemption.objects.count() == before


def test_a_look_shows_the_latest_ten_uses_newest_first() -> None:
    ticket, device = gate.ticket(PLAYGROUND_TOKEN=12, FERRY_BOARDING=1), gate.scanner()
    gate.redeem(ticket, BOARDING)
    for _ in range(11):
        gate.scan(ticket, TOKEN, by=device)
    gate.scan(ticket, TOKEN, by=device, scan_id=A_SCAN)
    gate.undo(A_SCAN, device)
    uses = admission.inspect(qr=gate.printed(ticket), at=make.now()).last_redemptions
    assert [use["function_code"] for use in uses] == [TOKEN] * 10
    assert [use["undone"] for use in uses] == [True] + [False] * 9
    moments = [use["redeemed_at"] for use in uses]
    assert moments == sorted(moments, reverse=True)


def test_what_is_no_good_qr_shows_nothing() -> None:
    ticket = gate.ticket()
    old, late = gate.printed(ticket), gate.sealed(ticket, at=make.now() - timedelta(hours=1))
    link = gate.sealed(ticket, TokenType.VIEW)
    gate.reissue(ticket)
    shown = {old: QrSuperseded, late: TokenExpired, link: WrongTokenType, "x": TokenInvalid}
    for text, refusal in shown.items():
        with pytest.raises(refusal):
            admission.inspect(qr=text, at=make.now())
