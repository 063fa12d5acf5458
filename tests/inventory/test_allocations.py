"""Every change of stock is one conditional statement that remembers itself."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries

from config.actors import Actor
from config.errors import Refusal
from inventory import allocations
from inventory.allocations import Drift
from inventory.errors import BelowCommitted, CheckFailed, SoldOut, StockMoved, UnknownProduct
from inventory.models import AllocationMove, ChannelAllocation, Product
from inventory.moves import Cause
from tests import make

pytestmark = pytest.mark.django_db
SOMEBODY = Actor("OTA_DEMO:demo-12345", request_id="request-1", reason="because")
Step = Callable[..., None]


def a_cause() -> Cause:
    return Cause("reservation", uuid.uuid4())


def step(of: Step, on: Product, units: int, cause: Cause | None = None) -> None:
    of(make.allocation(on).pk, units, cause=cause or a_cause(), at=make.now(), by=SOMEBODY)


def stocked(allocated: int = 10, reserved: int = 0, sold: int = 0) -> Product:
    product = make.product(allocated)
    if reserved + sold:
        step(allocations.hold, product, reserved + sold)
    if sold:
        step(allocations.sell, product, sold)
    return product


def moves(of: Product, channel: str = "ota") -> list[AllocationMove]:
    found = AllocationMove.objects.filter(allocation=make.allocation(of, channel))
    return list(found.order_by("seq"))


STEPS: list[Any] = [
    (allocations.hold, "hold", (0, 2, 0), (10, 6, 3)),
    (allocations.sell, "sell", (0, -2, 2), (10, 2, 5)),
    (allocations.release, "release", (0, -2, 0), (10, 2, 3)),
    (allocations.give_back, "give_back", (0, 0, -2), (10, 4, 1)),
]


@pytest.mark.parametrize(("of", "kind", "deltas", "after"), STEPS)
def test_a_step_moves_the_counters_and_remembers_everything_about_it(
    of: Step, kind: str, deltas: tuple[int, ...], after: tuple[int, ...]
) -> None:
    product, cause = stocked(reserved=4, sold=3), a_cause()
    before = moves(product)[-1].seq

    step(of, product, 2, cause)

    move = moves(product)[-1]
    assert make.pool(product) == (move.allocated, move.reserved, move.sold) == after
    assert (move.kind, move.d_allocated, move.d_reserved, move.d_sold) == (kind, *deltas)
    assert (move.seq, move.cause_kind, move.cause_id) == (before + 1, "reservation", cause.id)
    assert (move.by, move.request_id, move.reason) == (
        "OTA_DEMO:demo-12345", "request-1", "because",
    )  # fmt: skip


def test_the_last_unit_can_be_held_and_one_more_is_refused_without_a_trace() -> None:
    product = stocked(allocated=10, reserved=5, sold=3)
    step(allocations.hold, product, 2)
    remembered = moves(product)

    with pytest.raises(SoldOut) as refused:
        step(allocations.hold, product, 1)

    assert refused.value.code == "insufficient_inventory"
    assert make.pool(product) == (10, 7, 3)
    assert moves(product) == remembered


def test_a_hold_is_never_cut_down_to_what_is_left() -> None:
    product = stocked(allocated=10, reserved=8)
    with pytest.raises(SoldOut):
        step(allocations.hold, product, 3)
    assert make.pool(product) == (10, 8, 0)


@pytest.mark.parametrize("of", [allocations.sell, allocations.release, allocations.give_back])
def test_more_than_there_is_cannot_be_returned(of: Step) -> None:
    product = stocked(reserved=2, sold=2)
    with pytest.raises(Drift):
        step(of, product, 3)
    assert make.pool(product) == (10, 2, 2)


@pytest.mark.parametrize("of", [allocations.hold, allocations.sell, allocations.release])
def test_a_cause_moves_stock_once_in_each_way(of: Step) -> None:
    product, cause = stocked(reserved=4), a_cause()
    step(of, product, 1, cause)
    with pytest.raises(IntegrityError, match="each_cause_moves_once"):
        step(of, product, 1, cause)


@pytest.mark.parametrize("of", [allocations.hold, allocations.sell, allocations.release])
def test_a_step_is_one_statement(
    of: Step, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    allocation = make.allocation(stocked(reserved=4))
    with django_assert_num_queries(1):
        of(allocation.pk, 1, cause=a_cause(), at=make.now(), by=SOMEBODY)


def expire(product: Product, units: list[int]) -> list[uuid.UUID]:
    causes = sorted(uuid.uuid4() for _ in units)
    allocations.expire(
        make.allocation(product).pk,
        list(zip(causes, units, strict=True)),
        cause_kind="reservation",
        at=make.now(),
        by=SOMEBODY,
    )
    return causes


def test_many_holds_expire_with_an_unbroken_chain_of_moves() -> None:
    product = stocked(reserved=7)

    causes = expire(product, [1, 4, 2])

    chain = [
        (move.seq, move.kind, move.cause_id, move.d_reserved, move.reserved)
        for move in moves(product)[2:]
    ]
    assert chain == [
        (3, "expire", causes[0], -1, 6),
        (4, "expire", causes[1], -4, 2),
        (5, "expire", causes[2], -2, 0),
    ]
    assert make.pool(product) == (10, 0, 0)


@pytest.mark.parametrize("count", [1, 7])
def test_any_number_of_holds_expires_in_one_statement(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    product = stocked(reserved=7)
    with django_assert_num_queries(2):  # one is this test looking for the allocation
        expire(product, [1] * count)


def test_holds_that_were_never_counted_do_not_expire() -> None:
    product = stocked(reserved=2)
    with pytest.raises(Drift):
        expire(product, [1, 2])
    assert make.pool(product) == (10, 2, 0)


def test_a_channel_never_touches_the_pool_of_another() -> None:
    product = make.product(5, direct=5)
    step(allocations.hold, product, 5)
    with pytest.raises(SoldOut):
        step(allocations.hold, product, 1)
    assert make.pool(product, "direct") == (5, 0, 0)
    assert len(moves(product, "direct")) == 1


def test_setting_up_again_leaves_existing_pools_alone() -> None:
    product = make.product(10, capacity=100)
    step(allocations.hold, product, 3)

    allocations.set_up(product, {"ota": 50, "direct": 20}, at=make.now(), by=SOMEBODY)

    assert make.pool(product) == (10, 3, 0)
    assert make.pool(product, "direct") == (20, 0, 0)
    assert [move.kind for move in moves(product, "direct")] == ["set_up"]


def test_a_product_shows_its_pools_in_the_documented_shape(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    product = make.product(2000, direct=1000)
    step(allocations.hold, product, 150)
    with django_assert_num_queries(1):
        shown = product.channel_allocations
    assert shown == {
        "direct": {"allocated": 1000, "reserved": 0, "sold": 0},
        "ota": {"allocated": 2000, "reserved": 150, "sold": 0},
    }


def test_every_stock_refusal_has_a_code_of_its_own() -> None:
    kinds: list[type[Refusal]] = [SoldOut, UnknownProduct, BelowCommitted, CheckFailed, StockMoved]
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_no_foreign_key_points_at_the_hot_row() -> None:
    relations = ChannelAllocation.counter.related.related_model._meta.related_objects
    assert list(relations) == []
