"""Hold units, let them go, or turn them into an order."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from config.actors import Actor
from inventory import pricing
from inventory.models import Channel
from inventory.moves import Cause
from resellers.models import Partner

from . import expiring, holding, issuing
from .errors import ExpiryOutOfRange, ReservationNotOverdue
from .issuing import PricingContext
from .models import Order, Reservation, Ticket


@transaction.atomic(savepoint=False)
def reserve(
    *,
    partner: Partner,
    product_id: int,
    quantity: int,
    at: datetime,
    by: Actor,
    reservation_expires_at: datetime | None = None,
) -> Reservation:
    """Hold `quantity` units of the OTA pool at today's prices, 24 hours at the most.

    Raises UnknownProduct, ExpiryOutOfRange, SoldOut.
    """
    listed = pricing.offered(Channel.OTA, product_id)
    reservation = Reservation(
        partner=partner,
        allocation_id=listed.allocation_id,
        product_id=product_id,
        quantity=quantity,
        pricing_snapshot=listed.prices.as_snapshot(),
        expires_at=_expiry(reservation_expires_at, at),
        created_at=at,
    )
    holding.hold(
        listed,
        quantity,
        cause=_cause(reservation),
        at=at,
        by=by,
        along=reservation.opening(),
    )
    return reservation


@transaction.atomic(savepoint=False)
def cancel(
    *, partner: Partner | None, reservation_id: uuid.UUID, at: datetime, by: Actor
) -> Reservation:
    """Release a hold, of None one of direct sales, and void the unpaid order on it.

    Cancelling twice is the same as once; an expired one is refused.
    Raises ReservationNotFound, ReservationExpired, ReservationAlreadyActivated.
    """
    reservation = Reservation.objects.lock(partner=partner, reservation_id=reservation_id)
    if reservation.status == Reservation.Status.CANCELLED:
        return reservation
    reservation.must_be_active()
    order = Order.objects.locked().filter(reservation=reservation).first()
    holding.let_go(reservation, order, at=at, by=by)
    return reservation


@transaction.atomic(savepoint=False)
def expire(
    *, partner: Partner | None, reservation_id: uuid.UUID, at: datetime, by: Actor
) -> Reservation:
    """Return an overdue hold to its pool now, as the sweep would. Twice is the same as once.

    Raises ReservationNotFound, ReservationNotOverdue, ReservationAlreadyActivated,
    ReservationCancelled.
    """
    reservation = Reservation.objects.lock(partner=partner, reservation_id=reservation_id)
    if reservation.status == Reservation.Status.EXPIRED:
        return reservation
    if reservation.status != Reservation.Status.ACTIVE:
        raise reservation.refusal()
    if not reservation.is_overdue:
        raise ReservationNotOverdue(f"This reservation holds until {reservation.expires_at}.")
    expiring.end(reservation, at=at, by=by)
    reservation.refresh_from_db()
    return reservation


@transaction.atomic(savepoint=False)
def activate(
    *,
    partner: Partner,
    reservation_id: uuid.UUID,
    customer_details: Mapping[str, str],
    payment_reference: str,
    context: PricingContext,
    at: datetime,
    by: Actor,
) -> tuple[Order, list[Ticket]]:
    """Sell the held units: one confirmed order with a ticket for each of them.

    An unpaid order of the reservation is completed as it was placed. Raises
    ReservationNotFound, ReservationExpired, ReservationAlreadyActivated, ReservationCancelled.
    """
    reservation = Reservation.objects.lock(partner=partner, reservation_id=reservation_id)
    reservation.must_be_active()
    placed = Order.objects.locked().filter(reservation=reservation).first()
    order = placed or issuing.open_order(
        reservation, customer_details=customer_details, context=context, at=at, by=by
    )
    tickets = issuing.fulfil(reservation, order, payment_reference=payment_reference, at=at, by=by)
    return order, tickets


def _expiry(wished: datetime | None, at: datetime) -> datetime:
    latest = at + timedelta(hours=settings.RESERVATION_HOURS)
    if wished is None:
        return latest
    if not at < wished <= latest:
        raise ExpiryOutOfRange(
            f"reservation_expires_at must lie within {settings.RESERVATION_HOURS} hours from now."
        )
    return wished


def _cause(reservation: Reservation) -> Cause:
    return Cause("reservation", reservation.id)
