"""Gates for tests: venues with scanners, and what they do, through the product's own doors."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from factory.declarations import LazyAttribute, Sequence
from factory.django import DjangoModelFactory

from config.actors import Actor
from qrcodes import tokens
from qrcodes.tokens import TokenType
from tests import make
from ticketing import admission, passes, scanners
from ticketing.admission import Sight
from ticketing.models import Scanner, Ticket, Venue
from ticketing.scanning import Answer

BOARDING, TOKEN, GIFT = "FERRY_BOARDING", "PLAYGROUND_TOKEN", "VIP_GIFT"
BY = Actor("scanner:PIER:tests", request_id="scan-of-the-tests")


class VenueFactory(DjangoModelFactory[Venue]):
    class Meta:
        model = Venue

    code = Sequence(lambda n: f"GATE-{n + 1}")
    name = LazyAttribute(lambda venue: f"{venue.code} of the tests")


def venue(*functions: str, **fields: Any) -> Venue:
    """A venue that serves these functions, or all."""
    return VenueFactory.create(functions=list(functions), **fields)


def scanner(*functions: str, at: Venue | None = None, label: str = "Gate A") -> Scanner:
    """A device at a venue of its own, unless one is given."""
    return keyed_scanner(*functions, at=at, label=label)[0]


def keyed_scanner(
    *functions: str, at: Venue | None = None, label: str = "Gate A"
) -> tuple[Scanner, str]:
    """A device, and its key in clear."""
    return scanners.issue(at or venue(*functions), label, at=make.now())


def ticket(uses: int = 1, **functions: int) -> Ticket:
    """An active ticket of a product with these functions; else with so many boardings."""
    return make.ticket(on=make.product(functions=functions or {BOARDING: uses}))


def printed(of: Ticket) -> str:
    """The lasting QR of a ticket."""
    return tokens.ticket_qr(of.code, of.generation, of.qr_kid)


def sealed(of: Ticket, type_: TokenType = TokenType.REDEEM, **facts: Any) -> str:
    """A token made on demand, good for half an hour."""
    wish: dict[str, Any] = {"ttl_minutes": 30, "at": make.now(), "generation": of.generation}
    return tokens.seal(ticket=of.id, type_=type_, **{**wish, **facts})


def scan(
    shown: Ticket | str,
    function_code: str = BOARDING,
    *,
    by: Scanner | None = None,
    scan_id: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Answer:
    """What a device is answered that holds a ticket's lasting QR, or any text, to the gate."""
    with transaction.atomic():
        return admission.redeem(
            scanner=by or scanner(),
            qr=printed(shown) if isinstance(shown, Ticket) else shown,
            function_code=function_code,
            scan_id=scan_id or uuid.uuid4(),
            at=at or make.now(),
            by=BY,
        )


def redeem(of: Ticket, function_code: str = BOARDING, times: int = 1) -> None:
    """Take uses of a ticket at some gate."""
    device = scanner()
    for _ in range(times):
        assert scan(of, function_code, by=device).status == 200
    of.refresh_from_db()


def use_up(of: Ticket) -> Ticket:
    """Take every use a ticket has: it is USED then."""
    for right in of.entitlements:
        redeem(of, right["function_code"], right["remaining_uses"])
    return of


@transaction.atomic
def undo(scan_id: uuid.UUID, by: Scanner, *, after: timedelta = timedelta()) -> Sight:
    return admission.undo(scanner=by, scan_id=scan_id, at=make.now() + after, by=BY)


@transaction.atomic
def reissue(of: Ticket) -> Ticket:
    return passes.reissue(ticket_id=of.pk, at=make.now(), by=Actor("staff:ops", reason="lost"))


def left(of: Ticket) -> dict[str, int]:
    """Uses left, by function, as the database has it."""
    of.refresh_from_db()
    return {right["function_code"]: right["remaining_uses"] for right in of.entitlements}
