"""The world of the direct channel, made through the product's own doors; see make.py."""

import itertools
from typing import Any

from django.db import transaction

from customers import accounts, tokens
from customers.models import Account
from inventory.models import Product
from tests import make
from ticketing import expiring, orders
from ticketing.issuing import PricingContext
from ticketing.models import Order, Ticket

PASSWORD = "a long walk along the pier"
NUMBERS = itertools.count(1)


def account(email: str | None = None, *, name: str = "", password: str = PASSWORD) -> Account:
    """A customer with an account."""
    address = email or f"customer-{next(NUMBERS)}@example.com"
    accounts.register(email=address, password=password, name=name, at=make.now())
    return Account.objects.called(address).get()


def access(of: Account) -> str:
    """An access token of a customer."""
    return tokens.issue(of, at=make.now()).access


def product(direct: int = 10, ota: int = 10, **facts: Any) -> Product:
    """A product with a pool in each channel."""
    return make.product(ota, direct, **facts)


@transaction.atomic
def order(
    status: str = "PENDING_PAYMENT",
    *,
    of: Account | None = None,
    on: Product | None = None,
    quantity: int = 1,
    context: PricingContext = make.NO_CONTEXT,
    **facts: Any,
) -> Order:
    """A direct order that came to its status by the doors; `overdue` is unpaid and lapsed."""
    placed = orders.place_directly(
        account=of or account(),
        product_id=(on or product()).pk,
        quantity=quantity,
        context=context,
        at=make.now(),
        by=make.BY,
        **facts,
    )
    if status == "CONFIRMED":
        pay(placed)
    if status == "CANCELLED":
        cancel(placed)
    if status in ("EXPIRED", "overdue"):
        lapse(placed)
    if status == "EXPIRED":
        expiring.sweep(at=make.now)
    placed.refresh_from_db()
    return placed


def ticket(**facts: Any) -> Ticket:
    """An active ticket of a paid direct order."""
    return order("CONFIRMED", **facts).tickets.get()


@transaction.atomic
def pay(placed: Order, reference: str = "PAY-1") -> tuple[Order, list[Ticket]]:
    return orders.pay(
        partner=None,
        order_id=placed.order_id,
        payment_reference=reference,
        at=make.now(),
        by=make.BY,
    )


@transaction.atomic
def cancel(placed: Order) -> Order:
    assert placed.account is not None
    return orders.cancel(
        account=placed.account, order_id=placed.order_id, at=make.now(), by=make.BY
    )


def lapse(*placed: Order) -> None:
    """Their half hour is over; nobody has looked yet."""
    make.lapse(*(each.reservation for each in placed if each.reservation))


def pool(of: Product) -> tuple[int, int, int]:
    """(allocated, reserved, sold) of the direct pool."""
    return make.pool(of, "direct")
