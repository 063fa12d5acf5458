"""Hold units, let them go, or sell them: R083-R128, C12, C19, C27, C45."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config.errors import Refusal
from inventory.errors import SoldOut, UnknownProduct
from resellers.models import Partner
from tests import make
from ticketing import reconcile, reservations
from ticketing.errors import (
    ExpiryOutOfRange,
    ReservationAlreadyActivated,
    ReservationExpired,
)
from ticketing.models import Reservation, ReservationMove

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


@pytest.mark.parametrize("quantity", [1, 100])
def test_a_reservation_costs_two_statements(quantity: int) -> None:
    product, partner = make.product(100), make.partner()
    _, cost = make.statements(lambda: reserve(product.pk, of=partner, quantity=quantity))
    assert cost == 2 + 2  # and a savepoint, for a test is a transaction
