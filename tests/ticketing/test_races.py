"""Races for stock, run as races. Each has a control that shows what the guard is for."""

import time
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from inventory import allocations, moves, pricing
from inventory.errors import SoldOut
from inventory.models import AllocationCounter, Product
from resellers.models import Partner
from tests import make
from tests.spoilt_sql import spoilt
from tests.ticketing.racing import (
    Call,
    deadlocks,
    flat,
    meeting,
    one_after_the_other,
    reserve,
    rush,
    sqlstates,
)
from ticketing import reconcile
from ticketing.models import Reservation

pytestmark = pytest.mark.django_db(transaction=True)


# --- The last units --------------------------------------------------------------------------


@pytest.mark.parametrize(("units", "quantity", "done"), [(50, 1, 50), (100, 3, 33), (7, 7, 1)])
def test_the_last_units_are_sold_once(units: int, quantity: int, done: int) -> None:
    product, before = make.product(units), deadlocks()

    verdicts = rush(reserve, product, quantity)

    assert verdicts == {"done": done, "insufficient_inventory": 200 - done}
    assert make.pool(product) == (units, done * quantity, 0)
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


def test_no_race_is_won_for_units_that_are_not_there() -> None:
    assert rush(reserve, make.product(0)) == {"insufficient_inventory": 200}


def naive_reserve(on: Product, of: Partner, quantity: int) -> None:
    """Look how many are left, then take: what everybody writes first."""
    (listed,) = pricing.listed("ota", [on.pk])
    held = Reservation.objects.filter(product_id=on.pk).aggregate(units=Sum("quantity"))
    if (held["units"] or 0) + quantity > make.pool(on)[0]:
        raise SoldOut
    time.sleep(0.001)  # other work of a request
    Reservation(
        partner=of,
        allocation_id=listed.allocation_id,
        product_id=on.pk,
        quantity=quantity,
        pricing_snapshot={},
        expires_at=make.now(),
        created_at=make.now(),
    ).save(force_insert=True)


def locked_naive_reserve(on: Product, of: Partner, quantity: int, isolation: str) -> None:
    """The same under a lock, which helps only if the sum is taken after the lock was won."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        Product.objects.select_for_update(no_key=True).get(pk=on.pk)
        naive_reserve(on, of, quantity)


def taken(on: Product) -> int:
    return Reservation.objects.filter(product_id=on.pk).count()


def test_control_checking_and_then_writing_oversells() -> None:
    product = make.product(20)
    verdicts = rush(naive_reserve, product, attempts=2)
    assert taken(product) == verdicts["done"] > 20


def test_control_a_sum_under_a_lock_oversells_at_repeatable_read() -> None:
    product = make.product(20)
    rush(partial(locked_naive_reserve, isolation="REPEATABLE READ"), product, attempts=2)
    assert taken(product) > 20


def test_control_the_same_sum_at_read_committed_does_not() -> None:
    product = make.product(20)
    rush(partial(locked_naive_reserve, isolation="READ COMMITTED"), product, attempts=2)
    assert taken(product) == 20


def test_control_without_its_condition_the_statement_does_not_say_sold_out() -> None:
    product = make.product(20)
    with spoilt((moves, "_MOVED"), "\n     AND {allocated} >= {reserved} + {sold}", ""):
        verdicts = rush(reserve, product, attempts=2)

    # What the law of the database refuses is a bug of ours, not an answer.
    assert verdicts == {"done": 20, "IntegrityError": 30}
    assert make.pool(product) == (20, 20, 0)


# --- Reallocation ----------------------------------------------------------------------------


def reallocate(on: Product, source: str, target: str, units: int = 1) -> None:
    allocations.reallocate(
        product_id=on.pk, source=source, target=target, units=units, demand=10**6,
        at=make.now(), by=make.BY,
    )  # fmt: skip


def test_opposite_reallocations_do_not_deadlock() -> None:
    product, before = make.product(100, direct=100), deadlocks()
    ways = [("ota", "direct"), ("direct", "ota")] * 4

    results = make.in_parallel(
        lambda way: one_after_the_other([partial(reallocate, product, *way)] * 10), ways
    )

    assert make.verdicts(flat(results)) == {"done": 80}
    assert (make.pool(product)[0], make.pool(product, "direct")[0]) == (100, 100)
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


def test_control_locking_the_giving_pool_first_deadlocks() -> None:
    product, before = make.product(100, direct=100), deadlocks()
    meet = meeting(2)

    @transaction.atomic
    def naive(source: str, target: str) -> None:
        rows = AllocationCounter.objects.select_for_update(no_key=True, of=("self",))
        rows.get(allocation=make.allocation(product, source))
        meet()
        rows.get(allocation=make.allocation(product, target))

    results = make.in_parallel(lambda way: naive(*way), [("ota", "direct"), ("direct", "ota")])

    assert sqlstates(results) == ["40P01"]
    for _ in range(100):
        if deadlocks() > before:
            break
        time.sleep(0.05)
    assert deadlocks() == before + 1


def test_moving_units_away_while_they_are_taken_promises_none_twice() -> None:
    product, partner = make.product(60, direct=0), make.partner()
    take = [partial(reserve, product, partner)] * 5
    move = [partial(reallocate, product, "ota", "direct", 4)] * 5

    calls: list[list[Call]] = [[*take], [*take], [*move]] * 6
    results = make.in_parallel(one_after_the_other, calls)

    verdicts = make.verdicts(flat(results))
    (ota, reserved, _), (direct, _, _) = make.pool(product), make.pool(product, "direct")
    assert set(verdicts) <= {"done", "insufficient_inventory", "allocation_below_committed"}
    assert ota + direct == 60
    assert reserved == taken(product) <= ota
    # 60 takers and movers of 120 more: whatever is left was too little for the next move.
    assert ota - reserved < 4
    assert list(reconcile.differences()) == []
