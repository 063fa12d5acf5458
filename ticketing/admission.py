"""What happens at a gate: look at a ticket, redeem one use of it, take that back.

Every attempt is stored with its answer, refusals too, so a refused scan does not raise here:
it is answered like any other, and the edge says how it sounds.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from config.actors import Actor
from config.errors import Refusal
from inventory.models import ProductFunction
from qrcodes import tokens
from qrcodes.errors import TokenExpired, TokenInvalid, WrongTokenType
from qrcodes.tokens import TicketQr, Token

from . import presented, scanning
from .gate_errors import (
    EntitlementExhausted,
    NotUndoable,
    ScanIdConflict,
    ScanNotFound,
    TicketUsed,
    UndoTooLate,
    UnknownFunction,
    WrongVenue,
)
from .models import Redemption, Scan, Scanner, Ticket, Venue
from .scanning import Answer, Attempt, Claim

log = structlog.get_logger("ota.tickets")
UNDO_WITHIN = timedelta(minutes=15)
SHOWN_REDEMPTIONS = 10


@dataclass(frozen=True, slots=True)
class Sight:
    """A ticket as a gate sees it: what it admits to, and its latest uses, newest first."""

    ticket: Ticket
    last_redemptions: list[dict[str, Any]]


@transaction.atomic(savepoint=False)
def redeem(
    *,
    scanner: Scanner,
    qr: str,
    function_code: str,
    scan_id: uuid.UUID,
    session_code: str = "",
    at: datetime,
    by: Actor,
) -> Answer:
    """Take one use of a ticket, or store why not; a repeat of the scan gets the first answer.

    Raises ScanIdConflict for another QR or function under the same id.
    """
    attempt = Attempt(
        scanner=scanner.pk,
        scan_id=scan_id,
        mark=hashlib.sha256(f"{function_code}\n{qr}".encode()).digest(),
        session_code=session_code,
        function_code=function_code,
        request_id=by.request_id,
        at=at,
    )
    try:
        seen = tokens.read_scanned(qr, at=at)
    except (TokenInvalid, WrongTokenType, TokenExpired) as refusal:
        token: Token | None = getattr(refusal, "token", None)
        ticket = token.ticket if token else None
        return scanning.refuse_unread(attempt, refusal, ticket) or _repeated(attempt)
    claim = scanning.claim(attempt, seen)
    return _answer(claim, scanner, attempt, seen, by=by) if claim else _repeated(attempt)


@transaction.atomic(savepoint=False)
def undo(*, scanner: Scanner, scan_id: uuid.UUID, at: datetime, by: Actor) -> Sight:
    """Give back what a granted scan took, within 15 minutes, by the scanner that took it.

    Undoing twice is the same as once. Raises ScanNotFound, NotUndoable, UndoTooLate.
    """
    scan = Scan.objects.filter(scanner=scanner, scan_id=scan_id).first()
    if scan is None:
        raise ScanNotFound("This scanner made no scan with this id.")
    if not scan.is_granted:
        raise NotUndoable("This scan was refused: it took nothing.")
    use = scan.redemptions.get(change=-1)
    ticket = Ticket.objects.locked().select_related("product").get(pk=use.ticket_id)
    if not scan.redemptions.filter(change=1).exists():
        _refuse_undo(use, ticket, at)
        scanning.give_back(scan.pk, ticket, use.function_code, at=at, by=by)
    return Sight(ticket, last_redemptions(ticket))


def inspect(*, qr: str, at: datetime) -> Sight:
    """The ticket of a genuine QR, whatever its status; consumes nothing.

    Raises TokenInvalid, WrongTokenType, TokenExpired, QrSuperseded.
    """
    seen = tokens.read_scanned(qr, at=at)
    ticket = presented.ticket_of(seen)
    return Sight(ticket, last_redemptions(ticket))


def functions_of(venue: Venue) -> list[str]:
    """The functions that can be redeemed at a venue: those it names, else all there are."""
    every = ProductFunction.objects.order_by("function_code").values_list(
        "function_code", flat=True
    )
    return list(venue.functions or every.distinct())


def last_redemptions(ticket: Ticket) -> list[dict[str, Any]]:
    """The latest uses of a ticket, newest first, those given back among them."""
    latest = ticket.redemptions.taken().select_related("scan__scanner__venue")
    return [
        {
            "function_code": use.function_code,
            "redeemed_at": _told(use.at),
            "venue": use.scan.scanner.venue.code,
            "scanner": use.scan.scanner.label,
            "undone": use.is_undone,  # type: ignore[attr-defined]
        }
        for use in latest[:SHOWN_REDEMPTIONS]
    ]


def _repeated(attempt: Attempt) -> Answer:
    mark, answer = scanning.first_answer(attempt)
    if mark != attempt.mark:
        raise ScanIdConflict("This scan_id was used for another QR or function.")
    return answer


def _answer(
    claim: Claim, scanner: Scanner, attempt: Attempt, seen: Token | TicketQr, *, by: Actor
) -> Answer:
    try:
        ticket = _admissible(claim.ticket, scanner, attempt.function_code, seen)
    except Refusal as refusal:
        return scanning.refuse(claim, refusal)
    told = _granted(ticket, attempt)
    answer = scanning.grant(claim.scan, ticket, told, at=attempt.at, by=by)
    if told["ticket_status"] == Ticket.Status.USED:
        log.info("ota.tickets.used", ticket_code=ticket.code)
    return answer


def _admissible(
    ticket: Ticket | None, scanner: Scanner, function_code: str, seen: Token | TicketQr
) -> Ticket:
    """The locked ticket, if it admits to the function here and now."""
    if ticket is None:
        raise TokenInvalid("ticket")
    presented.require_current(seen, ticket)
    refusal = _refusal(ticket, scanner, function_code, seen)
    if refusal:
        refusal.extra |= _facts(ticket, refusal)
        raise refusal
    return ticket


def _refusal(
    ticket: Ticket, scanner: Scanner, function_code: str, seen: Token | TicketQr
) -> Refusal | None:
    if ticket.status != Ticket.Status.ACTIVE:
        return ticket.gate_refusal()
    remaining = ticket.remaining(function_code)
    if remaining is None:
        return UnknownFunction("This ticket does not entitle to this function.")
    venue = scanner.venue
    is_elsewhere = isinstance(seen, Token) and seen.audience not in (0, venue.pk)
    if is_elsewhere or not venue.serves(function_code):
        return WrongVenue(f"{function_code} is not served at {venue}.", venue=venue.code)
    if remaining == 0:
        return EntitlementExhausted(f"Every {function_code} of this ticket is used.")
    return None


def _facts(ticket: Ticket, refusal: Refusal) -> dict[str, Any]:
    """What staff can tell the guest: which ticket it is, and when and where it was used."""
    facts: dict[str, Any] = {
        "ticket_code": ticket.code,
        "product": _product(ticket),
        "ticket_status": ticket.status,
        "entitlements": ticket.entitlements,
    }
    if isinstance(refusal, TicketUsed | EntitlementExhausted):
        facts["last_redemptions"] = last_redemptions(ticket)
    return facts


def _granted(ticket: Ticket, attempt: Attempt) -> dict[str, Any]:
    """What a device is shown when it may let somebody in."""
    entitlements, status = ticket.after(attempt.function_code, -1)
    return {
        "result": Scan.Result.GRANTED.value,
        "scan_id": str(attempt.scan_id),
        "ticket_code": ticket.code,
        "product": _product(ticket),
        "function_code": attempt.function_code,
        "remaining_uses": (ticket.remaining(attempt.function_code) or 0) - 1,
        "ticket_status": status,
        "entitlements": entitlements,
        "redeemed_at": _told(attempt.at),
    }


def _refuse_undo(use: Redemption, ticket: Ticket, at: datetime) -> None:
    if at - use.at > UNDO_WITHIN:
        raise UndoTooLate("A scan can be undone for 15 minutes.")
    if ticket.status not in (Ticket.Status.ACTIVE, Ticket.Status.USED):
        raise NotUndoable(f"The ticket is {ticket.status} by now.")


def _product(ticket: Ticket) -> dict[str, Any]:
    return {"id": ticket.product.pk, "name": ticket.product.name}


def _told(moment: datetime) -> str:
    return timezone.localtime(moment).isoformat()
