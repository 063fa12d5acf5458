"""Orders and the tickets of a paid reservation: what every way of selling has in common."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from config.actors import Actor
from inventory import allocations, pricing
from inventory.models import Channel
from inventory.moves import Cause
from qrcodes import keys as qr_keys

from . import codes
from .models import Batch, Customer, Order, Reservation, Ticket


@dataclass(frozen=True, slots=True)
class PricingContext:
    """Who the units are for and when they come; decides the price, nothing else."""

    customer_type: str | None = None
    customer_types: Mapping[str, int] = field(default_factory=dict)
    visit_date: date | None = None

    def composition(self, units: int) -> dict[str, int]:
        """Units by customer type; adults where nothing was said."""
        return pricing.composition(units, self.customer_type, self.customer_types)


def open_order(
    reservation: Reservation,
    *,
    customer_details: Mapping[str, str],
    context: PricingContext,
    at: datetime,
    by: Actor,
) -> Order:
    """An unpaid order for a locked, active reservation, priced from its snapshot."""
    origin = {"reservation": reservation, "quantity": reservation.quantity}
    return _opened(reservation, origin, customer_details, context, at=at, by=by)


def open_batch_order(
    batch: Batch,
    *,
    customer_details: Mapping[str, str],
    context: PricingContext,
    at: datetime,
    by: Actor,
) -> Order:
    """An unpaid order for one ticket of a batch, priced from the batch's snapshot."""
    return _opened(batch, {"batch": batch, "quantity": 1}, customer_details, context, at=at, by=by)


def confirm(order: Order, *, payment_reference: str, at: datetime, by: Actor) -> None:
    """Note that a locked order is paid."""
    paid = {"payment_reference": payment_reference, "confirmed_at": at}
    order.move_to(Order.Status.CONFIRMED, at=at, by=by, **paid)


def fulfil(
    reservation: Reservation, order: Order, *, payment_reference: str, at: datetime, by: Actor
) -> list[Ticket]:
    """Pay a locked order of a locked, active reservation and issue its tickets."""
    reservation.move_to(Reservation.Status.ACTIVATED, at=at, by=by, resolved_at=at)
    confirm(order, payment_reference=payment_reference, at=at, by=by)
    tickets = _issue(reservation, order, at=at, by=by)
    allocations.sell(
        reservation.allocation_id,
        reservation.quantity,
        cause=Cause("reservation", reservation.id),
        at=at,
        by=by,
    )
    return tickets


def _opened(
    held: Reservation | Batch,
    origin: Mapping[str, Any],
    customer_details: Mapping[str, str],
    context: PricingContext,
    *,
    at: datetime,
    by: Actor,
) -> Order:
    prices = pricing.PriceList.from_snapshot(held.pricing_snapshot)
    composition = context.composition(origin["quantity"])
    total, _ = pricing.quote(prices, composition, context.visit_date)
    order = Order.objects.create(
        order_id=codes.order_id(at=at),
        channel=Channel.OTA,
        partner=held.partner,
        product_id=held.product_id,
        customer=Customer.objects.create(created_at=at, **customer_details),
        customer_types=composition,
        visit_date=context.visit_date,
        total_amount=total,
        currency=prices.currency,
        confirmation_code=codes.confirmation_code(),
        created_at=at,
        **origin,
    )
    order.remember(at=at, by=by)
    return order


def _issue(reservation: Reservation, order: Order, *, at: datetime, by: Actor) -> list[Ticket]:
    type_, entitlements = pricing.describe(order.product_id)
    units = _priced_units(reservation, order)
    kid = qr_keys.ring().active.kid
    tickets = Ticket.objects.bulk_create(
        Ticket(
            code=code,
            partner=order.partner,
            order=order,
            allocation_id=reservation.allocation_id,
            product_id=order.product_id,
            status=Ticket.Status.ACTIVE,
            customer_type=customer_type,
            price=price,
            entitlements=copy.deepcopy(entitlements),
            qr_kid=kid,
            created_at=at,
            activated_at=at,
        )
        for code, (customer_type, price) in zip(
            codes.ticket_codes(type_, len(units), at=at), units, strict=True
        )
    )
    Ticket.remember_all(tickets, at=at, by=by)
    return tickets


def _priced_units(reservation: Reservation, order: Order) -> list[tuple[str, Decimal]]:
    prices = pricing.PriceList.from_snapshot(reservation.pricing_snapshot)
    _, units = pricing.quote(prices, order.customer_types, order.visit_date)
    return units
