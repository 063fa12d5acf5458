"""The order-first flow: R130-R144, C24, C27, C46."""

from decimal import Decimal

import pytest

from config.errors import Refusal
from inventory.errors import CompositionMismatch, UnknownCustomerType
from inventory.models import Product
from tests import make
from ticketing import expiring, reconcile
from ticketing.errors import (
    OrderAlreadyConfirmed,
    OrderNotFound,
    ReservationAlreadyActivated,
    ReservationCancelled,
    ReservationExpired,
    ReservationHasOrder,
)
from ticketing.issuing import PricingContext
from ticketing.models import Customer, Order, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_drifts(db: None) -> object:
    yield
    assert list(reconcile.differences()) == []


# --- Place -----------------------------------------------------------------------------------


def test_an_order_waits_for_its_payment_on_the_reservation() -> None:
    product = make.product(10, discounts={"child": 100})
    held = make.reservation(on=product, quantity=3)

    order = make.place(
        held, PricingContext(customer_types={"adult": 2, "child": 1}, visit_date=make.A_SATURDAY)
    )

    assert Order.objects.get() == order
    assert (order.status, order.reservation, order.partner, order.channel) == (
        "PENDING_PAYMENT", held, held.partner, "ota",
    )  # fmt: skip
    assert (order.total_amount, order.currency) == (Decimal("854.00"), "HKD")
    assert (order.customer_types, order.visit_date) == ({"adult": 2, "child": 1}, make.A_SATURDAY)
    assert (order.customer.phone, order.payment_reference) == ("+85212345678", "")
    assert [str(move) for move in order.history.all()] == ["PENDING_PAYMENT"]
    assert (make.pool(product), Ticket.objects.count()) == ((10, 3, 0), 0)


def test_the_clock_of_the_reservation_keeps_running() -> None:
    held = make.reservation()
    make.place(held)
    before = held.expires_at
    held.refresh_from_db()
    assert (held.status, held.expires_at) == ("active", before)


def test_a_reservation_is_ordered_once() -> None:
    held = make.reservation()
    make.place(held)
    with pytest.raises(ReservationHasOrder):
        make.place(held)
    assert (Order.objects.count(), Customer.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("activated", ReservationAlreadyActivated),
        ("cancelled", ReservationCancelled),
        ("expired", ReservationExpired),
        ("overdue", ReservationExpired),
    ],
)
def test_only_an_active_reservation_is_ordered(status: str, refusal: type[Refusal]) -> None:
    held = make.reservation(status)
    with pytest.raises(refusal):
        make.place(held)


@pytest.mark.parametrize(
    ("context", "refusal"),
    [
        (PricingContext(customer_types={"adult": 1}), CompositionMismatch),
        (PricingContext("adult", {"adult": 2}), CompositionMismatch),
        (PricingContext("senior"), UnknownCustomerType),
    ],
)
def test_an_order_for_other_units_than_are_held_is_refused(
    context: PricingContext, refusal: type[Refusal]
) -> None:
    held = make.reservation(quantity=2)
    with pytest.raises(refusal):
        make.place(held, context)
    assert (Order.objects.count(), Customer.objects.count()) == (0, 0)


# --- Pay -------------------------------------------------------------------------------------


def test_paying_sells_the_units_at_the_price_that_was_ordered() -> None:
    product = make.product(10)
    placed = make.order(on=product, quantity=2, context=PricingContext(visit_date=make.A_SATURDAY))
    Product.objects.update(weekday_price=1, weekend_price=1)

    order, tickets = make.pay(placed, "PAY-77")

    order.refresh_from_db()
    assert (order.status, order.payment_reference, order.total_amount) == (
        "CONFIRMED", "PAY-77", Decimal(636),
    )  # fmt: skip
    assert [ticket.price for ticket in tickets] == [Decimal(318), Decimal(318)]
    assert order.confirmed_at is not None
    assert order.reservation is not None
    assert order.reservation.status == "activated"
    assert make.pool(product) == (10, 0, 2)


def test_an_order_is_paid_once() -> None:
    placed = make.order("CONFIRMED")
    with pytest.raises(OrderAlreadyConfirmed):
        make.pay(placed, "PAY-2")
    placed.refresh_from_db()
    assert (placed.payment_reference, placed.tickets.count()) == ("PAY-1", 1)


def test_an_order_whose_reservation_was_activated_is_paid() -> None:
    placed = make.order()
    assert placed.reservation is not None
    make.activate(placed.reservation)
    with pytest.raises(OrderAlreadyConfirmed):
        make.pay(placed)


@pytest.mark.parametrize("swept", [False, True])
def test_an_order_lapses_with_its_reservation_swept_or_not(swept: bool) -> None:
    placed = make.order()
    assert placed.reservation is not None
    make.lapse(placed.reservation)
    if swept:
        expiring.sweep(at=make.now)
    with pytest.raises(ReservationExpired):
        make.pay(placed)
    assert Ticket.objects.count() == 0


def test_an_order_whose_reservation_was_cancelled_is_not_payable() -> None:
    placed = make.order("CANCELLED")
    with pytest.raises(ReservationCancelled):
        make.pay(placed)


@pytest.mark.parametrize("status", ["PENDING_PAYMENT", "CONFIRMED", "CANCELLED", "EXPIRED"])
def test_a_strangers_order_does_not_exist(status: str) -> None:
    placed = make.order(status)
    placed.partner = make.partner()
    with pytest.raises(OrderNotFound):
        make.pay(placed)


def test_an_order_number_that_was_never_given_does_not_exist() -> None:
    placed = make.order()
    placed.order_id = "ORD-1795182421234-00000000"
    with pytest.raises(OrderNotFound):
        make.pay(placed)


def cost(quantity: int) -> tuple[int, int]:
    """How many statements it takes to place an order of so many units, and to pay it."""
    held = make.reservation(on=make.product(100), quantity=quantity)
    placed, of_placing = make.statements(lambda: make.place(held))
    _, of_paying = make.statements(lambda: make.pay(placed))
    return of_placing, of_paying


def test_placing_and_paying_cost_the_same_for_any_number_of_units() -> None:
    assert cost(1) == cost(50)
