"""Settlement entries: what each activation earns, posted with it and reversed with it."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from config.actors import Actor

from .models import Batch, Order, SettlementEntry, Ticket

CENT = Decimal("0.01")
Kind = SettlementEntry.Kind


def post(batch: Batch, ticket: Ticket, order: Order, *, at: datetime, by: Actor) -> None:
    """Post the sale of a batch's ticket at its locked price and today's commission rate."""
    rate = batch.reseller.commission_rate if batch.reseller else Decimal(0)
    gross = order.total_amount
    commission = (gross * rate).quantize(CENT, ROUND_HALF_UP)
    SettlementEntry.objects.create(
        kind=Kind.ACTIVATION,
        partner=batch.partner,
        reseller=batch.reseller,
        batch=batch,
        ticket=ticket,
        order=order,
        gross=gross,
        commission_rate=rate,
        commission=commission,
        net=gross - commission,
        currency=order.currency,
        at=at,
        by=by.name,
        request_id=by.request_id,
    )


def reverse(ticket: Ticket, *, at: datetime, by: Actor) -> None:
    """Take back what the activation of a ticket posted; nothing if it posted nothing."""
    posted = SettlementEntry.objects.filter(ticket=ticket, kind=Kind.ACTIVATION).first()
    if posted is None:
        return
    posted.pk = None
    posted.kind = Kind.REVERSAL
    posted.gross, posted.commission, posted.net = -posted.gross, -posted.commission, -posted.net
    posted.at, posted.by, posted.request_id = at, by.name, by.request_id
    posted.save(force_insert=True)
