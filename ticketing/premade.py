"""One pre-made ticket, sold to a customer."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction

from config.actors import Actor
from inventory import allocations
from inventory.moves import Cause
from resellers.models import Partner

from . import issuing, posting
from .errors import BatchExpired
from .issuing import PricingContext
from .models import Batch, Order, Ticket

log = structlog.get_logger("ota.tickets")
Status = Ticket.Status


@transaction.atomic(savepoint=False)
def activate(
    *,
    partner: Partner,
    code: str,
    customer_details: Mapping[str, str],
    payment_reference: str,
    context: PricingContext,
    at: datetime,
    by: Actor,
) -> tuple[Ticket, Order]:
    """Sell a pre-made ticket to a customer: one ticket, one order, one unit, one entry.

    At the price locked with the batch. Raises TicketNotFound, TicketAlreadyActivated,
    TicketNotSellable, BatchExpired.
    """
    ticket = Ticket.objects.locked().of(partner, code)
    batch = _sellable_batch(ticket, at)
    order = issuing.open_batch_order(
        batch, customer_details=customer_details, context=context, at=at, by=by
    )
    issuing.confirm(order, payment_reference=payment_reference, at=at, by=by)
    (sold_as,) = order.customer_types
    ticket.move_to(
        Status.ACTIVE,
        at=at,
        by=by,
        order=order,
        customer_type=sold_as,
        price=order.total_amount,
        activated_at=at,
    )
    posting.post(batch, ticket, order, at=at, by=by)
    allocations.sell(ticket.allocation_id, 1, cause=Cause("ticket", ticket.id), at=at, by=by)
    log.info(
        "ota.tickets.activated",
        ticket_code=code,
        order_id=order.order_id,
        customer_email=order.customer.email,
    )
    return ticket, order


def _sellable_batch(ticket: Ticket, at: datetime) -> Batch:
    if ticket.batch_id is None or ticket.status != Status.PRE_GENERATED:
        raise ticket.not_for_sale()
    batch = Batch.objects.select_related("partner", "reseller").get(pk=ticket.batch_id)
    if settings.ENFORCE_BATCH_EXPIRY and batch.expires_at <= at:
        raise BatchExpired(f"Batch {batch.batch_id} could be sold until {batch.expires_at}.")
    return batch
