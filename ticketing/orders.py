"""The order-first flow: place an order on a reservation, then pay it."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from config.actors import Actor
from resellers.models import Partner

from . import issuing
from .errors import ReservationHasOrder
from .issuing import PricingContext
from .models import Order, Reservation, Ticket


@transaction.atomic(savepoint=False)
def place(
    *,
    partner: Partner,
    reservation_id: uuid.UUID,
    customer_details: Mapping[str, str],
    context: PricingContext,
    at: datetime,
    by: Actor,
) -> Order:
    """An unpaid order on an active reservation, whose clock keeps running.

    Raises ReservationNotFound, ReservationExpired, ReservationAlreadyActivated,
    ReservationCancelled, ReservationHasOrder.
    """
    reservation = Reservation.objects.lock(partner=partner, reservation_id=reservation_id)
    reservation.must_be_active()
    if Order.objects.filter(reservation=reservation).exists():
        raise ReservationHasOrder("This reservation has an unpaid order. Pay that one.")
    return issuing.open_order(
        reservation, customer_details=customer_details, context=context, at=at, by=by
    )


@transaction.atomic(savepoint=False)
def pay(
    *, partner: Partner, order_id: str, payment_reference: str, at: datetime, by: Actor
) -> tuple[Order, list[Ticket]]:
    """Complete an order that was placed: its reservation is activated, its tickets issued.

    Raises OrderNotFound, OrderAlreadyConfirmed, ReservationExpired, ReservationCancelled.
    """
    found = Order.objects.of(partner, order_id)
    if found.reservation_id is None:
        raise found.refusal()
    reservation = Reservation.objects.lock(partner=partner, reservation_id=found.reservation_id)
    order = Order.objects.locked().get(pk=found.pk)
    if order.status == Order.Status.CONFIRMED:
        raise order.refusal()
    reservation.must_be_active()
    tickets = issuing.fulfil(reservation, order, payment_reference=payment_reference, at=at, by=by)
    return order, tickets
