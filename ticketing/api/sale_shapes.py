"""The JSON objects of a sale, for whichever channel sells: who buys, what it costs, the tickets."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

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

from ..issuing import PricingContext
from ..models import Customer, Order, Ticket
from .shapes import Entitlement


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


class PaymentRequired(Strict):
    """What the payment notice has to report, exactly."""

    amount = Amount()
    currency = Text()


class PendingOrder(Strict):
    """An order that waits for its payment."""

    order_id = Text()
    status = Choice(choices=[Order.Status.PENDING_PAYMENT])
    payment_required = PaymentRequired()
    webhook_url = Text(help_text="Where the payment notice goes.")
    expires_at = Moment(help_text="When its units are let go, and the order with them.")


def pending_order(order: Order) -> dict[str, Any]:
    """An order that was placed just now."""
    return {
        "order_id": order.order_id,
        "status": order.status,
        "payment_required": {"amount": number(order.total_amount), "currency": order.currency},
        "webhook_url": f"{settings.PUBLIC_BASE_URL}/payments/notify",
        "expires_at": order.reservation and order.reservation.expires_at,
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


class OrderTickets(Strict):
    """The tickets of one order, by code."""

    tickets = ListOf(IssuedTicket())


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
