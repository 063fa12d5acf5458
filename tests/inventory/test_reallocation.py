"""Units move between the pools of a product: R028-R032, C35."""

import uuid
from typing import Any

import pytest

from inventory import allocations, giving
from inventory.errors import BelowCommitted, CheckFailed, StockMoved, UnknownProduct
from inventory.models import AllocationMove, Product
from inventory.moves import Cause
from tests import make
from tests.ticketing.racing import meeting

pytestmark = pytest.mark.django_db


def hold(product: Product, units: int, channel: str = "ota") -> None:
    allocation, cause = make.allocation(product, channel), Cause("reservation", uuid.uuid4())
    allocations.hold(allocation.pk, units, cause=cause, at=make.now(), by=make.BY)


def reallocate(product: Product, units: int, **changes: Any) -> uuid.UUID:
    facts: dict[str, Any] = {"source": "direct", "target": "ota", "demand": 10_000} | changes
    return allocations.reallocate(
        product_id=facts.pop("product_id", product.pk), units=units, at=make.now(), by=make.BY,
        **facts,
    )  # fmt: skip


def test_500_units_of_direct_sales_become_500_of_the_partners() -> None:
    product = make.product(2000, direct=1000)

    cause = reallocate(product, 500)

    assert (make.pool(product)[0], make.pool(product, "direct")[0]) == (2500, 500)
    assert {
        (move.allocation.channel, move.kind, move.d_allocated, move.cause_kind)
        for move in AllocationMove.objects.filter(cause_id=cause)
    } == {
        ("ota", "reallocate", 500, "reallocation"),
        ("direct", "reallocate", -500, "reallocation"),
    }


@pytest.mark.parametrize(
    ("committed", "demand", "is_refused"),
    [(69, 11, False), (70, 11, True), (71, 11, True), (0, 10, True), (0, 11, False)],
)
def test_direct_gives_nothing_away_when_it_is_busy_or_nobody_asks(
    committed: int, demand: int, is_refused: bool
) -> None:
    product = make.product(10, direct=100)
    if committed:
        hold(product, committed, "direct")
    if is_refused:
        with pytest.raises(CheckFailed):
            reallocate(product, 5, demand=demand)
        assert make.pool(product) == (10, 0, 0)
    else:
        reallocate(product, 5, demand=demand)
        assert make.pool(product) == (15, 0, 0)


def test_units_go_back_to_direct_without_those_checks() -> None:
    product = make.product(10, direct=0)
    hold(product, 8)
    reallocate(product, 2, source="ota", target="direct", demand=0)
    assert (make.pool(product), make.pool(product, "direct")) == ((8, 8, 0), (2, 0, 0))


def test_a_pool_never_falls_below_what_it_has_promised() -> None:
    product = make.product(10, direct=0)
    hold(product, 8)
    with pytest.raises(BelowCommitted):
        reallocate(product, 3, source="ota", target="direct")
    assert (make.pool(product), make.pool(product, "direct")) == ((10, 8, 0), (0, 0, 0))


@pytest.mark.parametrize(
    "wish",
    [
        {"product_id": 1},
        {"source": "shop"},
        {"target": "shop"},
        {"source": "ota"},
        {"units": 0},
        {"units": -5},
    ],
)
def test_a_reallocation_that_makes_no_sense_is_refused(wish: dict[str, Any]) -> None:
    product = make.product(10, direct=10)
    with pytest.raises(UnknownProduct):
        reallocate(product, **({"units": 5} | wish))
    assert (make.pool(product)[0], make.pool(product, "direct")[0]) == (10, 10)


def test_a_reallocation_counts_only_while_the_stock_is_what_was_seen() -> None:
    product = make.product(10, direct=10)
    seen = {name: each.version for name, each in allocations.counters(product.pk).items()}
    hold(product, 1)

    with pytest.raises(StockMoved):
        reallocate(product, 5, seen=seen)
    seen = {name: each.version for name, each in allocations.counters(product.pk).items()}
    reallocate(product, 5, seen=seen)

    assert make.pool(product) == (15, 1, 0)


def move_twice_at_once(product: Product) -> list[object]:
    """One confirmed preview, sent by two presses of its button."""
    seen = {name: each.version for name, each in allocations.counters(product.pk).items()}
    move_id = uuid.uuid4()

    def press(_: int) -> uuid.UUID:
        return reallocate(product, 3, seen=seen, move_id=move_id)

    return make.in_parallel(press, range(2))


@pytest.mark.django_db(transaction=True)
def test_what_is_confirmed_twice_at_once_moves_once() -> None:
    product = make.product(10, direct=10)

    results = move_twice_at_once(product)

    assert make.verdicts(results) == {"done": 1, "already_moved": 1}
    assert (make.pool(product)[0], make.pool(product, "direct")[0]) == (13, 7)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_database_has_to_stop_the_second_move(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product, meet, check = make.product(10, direct=10), meeting(2), giving.checks

    def check_together(*args: Any, **facts: Any) -> Any:
        meet()  # both have found the stock as it was seen
        return check(*args, **facts)

    monkeypatch.setattr(allocations, "_lock_counters", allocations.counters)
    monkeypatch.setattr(giving, "checks", check_together)

    assert make.verdicts(move_twice_at_once(product)) == {"done": 1, "IntegrityError": 1}
    assert (make.pool(product)[0], make.pool(product, "direct")[0]) == (13, 7)
