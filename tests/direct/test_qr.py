"""QR codes of customers' own tickets: the addresses of partners, with a customer's token."""

import pytest

from tests import make, shop
from tests.customer_program import Shopper, shopper
from tests.device import device, read_qr
from tests.gate import BOARDING
from tests.partner_program import expect, program, refusal
from ticketing.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine() -> Shopper:
    return shopper()


@pytest.fixture
def ticket(mine: Shopper) -> Ticket:
    """A paid ticket of the customer, for one boarding."""
    return shop.ticket(of=mine.owner, on=shop.product(functions={BOARDING: 1}))


def test_a_customer_shows_a_ticket_of_its_own_and_boards(mine: Shopper, ticket: Ticket) -> None:
    shown = expect(200, mine.post(f"/qr/{ticket.code}", {"expiry_minutes": 5}))
    assert (shown["ticket_code"], shown["valid_for_seconds"]) == (ticket.code, 300)
    boarded = device().granted(read_qr(shown["qr_image"]))
    assert (boarded["ticket_code"], boarded["ticket_status"]) == (ticket.code, "USED")


def test_a_customer_sees_what_a_ticket_is_worth(mine: Shopper, ticket: Ticket) -> None:
    info = expect(200, mine.get(f"/qr/{ticket.code}/info"))
    assert (info["ticket_type"], info["status"]) == ("NORMAL", "ACTIVE")
    assert info["entitlements"] == [{"function_code": BOARDING, "remaining_uses": 1}]


def test_what_is_another_customers_is_not_shown(ticket: Ticket) -> None:
    stranger = shopper()
    assert refusal(stranger.post(f"/qr/{ticket.code}")) == (403, "permission_denied")
    assert refusal(stranger.get(f"/qr/{ticket.code}/info")) == (403, "permission_denied")


def test_each_channel_shows_its_own_tickets_only(mine: Shopper, ticket: Ticket) -> None:
    theirs = make.ticket()
    assert refusal(mine.post(f"/qr/{theirs.code}")) == (403, "ticket_type_mismatch")
    assert refusal(program().post(f"/qr/{ticket.code}")) == (403, "ticket_type_mismatch")


def test_no_ticket_has_the_code(mine: Shopper) -> None:
    gone = f"{make.ticket().code[:-12]}{'0' * 12}"
    assert refusal(mine.post(f"/qr/{gone}")) == (404, "not_found")


@pytest.mark.parametrize("token", ["", "x.y.z", "Bearer"])
def test_a_token_that_is_none_shows_nothing(token: str, ticket: Ticket) -> None:
    assert refusal(Shopper(token).post(f"/qr/{ticket.code}")) == (401, "invalid_token")


def test_an_api_key_counts_before_a_token(mine: Shopper, ticket: Ticket) -> None:
    """Whoever sends both is asked as a partner: a wrong key is not overlooked."""
    headers = {"x-api-key": "gw_live_wrong"}
    answer = mine.post(f"/qr/{ticket.code}", headers=headers)
    assert refusal(answer) == (401, "invalid_api_key")
