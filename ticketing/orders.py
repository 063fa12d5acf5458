"""Orders: placed on a reservation or directly, then paid or let go."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

import structlog
from django.conf import settings
from django.db import transaction

from config.actors import Actor
from customers import accounts
from customers.models import Account
from inventory import allocations, pricing
from inventory.models import Channel
from inventory.moves import Cause
from resellers.models import Partner

from . import holding, issuing, posting
from .errors import OrderNotCancellable, ReservationHasOrder, TooManyOpenOrders
from .issuing import PricingContext
from .models import Order, Redemption, Reservation, Ticket

log = structlog.get_logger("ota.orders")


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
def place_directly(
    *,
    account: Account,
    product_id: int,
    quantity: int,
    context: PricingContext,
    at: datetime,
    by: Actor,
    customer_details: Mapping[str, str] | None = None,
) -> Order:
    """An unpaid order of a customer; its units are held in the direct pool for half an hour.

    Without `customer_details` it is for the owner of the account. Raises InvalidToken when the
    account was closed meanwhile, TooManyOpenOrders, UnknownProduct, CompositionMismatch,
    UnknownCustomerType, SoldOut.
    """
    buyer = accounts.locked(account.pk)
    # Under the lock of the account: nobody empties the pool with orders that are never paid.
    if Order.objects.holding_units_of(buyer) >= settings.DIRECT_MAX_OPEN_ORDERS:
        raise TooManyOpenOrders("Pay or cancel one of your orders that wait for their payment.")
    listed = pricing.offered(Channel.DIRECT, product_id)
    reservation = Reservation(
        partner=None,
        allocation_id=listed.allocation_id,
        product_id=product_id,
        quantity=quantity,
        pricing_snapshot=listed.prices.as_snapshot(),
        expires_at=at + timedelta(minutes=settings.DIRECT_HOLD_MINUTES),
        created_at=at,
    )
    reservation.open(by=by)
    order = issuing.open_order(
        reservation,
        customer_details=customer_details or {"name": buyer.name, "email": buyer.email or ""},
        context=context,
        at=at,
        by=by,
        account=buyer,
    )
    holding.hold(listed, quantity, cause=Cause("reservation", reservation.id), at=at, by=by)
    return order


@transaction.atomic(savepoint=False)
def cancel(*, account: Account, order_id: str, at: datetime, by: Actor) -> Order:
    """Let an unpaid order of a customer go. Cancelling twice is the same as once.

    Raises OrderNotFound, OrderNotCancellable for one that is paid or has lapsed.
    """
    found = Order.objects.bought_by(account, order_id)
    held = cast(uuid.UUID, found.reservation_id)  # every direct order was placed with one
    reservation = Reservation.objects.lock(partner=None, reservation_id=held)
    order = Order.objects.locked().get(pk=found.pk)
    if order.status == Order.Status.CANCELLED:
        return order
    if order.status != Order.Status.PENDING_PAYMENT or reservation.is_overdue:
        raise OrderNotCancellable("Only an order that still waits for its payment is cancelled.")
    holding.let_go(reservation, order, at=at, by=by)
    return order


@transaction.atomic(savepoint=False)
def cancel_with_tickets(*, order_id: uuid.UUID, at: datetime, by: Actor) -> Order:
    """Cancel an order by an operator's hand: an unpaid one lets its units go, of a paid one
    every ticket is cancelled and what it earned taken back. Twice is the same as once.

    Raises OrderNotCancellable where it has lapsed, or a ticket of it was used or expired.
    """
    found = Order.objects.get(pk=order_id)
    reservation = _locked_reservation(found)
    order = Order.objects.locked().get(pk=order_id)
    if order.status == Order.Status.CONFIRMED:
        _take_back(order, at=at, by=by)
    elif order.status == Order.Status.PENDING_PAYMENT and reservation and reservation.is_held:
        holding.let_go(reservation, order, at=at, by=by)
    elif order.status != Order.Status.CANCELLED:
        raise OrderNotCancellable("This order has lapsed; it holds nothing any more.")
    return order


@transaction.atomic(savepoint=False)
def pay(
    *, partner: Partner | None, order_id: str, payment_reference: str, at: datetime, by: Actor
) -> tuple[Order, list[Ticket]]:
    """Complete an order that was placed: its reservation is activated, its tickets issued.

    `partner` is whose order it is, None for direct sales.
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


def _locked_reservation(order: Order) -> Reservation | None:
    if order.reservation_id is None:
        return None
    return Reservation.objects.lock(partner=order.partner, reservation_id=order.reservation_id)


def _take_back(order: Order, *, at: datetime, by: Actor) -> None:
    """Cancel every ticket of a locked, paid order, and it; all of it or nothing."""
    standing = Ticket.objects.locked().filter(order=order).exclude(status="CANCELLED")
    tickets = list(standing)
    _must_be_unused(tickets)
    ids = [ticket.pk for ticket in tickets]
    Ticket.move_all(ids, "ACTIVE", "CANCELLED", at=at, by=by, stamp="cancelled_at")
    order.move_to(Order.Status.CANCELLED, at=at, by=by)
    if order.batch_id:  # only what a batch sells has earned something
        for ticket in tickets:
            posting.reverse(ticket, at=at, by=by)
    log.info("ota.orders.cancelled", order_id=order.order_id, tickets=len(ids))
    allocations.give_back(
        tickets[0].allocation_id, len(ids), cause=Cause("order", order.id), at=at, by=by
    )


def _must_be_unused(tickets: list[Ticket]) -> None:
    """Under their locks, so that no gate takes a use meanwhile."""
    ended = [ticket.code for ticket in tickets if ticket.status != Ticket.Status.ACTIVE]
    used = Redemption.objects.standing().filter(ticket__in=tickets)
    begun = used.values_list("ticket__code", flat=True)
    if touched := sorted({*ended, *begun}):
        raise OrderNotCancellable(
            f"{len(touched)} of its {len(tickets)} tickets are used or expired, "
            f"{touched[0]} among them. Cancel the others one by one."
        )
