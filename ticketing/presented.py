"""A code that was read and the ticket it stands for: a step of the gate and of the pages."""

from config.statements import fetch_one
from qrcodes import tokens
from qrcodes.errors import QrSuperseded, TokenInvalid
from qrcodes.tokens import TicketQr, Token

from .models import Ticket
from .models.tickets import SHOWN_COLUMNS


def ticket_of(seen: Token | TicketQr) -> Ticket:
    """The ticket of a genuine code, not locked; raises TokenInvalid, QrSuperseded."""
    if isinstance(seen, TicketQr):
        ticket = by_code(seen.code)
    else:
        row = fetch_one(_BY_ID, {"id": seen.ticket})
        ticket = Ticket.from_row(row) if row else None
    if ticket is None:
        raise TokenInvalid("ticket")
    require_current(seen, ticket)
    return ticket


def by_code(code: str) -> Ticket | None:
    """The ticket of a code, whoever sells it."""
    row = fetch_one(_BY_CODE, {"code": code})
    return Ticket.from_row(row) if row else None


def require_current(seen: Token | TicketQr, ticket: Ticket) -> None:
    """Refuse a code made before the ticket was reissued; raises QrSuperseded."""
    tokens.require_current(seen, ticket.generation)
    if isinstance(seen, TicketQr) and seen.kid != ticket.qr_kid:
        raise QrSuperseded


_TICKET = f"""
SELECT {SHOWN_COLUMNS}
  FROM ticketing_ticket t JOIN inventory_product p ON p.id = t.product_id
 WHERE """  # noqa: S608  names of columns of ours; the value is bound
_BY_CODE = f"{_TICKET} t.code = %(code)s::text"
_BY_ID = f"{_TICKET} t.id = %(id)s::uuid"
