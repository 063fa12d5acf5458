"""The JSON objects that several partner endpoints read or answer."""

from collections.abc import Iterable
from typing import Any

from config.api.fields import (
    Amount,
    Choice,
    Date,
    Email,
    Integer,
    ListOf,
    MapOf,
    Moment,
    Phone,
    Text,
    Uuid,
)
from config.api.strict import Strict
from inventory.models import CustomerType
from inventory.pricing import number
from qrcodes import images, tokens
from qrcodes.errors import QrKeyGone
from ticketing.api.shapes import Entitlement
from ticketing.issuing import PricingContext
from ticketing.models import Customer, Order, Reservation, Ticket

PAYMENT_REFERENCE = r"[A-Za-z0-9._:/-]{1,64}"


class CustomerDetails(Strict):
    """The person who travels or bought; kept apart from the ledger."""

    name = Text(max_length=100, help_text="In any script.")
    email = Email()
    phone = Phone(help_text="Digits with an optional plus, e.g. +85298765432.")


class PricingContextIn(Strict):
    """For whom and for which day; without it adults at the weekday price."""

    visit_date = Date(required=False)
    customer_type = Choice(choices=CustomerType.choices, required=False)
    customer_types = MapOf(
        Integer(min_value=1, max_value=100),
        required=False,
        allow_empty=False,
        help_text="Units by customer type; must add up to the quantity.",
    )


def pricing_context(given: dict[str, Any] | None) -> PricingContext:
    """What a request said of pricing, as the use cases take it."""
    return PricingContext(**given) if given else PricingContext()


class TypePrice(Strict):
    """The weekday price of one customer type in a specially priced batch."""

    customer_type = Text()
    price = Amount()


class Multiplier(Strict):
    """What the price of a special date is multiplied with, before the discount."""

    multiplier = Amount()


class PricingSnapshot(Strict):
    """The prices a reservation or a batch was frozen with."""

    base_price = Amount(help_text="Weekday price of one adult unit.")
    weekend_premium = Amount()
    currency = Text()
    customer_type_pricing = ListOf(TypePrice())
    customer_discounts = MapOf(Amount())
    special_dates = MapOf(Multiplier())


class ReservationDetails(Strict):
    """Units held for you until they are activated, cancelled, or lapse."""

    reservation_id = Uuid()
    product_id = Integer()
    quantity = Integer()
    status = Choice(choices=Reservation.Status.choices)
    reserved_until = Moment(help_text="The same moment as expires_at.")
    expires_at = Moment()
    pricing_snapshot = PricingSnapshot()
    created_at = Moment()


def reservation_details(reservation: Reservation) -> dict[str, Any]:
    """A reservation as partners see it; an overdue hold is `expired` at once."""
    return {
        "reservation_id": reservation.id,
        "product_id": reservation.product_id,
        "quantity": reservation.quantity,
        "status": getattr(reservation, "shown_status", reservation.status),
        "reserved_until": reservation.expires_at,
        "expires_at": reservation.expires_at,
        "pricing_snapshot": reservation.pricing_snapshot,
        "created_at": reservation.created_at,
    }


class IssuedTicket(Strict):
    """One ticket with the QR image to hand to the customer."""

    ticket_code = Text()
    qr_code = Text(
        max_length=10_000,
        allow_null=True,
        help_text="data:image/png;base64,…, stable for its life; null for a spent ticket whose "
        "signing key was destroyed since.",
    )
    status = Choice(choices=Ticket.Status.choices)
    entitlements = ListOf(Entitlement())
    customer_type = Text()
    price = Amount()


def issued_tickets(tickets: Iterable[Ticket]) -> list[dict[str, Any]]:
    """Tickets with their QR images, byte-identical wherever a ticket is shown."""
    return [
        {
            "ticket_code": ticket.code,
            "qr_code": _qr_code(ticket),
            "status": ticket.status,
            "entitlements": ticket.entitlements,
            "customer_type": ticket.customer_type,
            "price": None if ticket.price is None else number(ticket.price),
        }
        for ticket in tickets
    ]


def _qr_code(ticket: Ticket) -> str | None:
    try:
        return images.data_uri(tokens.ticket_qr(ticket.code, ticket.generation, ticket.qr_kid))
    except QrKeyGone:
        return None  # a spent ticket may outlive the key it was signed with


class OrderSummary(Strict):
    """An order and its customer, in any status."""

    order_id = Text()
    confirmation_code = Text()
    product_id = Integer()
    quantity = Integer()
    total_amount = Amount()
    currency = Text()
    status = Choice(choices=Order.Status.choices)
    payment_reference = Text(allow_null=True)
    reservation_id = Uuid(allow_null=True)
    batch_id = Text(allow_null=True)
    customer_details = CustomerDetails()
    created_at = Moment()
    confirmed_at = Moment(allow_null=True)


def order_summary(order: Order) -> dict[str, Any]:
    """An order as its partner sees it; its customer and batch are loaded with it."""
    return {
        "order_id": order.order_id,
        "confirmation_code": order.confirmation_code,
        "product_id": order.product_id,
        "quantity": order.quantity,
        "total_amount": number(order.total_amount),
        "currency": order.currency,
        "status": getattr(order, "shown_status", order.status),
        "payment_reference": order.payment_reference or None,
        "reservation_id": order.reservation_id,
        "batch_id": order.batch.batch_id if order.batch else None,
        "customer_details": _customer(order.customer),
        "created_at": order.created_at,
        "confirmed_at": order.confirmed_at,
    }


def _customer(customer: Customer) -> dict[str, str]:
    return {"name": customer.name, "email": customer.email, "phone": customer.phone}
