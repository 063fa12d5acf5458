"""From a hold to tickets: R116-R128, C27, C45."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from config.errors import Refusal
from inventory.errors import CompositionMismatch, UnknownCustomerType
from inventory.models import Product
from tests import make
from ticketing import reconcile
from ticketing.errors import (
    ReservationAlreadyActivated,
    ReservationCancelled,
    ReservationExpired,
    ReservationNotFound,
)
from ticketing.issuing import PricingContext
from ticketing.models import Customer, Order, Ticket

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _nothing_drifts(db: None) -> Any:
    yield
    assert list(reconcile.differences()) == []


def story(of: Any) -> list[str]:
    return [str(move) for move in of.history.all()]


def test_activation_sells_the_units_as_one_order_with_a_ticket_each() -> None:
    product = make.product(
        10, discounts={"child": 100}, functions={"FERRY_BOARDING": 1, "PLAYGROUND_TOKEN": 10}
    )
    held = make.reservation(on=product, quantity=3)

    order, tickets = make.activate(held, PricingContext(customer_types={"adult": 2, "child": 1}))

    held.refresh_from_db()
    assert (held.status, held.resolved_at is None) == ("activated", False)
    assert story(held) == ["active", "active → activated"]
    assert Order.objects.get() == order
    assert (order.status, order.payment_reference, order.channel, order.partner) == (
        "CONFIRMED", "PAY-1", "ota", held.partner,
    )  # fmt: skip
    assert (order.total_amount, order.currency) == (Decimal(764), "HKD")
    assert order.quantity == 3
    assert story(order) == ["PENDING_PAYMENT", "PENDING_PAYMENT → CONFIRMED"]
    assert (order.customer.name, order.customer.email) == ("陳大文 Chan", "chan@example.com")
    stored = Ticket.objects.order_by("-price", "code")
    assert {ticket.code for ticket in stored} == {ticket.code for ticket in tickets}
    assert [(ticket.customer_type, ticket.price) for ticket in stored] == [
        ("adult", Decimal(288)), ("adult", Decimal(288)), ("child", Decimal(188)),
    ]  # fmt: skip
    for ticket in stored:
        assert (ticket.status, ticket.order, ticket.qr_kid) == ("ACTIVE", order, 1)
        assert ticket.entitlements == [
            {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
            {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
        ]
        assert story(ticket) == ["ACTIVE"]
    assert make.pool(product) == (10, 0, 3)


def test_what_a_ticket_entitles_to_is_its_own() -> None:
    _, (first, second) = make.activate(make.reservation(quantity=2))
    first.entitlements[0]["remaining_uses"] = 0
    assert second.entitlements[0]["remaining_uses"] == 1


@pytest.mark.parametrize(
    ("context", "total"),
    [
        (PricingContext(), 576),
        (PricingContext(visit_date=make.A_WEEKDAY), 576),
        (PricingContext(visit_date=make.A_SATURDAY), 636),
        (PricingContext(customer_type="child"), 376),
        (PricingContext(customer_types={"child": 1, "vip": 1}, visit_date=make.A_SATURDAY), 536),
    ],
)
def test_who_comes_and_when_decides_the_price(context: PricingContext, total: int) -> None:
    held = make.reservation(on=make.product(discounts={"child": 100}), quantity=2)
    order, tickets = make.activate(held, context)
    assert order.total_amount == total
    assert sum(ticket.price or 0 for ticket in tickets) == total


def test_a_reservation_keeps_its_prices_when_the_product_becomes_dearer() -> None:
    product = make.product(discounts={"child": 100})
    held = make.reservation(on=product, quantity=2)
    Product.objects.update(weekday_price=999, weekend_price=F("weekday_price"))
    product.discounts.all().delete()

    order, _ = make.activate(held, PricingContext(customer_types={"adult": 1, "child": 1}))

    assert order.total_amount == Decimal("476.00")


def test_a_product_taken_from_sale_is_still_owed_to_who_holds_it() -> None:
    held = make.reservation()
    Product.objects.update(is_active=False)
    order, tickets = make.activate(held)
    assert (order.status, len(tickets)) == ("CONFIRMED", 1)


@pytest.mark.parametrize(
    ("context", "refusal"),
    [
        (PricingContext(customer_types={"adult": 1}), CompositionMismatch),
        (PricingContext(customer_types={"adult": 3, "child": -1}), CompositionMismatch),
        (PricingContext(customer_type="senior"), UnknownCustomerType),
    ],
)
def test_an_activation_that_is_refused_changes_nothing(
    context: PricingContext, refusal: type[Refusal]
) -> None:
    held = make.reservation(quantity=2)
    with pytest.raises(refusal):
        make.activate(held, context)
    held.refresh_from_db()
    assert (held.status, story(held)) == ("active", ["active"])
    assert (Order.objects.count(), Ticket.objects.count(), Customer.objects.count()) == (0, 0, 0)


def test_activation_completes_the_order_that_waits_as_it_was_placed() -> None:
    held = make.reservation(on=make.product(discounts={"child": 100}), quantity=2)
    placed = make.place(held, PricingContext(customer_type="child"))

    order, tickets = make.activate(held, PricingContext(visit_date=make.A_SATURDAY))

    assert (order.order_id, order.total_amount, order.status) == (
        placed.order_id, Decimal(376), "CONFIRMED",
    )  # fmt: skip
    assert [ticket.customer_type for ticket in tickets] == ["child", "child"]
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
def test_only_an_active_reservation_is_activated(status: str, refusal: type[Refusal]) -> None:
    held = make.reservation(status)
    orders = Order.objects.count()
    with pytest.raises(refusal):
        make.activate(held)
    assert (story(held)[2:], Order.objects.count()) == ([], orders)


@pytest.mark.parametrize("act", [make.activate, make.cancel, make.place])
@pytest.mark.parametrize("status", ["active", "activated", "cancelled", "overdue"])
def test_a_strangers_reservation_does_not_exist(act: Any, status: str) -> None:
    held = make.reservation(status)
    held.partner = make.partner()
    with pytest.raises(ReservationNotFound):
        act(held)


def test_an_activation_costs_the_same_for_any_number_of_tickets() -> None:
    one, many = (make.reservation(on=make.product(50), quantity=quantity) for quantity in (1, 50))
    assert (
        make.statements(lambda: make.activate(one))[1]
        == (make.statements(lambda: make.activate(many))[1])
    )
