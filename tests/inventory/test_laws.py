"""What the database refuses, whoever asks."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from inventory import allocations
from inventory.models import AllocationCounter, AllocationMove, ChannelAllocation, Product
from tests import make
from ticketing.models import OrderMove, ReservationMove, TicketMove

HISTORIES = [AllocationMove, ReservationMove, OrderMove, TicketMove]
COUNTER = "UPDATE inventory_allocationcounter SET"


def run(sql: str, *params: Any) -> None:
    """A statement under the settings of production, with the checks of its commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL gangway.may_truncate = off")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql, params)


@pytest.fixture
def product(db: None) -> Product:
    """10 + 5 units, one ticket of them sold, one held: every history has rows."""
    made = make.product(10, direct=5)
    make.ticket(on=made)
    make.reservation(on=made)
    return made


@pytest.mark.parametrize(
    "change",
    [
        "reserved = reserved + 1",
        "sold = sold - 1",
        "allocated = allocated - 1",
        "version = version + 1",
        "reserved = reserved + 1, version = version + 1",
        "allocated = 0, reserved = 0, sold = 0, version = 0",
        "reserved = reserved",
    ],
)
def test_a_counter_does_not_change_without_its_move(product: Product, change: str) -> None:
    before = make.pool(product)
    with pytest.raises(IntegrityError, match="has no move"):
        run(f"{COUNTER} {change} WHERE allocation_id = %s", make.allocation(product).pk)
    assert make.pool(product) == before


def test_a_counter_does_not_go_back_to_what_it_was(product: Product) -> None:
    allocation = make.allocation(product)
    past = allocation.moves.get(seq=2)
    with pytest.raises(IntegrityError, match="has no move"):
        run(
            f"{COUNTER} version = %s, allocated = %s, reserved = %s, sold = %s"
            " WHERE allocation_id = %s",
            past.seq, past.allocated, past.reserved, past.sold, allocation.pk,
        )  # fmt: skip


def test_the_orm_does_not_change_a_counter_either(product: Product) -> None:
    counter = make.allocation(product).counter
    counter.reserved += 1
    with pytest.raises(TypeError):
        counter.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        AllocationCounter.objects.bulk_update([counter], ["reserved"])
    with pytest.raises(IntegrityError), transaction.atomic():
        AllocationCounter.objects.update(reserved=F("reserved") + 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        counter.delete()


def test_a_counter_begins_at_nothing(product: Product) -> None:
    other = make.product()
    allocation = ChannelAllocation.objects.create(product=other, channel="direct")
    with pytest.raises(IntegrityError, match="has no move"), transaction.atomic():
        AllocationCounter.objects.bulk_create(
            [AllocationCounter(allocation=allocation, allocated=1)]
        )


@pytest.mark.parametrize("verb", ["DELETE FROM", "TRUNCATE"])
def test_a_counter_is_never_removed(product: Product, verb: str) -> None:
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        run(f"{verb} inventory_allocationcounter")


@pytest.mark.parametrize(
    ("change", "law"),
    [("reserved = 99", "never_oversold"), ("sold = -1", "counters_not_negative")],
)
def test_not_even_a_remembered_change_may_oversell(product: Product, change: str, law: str) -> None:
    with pytest.raises(IntegrityError, match=law):
        run(
            f"""
            WITH moved AS ({COUNTER} {change}, version = version + 1 RETURNING *)
            INSERT INTO inventory_allocationmove
              (allocation_id, seq, kind, d_allocated, d_reserved, d_sold, allocated, reserved,
               sold, cause_kind, cause_id, by, request_id, reason, at)
            SELECT allocation_id, version, 'adjust', 0, 0, 0, allocated, reserved, sold,
                   'test', gen_random_uuid(), '', '', '', now() FROM moved
            """
        )


@pytest.mark.parametrize("column", ["product_id", "id"])
def test_a_pool_does_not_move_to_another_product(product: Product, column: str) -> None:
    direct = make.allocation(product, "direct")
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        run(
            f"UPDATE inventory_channelallocation SET {column} = %s WHERE id = %s",
            make.product(0, capacity=99).pk, direct.pk,
        )  # fmt: skip


@pytest.mark.parametrize("history", HISTORIES, ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    "change",
    ["UPDATE {} SET by = 'nobody'", "UPDATE {} SET by = by", "DELETE FROM {}", "TRUNCATE {}"],
)
def test_history_is_never_changed_or_deleted(
    product: Product, history: type[AllocationMove], change: str
) -> None:
    rows = history.objects.count()
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        run(change.format(history._meta.db_table))
    assert history.objects.count() == rows > 0


def test_history_does_not_go_with_what_it_is_about(product: Product) -> None:
    with pytest.raises(DatabaseError):
        run("TRUNCATE inventory_product CASCADE")


@pytest.mark.parametrize("history", HISTORIES, ids=lambda model: model.__name__)
def test_the_orm_does_not_change_history_either(
    product: Product, history: type[AllocationMove]
) -> None:
    move = history.objects.all()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        move.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        move.delete()


def set_up(product: Product, **pools: int) -> None:
    """Make pools, with the checks of a commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        allocations.set_up(product, pools, at=make.now(), by=make.BY)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_pools_never_add_up_to_more_than_the_capacity(db: None) -> None:
    product = make.product(6, capacity=10)
    with pytest.raises(IntegrityError, match="exceed its capacity"):
        set_up(product, direct=5)
    set_up(product, direct=4)
    with pytest.raises(IntegrityError, match="exceed its capacity"):
        run("UPDATE inventory_product SET capacity = 9")
    run("UPDATE inventory_product SET capacity = 10")


def set_up_at_once() -> dict[str, int]:
    """Two pools of 6 at the same moment for a product of 10; both look before one commits."""
    product = make.ProductFactory.create(capacity=10)
    both_were_checked = threading.Barrier(2)

    def enlarge(channel: str) -> None:
        with transaction.atomic():
            set_up(product, **{channel: 6})
            with contextlib.suppress(threading.BrokenBarrierError):
                both_were_checked.wait(timeout=0.3)

    return make.verdicts(make.in_parallel(enlarge, ["ota", "direct"]))


@pytest.mark.django_db(transaction=True)
def test_two_pools_set_up_at_once_do_not_exceed_the_capacity_together() -> None:
    assert set_up_at_once() == {"done": 1, "IntegrityError": 1}


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_two_pools_exceed_the_capacity() -> None:
    with without(" FOR NO KEY UPDATE", "pools_fit_capacity"):
        assert set_up_at_once() == {"done": 2}


@contextlib.contextmanager
def without(text: str, function: str) -> Iterator[None]:
    """A function of the database without a part of its text, and then with it again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [function])
        (whole,) = cursor.fetchone()
        assert text in whole
        cursor.execute(whole.replace(text, ""))
        try:
            yield
        finally:
            cursor.execute(whole)
