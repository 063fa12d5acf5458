"""From a paid reservation to tickets: what every way of paying has in common."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from config.actors import Actor
from inventory import allocations, pricing
from inventory.models import Channel
from qrcodes import keys as qr_keys

from . import codes
from .models import Customer, Order, Reservation, Ticket


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
    prices = pricing.PriceList.from_snapshot(reservation.pricing_snapshot)
    composition = context.composition(reservation.quantity)
    total, _ = pricing.quote(prices, composition, context.visit_date)
    order = Order.objects.create(
        order_id=codes.order_id(at=at),
        channel=Channel.OTA,
        partner=reservation.partner,
        reservation=reservation,
        product_id=reservation.product_id,
        customer=Customer.objects.create(created_at=at, **customer_details),
        quantity=reservation.quantity,
        customer_types=composition,
        visit_date=context.visit_date,
        total_amount=total,
        currency=prices.currency,
        confirmation_code=codes.confirmation_code(),
        created_at=at,
    )
    order.remember(at=at, by=by)
    return order


def fulfil(
    reservation: Reservation, order: Order, *, payment_reference: str, at: datetime, by: Actor
) -> list[Ticket]:
    """Pay a locked order of a locked, active reservation and issue its tickets."""
    reservation.move_to(Reservation.Status.ACTIVATED, at=at, by=by, resolved_at=at)
    order.move_to(
        Order.Status.CONFIRMED,
        at=at,
        by=by,
        payment_reference=payment_reference,
        confirmed_at=at,
    )
    tickets = _issue(reservation, order, at=at, by=by)
    allocations.sell(
        reservation.allocation_id,
        reservation.quantity,
        cause=allocations.Cause("reservation", reservation.id),
        at=at,
        by=by,
    )
    return tickets


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
