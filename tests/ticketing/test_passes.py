"""A ticket shown to somebody: as a fresh code, through a link, and after it was reissued."""

from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django import Settings

from config.actors import Actor
from config.errors import Refusal
from qrcodes import tokens
from qrcodes.errors import QrNotConfigured, QrSuperseded, TokenExpired, TokenInvalid, WrongTokenType
from qrcodes.tokens import TokenType
from tests import gate, make
from ticketing import passes
from ticketing.errors import TicketNotFound
from ticketing.gate_errors import ForeignTicket, TicketTypeMismatch
from ticketing.models import Ticket
from ticketing.passes import Pass

pytestmark = pytest.mark.django_db
NEW_KEY = {"kid": 2, "state": "active", "master": "c0ffee11" * 4 + "ab" * 16}


def made(ticket: Ticket, kind: str = passes.ENCRYPTED, minutes: int = 30) -> Pass:
    assert ticket.partner
    return passes.make(
        holder=ticket.partner, code=ticket.code, kind=kind, minutes=minutes, at=make.now()
    )


def ended(status: str) -> Ticket:
    """A ticket that came to this status."""
    ticket = gate.ticket()
    if status == "USED":
        return gate.use_up(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(status=status)
    ticket.refresh_from_db()
    return ticket


# --- Made ------------------------------------------------------------------------------------


def test_an_encrypted_code_is_a_token_to_redeem() -> None:
    ticket, at = gate.ticket(), make.now()
    token = tokens.read(made(ticket, minutes=5).content, at=at, wanted=TokenType.REDEEM)
    assert (token.ticket, token.generation, token.ttl_minutes) == (ticket.id, 1, 5)
    assert made(ticket).verify_url is None


def test_a_link_leads_to_the_page_and_cannot_redeem(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = "https://tickets.example"
    ticket = gate.ticket()
    shown = made(ticket, passes.URL)
    prefix, _, token = shown.content.partition("?t=")
    assert (shown.verify_url, prefix) == (shown.content, "https://tickets.example/qr/verify")
    assert passes.look(token, at=make.now()).ticket == ticket
    assert gate.scan(shown.content).code == "token_invalid"
    assert gate.scan(token).code == "wrong_token_type"
    assert gate.left(ticket) == {gate.BOARDING: 1}


@pytest.mark.parametrize("minutes", [1, 30, 1440])
def test_a_code_ends_when_it_says(minutes: int) -> None:
    ticket = gate.ticket()
    shown = made(ticket, minutes=minutes)
    last = shown.expires_at - timedelta(seconds=1)
    assert gate.scan(shown.content, at=shown.expires_at).code == "token_expired"
    assert gate.scan(shown.content, at=last).status == 200


def test_no_two_codes_are_alike_and_all_of_them_are_good() -> None:
    ticket = gate.ticket(3)
    shown = [made(ticket).content for _ in range(3)]
    assert len(set(shown)) == 3
    assert [gate.scan(qr).status for qr in shown] == [200] * 3


def test_a_code_is_made_for_a_ticket_that_waits_for_its_sale() -> None:
    waiting = make.premade_ticket()
    qr = made(waiting).content
    assert gate.scan(qr).code == "ticket_not_active"
    make.sell(waiting)
    assert gate.scan(qr).status == 200


@pytest.mark.parametrize("status", ["USED", "EXPIRED", "CANCELLED"])
def test_no_code_is_made_for_a_ticket_that_has_ended(status: str) -> None:
    with pytest.raises(Refusal) as refused:
        made(ended(status))
    assert (refused.value.status, refused.value.code) == (409, f"ticket_{status.lower()}")


@pytest.mark.parametrize("status", ["PRE_GENERATED", "ACTIVE", "USED", "EXPIRED", "CANCELLED"])
def test_what_can_be_shown_is_what_a_code_is_made_for(status: str) -> None:
    ticket = ended(status) if status != "PRE_GENERATED" else make.premade_ticket()
    try:
        made(ticket)
    except Refusal:
        assert not ticket.can_be_shown
    else:
        assert ticket.can_be_shown


def test_only_its_own_partner_has_codes_made() -> None:
    ticket, stranger, at = gate.ticket(), make.partner(), make.now()
    with pytest.raises(ForeignTicket):
        passes.make(holder=stranger, code=ticket.code, kind="encrypted", minutes=5, at=at)
    with pytest.raises(TicketNotFound):
        passes.make(holder=stranger, code="CRUISE-0", kind="encrypted", minutes=5, at=at)


def test_a_ticket_of_a_direct_sale_is_no_partners() -> None:
    ticket = gate.ticket()
    partner = ticket.partner
    Ticket.objects.update(partner=None)
    assert partner
    with pytest.raises(TicketTypeMismatch):
        passes.ticket_of(partner, ticket.code)


def test_without_keys_no_code_is_made(settings: Settings) -> None:
    ticket = gate.ticket()
    settings.QR_KEYS = []
    with pytest.raises(QrNotConfigured):
        made(ticket)


# --- Looked at -------------------------------------------------------------------------------


def test_a_look_through_a_link_shows_the_ticket_as_it_is_now() -> None:
    ticket = gate.ticket()
    token = gate.sealed(ticket, TokenType.VIEW)
    assert passes.look(token, at=make.now()).ticket.status == "ACTIVE"
    gate.use_up(ticket)
    assert passes.look(token, at=make.now()).ticket.status == "USED"


def test_a_link_shows_nothing_once_it_is_over_replaced_or_of_another_kind() -> None:
    ticket = gate.ticket()
    link, at = gate.sealed(ticket, TokenType.VIEW), make.now()
    gate.reissue(ticket)
    ticket.refresh_from_db()
    late = gate.sealed(ticket, TokenType.VIEW, at=at - timedelta(hours=1))
    shown = {
        link: QrSuperseded,
        late: TokenExpired,
        gate.sealed(ticket): WrongTokenType,
        gate.printed(ticket): TokenInvalid,
        ticket.code: TokenInvalid,
    }
    for text, refusal in shown.items():
        with pytest.raises(refusal):
            passes.look(text, at=at)


# --- Reissued --------------------------------------------------------------------------------


def test_a_reissue_raises_the_generation_takes_the_key_of_today_and_is_remembered(
    settings: Settings,
) -> None:
    ticket = gate.ticket()
    settings.QR_KEYS = [{**settings.QR_KEYS[0], "state": "retiring"}, NEW_KEY]

    with transaction.atomic():
        passes.reissue(ticket_id=ticket.pk, at=make.now(), by=Actor("staff:ops", reason="lost"))

    ticket.refresh_from_db()
    assert (ticket.generation, ticket.qr_kid, ticket.status) == (2, 2, "ACTIVE")
    last = ticket.history.latest("id")
    assert (last.was, last.status) == ("ACTIVE", "ACTIVE")
    assert (last.by, last.reason) == ("staff:ops", "lost")
    assert gate.printed(ticket).split(":")[1].startswith("2.2.")


def test_an_unsold_ticket_is_reissued_too_and_sold_later() -> None:
    waiting = make.premade_ticket()
    old = gate.printed(waiting)
    gate.reissue(waiting)
    waiting.refresh_from_db()
    make.sell(waiting)
    assert gate.scan(old).code == "superseded_qr"
    assert gate.scan(waiting).status == 200


@pytest.mark.parametrize("status", ["USED", "EXPIRED", "CANCELLED"])
def test_what_has_ended_is_not_reissued(status: str) -> None:
    ticket = ended(status)
    with pytest.raises(Refusal) as refused:
        gate.reissue(ticket)
    assert refused.value.code == f"ticket_{status.lower()}"
    ticket.refresh_from_db()
    assert ticket.generation == 1
