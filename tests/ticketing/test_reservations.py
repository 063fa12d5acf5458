"""Hold units, let them go, or sell them: R083-R128, C12, C19, C27, C45."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from config.errors import Refusal
from inventory.errors import CompositionMismatch, SoldOut, UnknownCustomerType, UnknownProduct
from inventory.models import Product
from resellers.models import Partner
from tests import make
from ticketing import reconcile, reservations
from ticketing.errors import (
    ExpiryOutOfRange,
    ReservationAlreadyActivated,
    ReservationCancelled,
    ReservationExpired,
    ReservationNotFound,
)
from ticketing.issuing import PricingContext
from ticketing.models import Customer, Order, Reservation, ReservationMove, Ticket

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _nothing_drifts(db: None) -> Any:
    yield
    assert list(reconcile.differences()) == []


def story(of: Any) -> list[str]:
    return [str(move) for move in of.history.all()]


@transaction.atomic
def reserve(product_id: int, *, of: Partner | None = None, **wishes: Any) -> Reservation:
    facts: dict[str, Any] = {"quantity": 1, "at": make.now(), "by": make.BY} | wishes
    return reservations.reserve(partner=of or make.partner(), product_id=product_id, **facts)


# --- Reserve ---------------------------------------------------------------------------------


def test_a_reservation_holds_its_units_for_24_hours_at_todays_prices() -> None:
    product, partner, at = make.product(10, discounts={"child": 100}), make.partner(), make.now()

    made = reserve(product.pk, of=partner, quantity=4, at=at)

    held = Reservation.objects.get()
    assert (held.id, held.partner, held.product_id, held.quantity) == (
        made.id, partner, product.pk, 4,
    )  # fmt: skip
    assert (held.status, held.created_at, held.expires_at, held.resolved_at) == (
        "active", at, at + DAY, None,
    )  # fmt: skip
    assert held.pricing_snapshot == made.pricing_snapshot == {
        "base_price": 288,
        "weekend_premium": 30,
        "currency": "HKD",
        "customer_type_pricing": [],
        "customer_discounts": {"child": 100},
        "special_dates": {},
    }  # fmt: skip
    assert make.pool(product) == (10, 4, 0)
    (move,) = held.history.all()
    assert (move.was, move.status, move.by, move.request_id, move.at) == (
        "", "active", "test:maker", "request-of-the-tests", at,
    )  # fmt: skip
    told = held.allocation.moves.get(cause_id=held.id)
    assert (told.kind, told.cause_kind, told.d_reserved) == ("hold", "reservation", 4)


@pytest.mark.parametrize("after", [SECOND / 1000, timedelta(hours=1), DAY])
def test_a_partner_may_hold_for_a_shorter_time(after: timedelta) -> None:
    at = make.now()
    held = reserve(make.product().pk, at=at, reservation_expires_at=at + after)
    assert held.expires_at - held.created_at == after


@pytest.mark.parametrize("after", [-SECOND, timedelta(0), DAY + SECOND / 1000])
def test_a_hold_that_ends_before_now_or_after_24_hours_is_refused(after: timedelta) -> None:
    product, at = make.product(), make.now()
    with pytest.raises(ExpiryOutOfRange):
        reserve(product.pk, at=at, reservation_expires_at=at + after)
    assert (make.pool(product), Reservation.objects.count()) == ((10, 0, 0), 0)


@pytest.mark.parametrize("why", ["unknown", "inactive", "direct only"])
def test_what_is_not_sold_in_the_channel_cannot_be_reserved(why: str) -> None:
    numbers = {
        "unknown": 1,
        "inactive": make.product(is_active=False).pk,
        "direct only": make.ProductFactory.create(capacity=5).pk,
    }
    with pytest.raises(UnknownProduct):
        reserve(numbers[why])


def test_more_than_is_left_is_refused_and_nothing_stays_behind() -> None:
    product = make.product(10)
    make.reservation(on=product, quantity=8)
    with pytest.raises(SoldOut):
        make.reservation(on=product, quantity=3)
    assert make.pool(product) == (10, 8, 0)
    assert (Reservation.objects.count(), ReservationMove.objects.count()) == (1, 1)


def test_a_whole_allocation_can_be_held_by_calls_of_100() -> None:
    product, partner = make.product(2000), make.partner()
    for _ in range(20):
        make.reservation(of=partner, on=product, quantity=100)
    with pytest.raises(SoldOut):
        make.reservation(of=partner, on=product)
    assert make.pool(product) == (2000, 2000, 0)


def test_the_direct_pool_is_not_sold_to_partners() -> None:
    product = make.product(1, direct=100)
    with pytest.raises(SoldOut):
        make.reservation(on=product, quantity=2)
    assert make.pool(product, "direct") == (100, 0, 0)


def test_when_none_are_left_overdue_holds_are_freed_and_their_orders_void() -> None:
    product = make.product(10)
    overdue = make.reservation("overdue", on=product, quantity=6)
    Reservation.objects.filter(pk=overdue.pk).update(expires_at=make.now() + DAY)
    unpaid = make.place(overdue)
    make.lapse(overdue)
    make.reservation(on=product, quantity=4)

    make.reservation(on=product, quantity=5)

    overdue.refresh_from_db()
    unpaid.refresh_from_db()
    assert (overdue.status, unpaid.status) == ("expired", "EXPIRED")
    assert make.pool(product) == (10, 9, 0)


def test_overdue_holds_are_left_to_the_sweep_while_enough_is_free() -> None:
    product = make.product(10)
    overdue = make.reservation("overdue", on=product, quantity=6)
    make.reservation(on=product, quantity=4)
    overdue.refresh_from_db()
    assert overdue.status == "active"


def test_overdue_holds_that_are_too_few_do_not_help() -> None:
    product = make.product(10)
    make.reservation(on=product, quantity=7)
    make.reservation("overdue", on=product, quantity=3)
    with pytest.raises(SoldOut):
        make.reservation(on=product, quantity=4)
    make.reservation(on=product, quantity=3)


def test_an_overdue_hold_is_shown_as_expired_at_once() -> None:
    statuses = ("active", "overdue", "expired", "cancelled", "activated")
    made = {make.reservation(status).id: status for status in statuses}
    shown = Reservation.objects.as_shown().values_list("id", "shown_status")  # type: ignore[misc]
    assert {made[number]: status for number, status in shown} == {
        "active": "active", "overdue": "expired", "expired": "expired",
        "cancelled": "cancelled", "activated": "activated",
    }  # fmt: skip


# --- Activate --------------------------------------------------------------------------------


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


# --- Cancel ----------------------------------------------------------------------------------


def test_a_cancelled_reservation_returns_its_units_once() -> None:
    product = make.product(10)
    held = make.reservation(on=product, quantity=4)
    make.reservation(on=product, quantity=5)

    make.cancel(held)
    make.cancel(held)

    assert make.pool(product) == (10, 5, 0)
    assert story(held) == ["active", "active → cancelled"]


def test_cancelling_voids_the_unpaid_order() -> None:
    held = make.reservation()
    order = make.place(held)
    make.cancel(held)
    order.refresh_from_db()
    assert (order.status, story(order)[-1]) == ("CANCELLED", "PENDING_PAYMENT → CANCELLED")


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("activated", ReservationAlreadyActivated),
        ("expired", ReservationExpired),
        ("overdue", ReservationExpired),
    ],
)
def test_what_is_sold_or_expired_is_not_cancelled(status: str, refusal: type[Refusal]) -> None:
    held = make.reservation(status)
    with pytest.raises(refusal):
        make.cancel(held)


# --- Cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [1, 100])
def test_a_reservation_costs_three_statements(
    quantity: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    product, partner = make.product(100), make.partner()
    with django_assert_num_queries(3 + 2):  # and a savepoint, for the test is a transaction
        reserve(product.pk, of=partner, quantity=quantity)


@pytest.mark.parametrize("quantity", [1, 50])
def test_an_activation_costs_the_same_for_any_number_of_tickets(
    quantity: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    held = make.reservation(on=make.product(100), quantity=quantity)
    with django_assert_num_queries(17 + 2):
        make.activate(held)
