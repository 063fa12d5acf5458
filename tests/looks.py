"""Links to the verify page, one for everything it may have to say."""

from collections.abc import Callable
from datetime import timedelta

from qrcodes.tokens import TokenType
from tests import gate, make
from ticketing import ending
from ticketing.models import Ticket

VIEW = TokenType.VIEW


def link(token: str, **more: str) -> str:
    """Where a QR of type `url` leads to."""
    return "/qr/verify?" + "&".join(
        f"{name}={value}" for name, value in {"t": token, **more}.items()
    )


def unsold(like: Ticket) -> Ticket:
    """One of the same partner and product that waits for its sale."""
    return make.premade_ticket(of=like.partner, product_id=like.product_id)


def cancelled(of: Ticket) -> Ticket:
    assert of.partner is not None
    return ending.cancel(partner=of.partner, code=of.code, at=make.now(), by=make.BY)


def expired(of: Ticket) -> Ticket:
    return ending.expire(ticket_id=of.pk, at=make.now(), by=make.BY)


def out_of_time(of: Ticket) -> str:
    """A code of yesterday for a ticket that is still good."""
    return gate.sealed(of, VIEW, at=make.now() - timedelta(days=1))


def replaced(of: Ticket) -> str:
    """A code made before its ticket was reissued."""
    token = gate.sealed(of, VIEW)
    gate.reissue(of)
    return token


# look of the page → a token that has it; the ticket is fresh and active
TOKENS: dict[str, Callable[[Ticket], str]] = {
    "ACTIVE": lambda ticket: gate.sealed(ticket, VIEW),
    "PRE_GENERATED": lambda ticket: gate.sealed(unsold(ticket), VIEW),
    "USED": lambda ticket: gate.sealed(gate.use_up(ticket), VIEW),
    "EXPIRED": lambda ticket: gate.sealed(expired(ticket), VIEW),
    "CANCELLED": lambda ticket: gate.sealed(cancelled(ticket), VIEW),
    "CODE_EXPIRED": out_of_time,
    "REPLACED": replaced,
    "INVALID": lambda _: "x" * 128,
}
STATUSES = ("ACTIVE", "PRE_GENERATED", "USED", "EXPIRED", "CANCELLED")


def path(state: str, lang: str = "en") -> str:
    """The page of a ticket in this state, in this language."""
    return link(TOKENS[state](make.ticket()), lang=lang)
