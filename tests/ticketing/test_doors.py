"""What every door has in common: all or nothing, locks in one order, the hot row last."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from inventory.models import AllocationMove, Product
from tests import make, shop
from ticketing import expiring, reconcile
from ticketing.models import Customer, Order, PaymentNotice, Reservation, Ticket

pytestmark = pytest.mark.django_db
COUNTER = "inventory_allocationcounter"


def to_reserve() -> Callable[[], object]:
    of, on = make.partner(), make.product()
    return lambda: make.reservation(of=of, on=on, quantity=2)


def to_place() -> Callable[[], object]:
    held = make.reservation()
    return lambda: make.place(held)


def to_pay() -> Callable[[], object]:
    placed = make.order(quantity=2)
    return lambda: make.pay(placed)


def to_activate() -> Callable[[], object]:
    held = make.reservation(quantity=2)
    return lambda: make.activate(held)


def to_cancel() -> Callable[[], object]:
    placed = make.order()
    assert placed.reservation is not None
    held = placed.reservation
    return lambda: make.cancel(held)


def to_notify() -> Callable[[], object]:
    placed = make.order(quantity=2)
    assert placed.partner is not None
    event, source = make.notice(placed), placed.partner.partner_id
    return lambda: make.notify(event, source)


def to_release() -> Callable[[], object]:
    placed = make.order()
    assert placed.reservation is not None
    make.lapse(placed.reservation)
    allocation_id = placed.reservation.allocation_id
    return lambda: expiring.release(allocation_id, at=make.now())


def to_buy_directly() -> Callable[[], object]:
    of, on = shop.account(), shop.product()
    return lambda: shop.order(of=of, on=on, quantity=2)


def to_cancel_directly() -> Callable[[], object]:
    placed = shop.order()
    return lambda: shop.cancel(placed)


def to_notify_directly() -> Callable[[], object]:
    placed = shop.order(quantity=2)
    event = make.notice(placed)
    return lambda: make.notify(event, "direct")


def to_cancel_with_tickets() -> Callable[[], object]:
    sold = make.order("CONFIRMED", quantity=2)
    return lambda: make.cancel_order(sold)


def to_cancel_unpaid_by_hand() -> Callable[[], object]:
    placed = make.order(quantity=2)
    return lambda: make.cancel_order(placed)


def to_expire() -> Callable[[], object]:
    placed = make.order()
    assert placed.reservation is not None
    held = placed.reservation
    make.lapse(held)
    return lambda: make.expire_hold(held)


DOORS = [
    to_reserve, to_place, to_pay, to_activate, to_cancel, to_notify, to_release,
    to_buy_directly, to_cancel_directly, to_notify_directly,
    to_cancel_with_tickets, to_cancel_unpaid_by_hand, to_expire,
]  # fmt: skip


def statements(call: Callable[[], object]) -> list[str]:
    """What a door asked of the database, without the marks around it."""
    with CaptureQueriesContext(connection) as watched:
        call()
    asked = (query["sql"].strip() for query in watched)
    return [sql for sql in asked if not re.match(r"(RELEASE )?SAVEPOINT", sql)]


def facts() -> list[Any]:
    """Everything a door may write."""
    models: list[Any] = [Customer, Order, PaymentNotice, Reservation, Ticket, AllocationMove]
    pools = [each.channel_allocations for each in Product.objects.order_by("pk")]
    return [pools, *(list(model.objects.order_by("pk").values()) for model in models)]


@pytest.mark.parametrize("prepare", DOORS)
def test_nothing_is_locked_after_the_hot_row(prepare: Callable[[], Callable[[], object]]) -> None:
    asked = statements(prepare())
    hot = [place for place, sql in enumerate(asked) if f"UPDATE {COUNTER}" in sql]
    if prepare is to_place:
        assert hot == []
        return
    after = asked[hot[0] + 1 :]
    assert len(hot) == 1
    # Its own notice, which nobody else has seen yet; and what a test helper reads.
    assert [
        sql for sql in after if not re.match(r'SELECT|UPDATE "ticketing_paymentnotice"', sql)
    ] == []
    assert [sql for sql in after if " FOR " in sql] == []


@pytest.mark.parametrize("prepare", DOORS)
def test_locks_never_stand_in_the_way_of_foreign_keys_and_have_an_order(
    prepare: Callable[[], Callable[[], object]],
) -> None:
    locking = [sql for sql in statements(prepare()) if re.search(r"FOR .*(UPDATE|SHARE)", sql)]
    assert [sql for sql in locking if "FOR NO KEY UPDATE" not in sql] == []
    several = [sql for sql in locking if "LIMIT 21" not in sql]  # what `get` asks for
    assert [sql for sql in several if "ORDER BY" not in sql] == []


class Failure(DatabaseError):
    """The database went away in the middle."""


@pytest.mark.parametrize("prepare", [door for door in DOORS if door is not to_release])
def test_a_door_that_fails_at_any_statement_has_done_nothing(
    prepare: Callable[[], Callable[[], object]],
) -> None:
    door = prepare()
    before = facts()
    for fatal in range(100):
        if not fails_at(fatal, door):
            break
        assert facts() == before
    assert 3 <= fatal < 100
    assert facts() != before
    assert list(reconcile.differences()) == []


def fails_at(fatal: int, door: Callable[[], object]) -> bool:
    """Whether the door came as far as the statement of that number, and failed there."""
    seen = -1

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        if not re.match(r"(RELEASE |ROLLBACK TO )?SAVEPOINT", sql):
            seen += 1
            if seen == fatal:
                raise Failure
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(fail):
            door()
    except Failure:
        return True
    return False
