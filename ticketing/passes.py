"""A ticket shown to somebody: as a fresh QR, as facts, on a public page; and its reissue."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from config.actors import Actor
from customers.models import Account
from qrcodes import keys as qr_keys
from qrcodes import tokens
from qrcodes.tokens import TokenType
from resellers.models import Partner

from . import presented
from .errors import TicketNotFound
from .gate_errors import ForeignTicket, TicketTypeMismatch
from .models import Order, Ticket

ENCRYPTED, URL = "encrypted", "url"
Holder = Partner | Account


@dataclass(frozen=True, slots=True)
class Pass:
    """What goes into a fresh QR of a ticket, and until when it is good.

    `verify_url` is set where the QR is a link to look at, which never opens a gate.
    """

    ticket: Ticket
    content: str
    expires_at: datetime
    verify_url: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """What the holder of a link may see of a ticket, and until when."""

    ticket: Ticket
    expires_at: datetime


def ticket_of(holder: Holder, code: str) -> Ticket:
    """A ticket that this partner sells, or this customer bought.

    Here, unlike under /api/ota, somebody else's ticket is told apart from none. Raises
    TicketNotFound, TicketTypeMismatch, ForeignTicket.
    """
    ticket = presented.by_code(code)
    if ticket is None:
        raise TicketNotFound("There is no ticket with this code.")
    if (ticket.partner_id is None) != isinstance(holder, Account):
        raise TicketTypeMismatch("Tickets of partners and of direct sales are shown to their own.")
    if not _is_of(ticket, holder):
        raise ForeignTicket("This ticket is somebody else's.")
    return ticket


def _is_of(ticket: Ticket, holder: Holder) -> bool:
    if isinstance(holder, Account):
        return Order.objects.filter(tickets=ticket, account=holder).exists()
    return ticket.partner_id == holder.pk


def make(*, holder: Holder, code: str, kind: str, minutes: int, at: datetime) -> Pass:
    """A fresh code for a ticket, good for so many minutes; nothing is stored.

    Raises what `ticket_of` raises, and TicketUsed, TicketExpired, TicketCancelled.
    """
    ticket = ticket_of(holder, code)
    if not ticket.can_be_shown:
        raise ticket.gate_refusal()
    token = tokens.seal(
        ticket=ticket.id,
        generation=ticket.generation,
        type_=TokenType.VIEW if kind == URL else TokenType.REDEEM,
        ttl_minutes=minutes,
        at=at,
    )
    link = f"{settings.PUBLIC_BASE_URL}/qr/verify?t={token}" if kind == URL else None
    # A token counts whole seconds from the one it was made in.
    expires_at = at.replace(microsecond=0) + timedelta(minutes=minutes)
    return Pass(ticket, link or token, expires_at, link)


def look(token: str, *, at: datetime) -> Look:
    """The ticket behind the token of a link; changes nothing, admits nobody.

    Raises TokenInvalid, WrongTokenType, TokenExpired, QrSuperseded.
    """
    seen = tokens.read(token, at=at, wanted=TokenType.VIEW)
    return Look(presented.ticket_of(seen), seen.expires_at)


@transaction.atomic(savepoint=False)
def reissue(*, ticket_id: uuid.UUID, at: datetime, by: Actor) -> Ticket:
    """End every QR made for a ticket so far, printed ones too; its next one is of today's key.

    Raises TicketUsed, TicketExpired, TicketCancelled.
    """
    ticket = Ticket.objects.locked().get(pk=ticket_id)
    if not ticket.can_be_shown:
        raise ticket.gate_refusal()
    ticket.generation += 1
    ticket.qr_kid = qr_keys.ring().active.kid
    ticket.save(update_fields=["generation", "qr_kid"])
    ticket.remember(was=ticket.status, at=at, by=by)
    return ticket
