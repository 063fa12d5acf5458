"""One ticket, pre-made or issued, that ends: cancelled, or expired by an operator."""

import uuid
from datetime import datetime

import structlog
from django.db import transaction

from config.actors import Actor
from inventory import allocations
from inventory.moves import Cause
from resellers.models import Partner

from . import posting
from .errors import TicketNotCancellable
from .models import Order, Ticket

log = structlog.get_logger("ota.tickets")
Status = Ticket.Status


@transaction.atomic(savepoint=False)
def cancel(*, partner: Partner | None, code: str, at: datetime, by: Actor) -> Ticket:
    """Cancel a ticket, pre-made or issued, of which nothing was redeemed; its unit is free again.

    Cancelling twice is the same as once. Raises TicketNotFound, TicketNotCancellable.
    """
    known = Ticket.objects.of(partner, code)
    order = _locked_order(known)
    ticket = Ticket.objects.locked().get(pk=known.pk)
    if ticket.status == Status.CANCELLED:
        return ticket
    if ticket.order_id != known.order_id:
        raise TicketNotCancellable("This ticket was sold at this very moment.")
    if not ticket.is_cancellable():
        raise TicketNotCancellable(f"This ticket is {ticket.status}, or partly used.")
    ticket.move_to(Status.CANCELLED, at=at, by=by, cancelled_at=at)
    if order:
        _cancel_order_without_tickets(order, at=at, by=by)
        posting.reverse(ticket, at=at, by=by)
        allocations.give_back(ticket.allocation_id, 1, cause=_cause(ticket), at=at, by=by)
    else:
        allocations.release(ticket.allocation_id, 1, cause=_cause(ticket), at=at, by=by)
    log.info("ota.tickets.cancelled", ticket_code=code)
    return ticket


@transaction.atomic(savepoint=False)
def expire(*, ticket_id: uuid.UUID, at: datetime, by: Actor) -> Ticket:
    """Expire a ticket by an operator's hand; one that waits for its sale gives its unit back.

    Raises IllegalMove for a ticket that is neither unsold nor active.
    """
    ticket = Ticket.objects.locked().get(pk=ticket_id)
    was_unsold = ticket.status == Status.PRE_GENERATED
    ticket.move_to(Status.EXPIRED, at=at, by=by)
    if was_unsold:
        allocations.release(ticket.allocation_id, 1, cause=_cause(ticket), at=at, by=by)
    log.info("ota.tickets.expired", ticket_code=ticket.code)
    return ticket


def _locked_order(ticket: Ticket) -> Order | None:
    return Order.objects.locked().get(pk=ticket.order_id) if ticket.order_id else None


def _cancel_order_without_tickets(order: Order, *, at: datetime, by: Actor) -> None:
    if not order.tickets.exclude(status=Status.CANCELLED).exists():
        order.move_to(Order.Status.CANCELLED, at=at, by=by)


def _cause(ticket: Ticket) -> Cause:
    return Cause("ticket", ticket.id)
