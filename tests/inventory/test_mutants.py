"""The two statements that move stock, with one thing wrong in each: no mutant goes unnoticed."""

import uuid
from collections.abc import Callable
from functools import cache, partial
from types import ModuleType

import pytest
from django.db import DatabaseError, transaction

from config.errors import Refusal
from inventory import allocations, moves
from inventory.allocations import Drift
from inventory.moves import Cause
from tests import make
from tests.spoilt_sql import spoilt
from ticketing import reconcile

MOVED, REMEMBERED, EXPIRE = (moves, "_MOVED"), (moves, "_REMEMBERED"), (moves, "_EXPIRE")
MUTANTS = [
    (MOVED, "{allocated} >= {reserved}", "{allocated} > {reserved}"),
    (MOVED, "{allocated} >= {reserved}", "{allocated} >= reserved"),
    (MOVED, "{allocated} >= {reserved} + {sold}", "{allocated} >= {reserved}"),
    (MOVED, "SET allocated = {allocated}", "SET allocated = allocated"),
    (MOVED, ", reserved = {reserved}", ""),
    (MOVED, "sold = {sold}", "sold = {reserved}"),
    (MOVED, ", version = version + 1", ""),
    (MOVED, "version = version + 1", "version = version + 2"),
    (MOVED, "     AND {reserved} >= 0\n", ""),
    (MOVED, "     AND {sold} >= 0\n", ""),
    (MOVED, "   WHERE allocation_id = %(allocation)s::bigint\n     AND", "   WHERE"),
    (
        REMEMBERED,
        "       allocated, reserved, sold,",
        "       allocated, sold, reserved,",
    ),
    (REMEMBERED, "{d_reserved}, {d_sold}", "{d_sold}, {d_reserved}"),
    (REMEMBERED, "{d_allocated}", "{d_sold}"),
    (EXPIRE, "SET reserved = reserved - ", "SET reserved = reserved + "),
    (
        EXPIRE,
        "SET reserved = reserved - (SELECT sum(units)",
        "SET reserved = reserved - (SELECT count(*)",
    ),
    (
        EXPIRE,
        "version = version + (SELECT count(*) FROM due)",
        "version = version + 1",
    ),
    (EXPIRE, "     AND reserved >= (SELECT sum(units) FROM due)\n", ""),
    (
        EXPIRE,
        "   WHERE allocation_id = %(allocation)s::bigint\n     AND",
        "   WHERE",
    ),
    (EXPIRE, " + place, 'expire'", " + 1, 'expire'"),
    (EXPIRE, "0, -units, 0,", "0, units, 0,"),
    (EXPIRE, " - so_far", ""),
]


def returned(pool: int, *units: int) -> None:
    causes = sorted(uuid.uuid4() for _ in units)
    held = list(zip(causes, units, strict=True))
    allocations.expire(pool, held, cause_kind="reservation", at=make.now(), by=make.BY)


def step(name: str, pool: int, units: int) -> None:
    cause = Cause("reservation", uuid.uuid4())
    getattr(allocations, name)(pool, units, cause=cause, at=make.now(), by=make.BY)


def story() -> list[object]:
    """A bit of everything, up to the edge of what is allowed and over it: what came of each."""
    product, stranger = make.product(10, direct=3), make.product(10)
    pool = make.allocation(product).pk
    step("hold", make.allocation(stranger).pk, 9)
    acts: list[Callable[[], object]] = [
        *(partial(step, name, pool, units) for name, units in STEPS),
        partial(returned, pool, 1, 2),
        partial(returned, pool, 9),
        partial(reallocate, product.pk, "ota", "direct"),
        partial(reallocate, product.pk, "direct", "ota"),
    ]
    told: list[object] = []
    for act in acts:
        told.append(end(act))
        told.append((make.pool(product), make.pool(product, "direct"), make.pool(stranger)))
    differences = reconcile.differences()
    return [*told, *((each.what, each.counter, each.rows) for each in differences)]


STEPS = [
    ("hold", 6), ("hold", 5), ("hold", 4), ("hold", 1), ("sell", 3), ("sell", 8),
    ("release", 2), ("release", 6), ("give_back", 1), ("give_back", 3), ("hold", 3), ("hold", 2),
]  # fmt: skip


def reallocate(product_id: int, source: str, target: str) -> None:
    allocations.reallocate(
        product_id=product_id, source=source, target=target, units=2, demand=99,
        at=make.now(), by=make.BY,
    )  # fmt: skip


def end(act: Callable[[], object]) -> str:
    try:
        with transaction.atomic():
            act()
    except (Refusal, Drift, DatabaseError) as error:
        return type(error).__name__
    return "done"


@pytest.mark.django_db
@pytest.mark.parametrize(("statement", "right", "wrong"), MUTANTS)
def test_a_mutant_is_noticed(statement: tuple[ModuleType, str], right: str, wrong: str) -> None:
    told = told_rightly()
    with spoilt(statement, right, wrong):
        assert once_more(story) != told


@cache
def told_rightly() -> object:
    return once_more(story)


@pytest.mark.django_db
def test_without_a_mutant_it_is_always_the_same_story() -> None:
    assert once_more(story) == told_rightly()


def once_more(tell: Callable[[], object]) -> object:
    """What is told, or the bug that cut it short; the tables are as they were before."""
    with transaction.atomic():
        try:
            return tell()
        except (Drift, DatabaseError, Refusal) as bug:
            return bug
        finally:
            transaction.set_rollback(True)
