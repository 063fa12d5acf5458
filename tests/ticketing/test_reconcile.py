"""Reconcile finds every drift there can be, and nothing where there is none."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from inventory import allocations
from inventory.models import Product
from tests import make, shop
from ticketing import reconcile
from ticketing.models import Batch, Reservation, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    """A pool that has seen everything: set up, held, sold, cancelled, expired, reallocated."""
    made = make.product(20, direct=10)
    make.order("CONFIRMED", on=made)
    make.order("EXPIRED", on=made)
    for status in ("CONFIRMED", "PENDING_PAYMENT", "CANCELLED", "EXPIRED", "overdue"):
        shop.order(status, on=made)
    for status in ("active", "activated", "cancelled", "expired", "overdue"):
        make.reservation(status, on=made, quantity=2)
    allocations.reallocate(
        product_id=made.pk, source="direct", target="ota", units=5, demand=99,
        at=make.now(), by=make.BY,
    )  # fmt: skip
    return made


@pytest.fixture
def lawless(db: None) -> None:
    """The tables without their triggers and checks, until the test is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("allocationcounter", "allocationmove"):
            cursor.execute(f"ALTER TABLE inventory_{table} DISABLE TRIGGER USER")


def found() -> list[tuple[str, str, object, object]]:
    return [(each.where, each.what, each.counter, each.rows) for each in reconcile.differences()]


def spoil(sql: str, product: Product) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ota": make.allocation(product).pk})


def test_nothing_is_found_where_everything_went_through_the_doors(product: Product) -> None:
    assert make.pool(product) == (25, 4, 3)
    assert found() == []


COUNTER = "UPDATE inventory_allocationcounter SET"
OTA = "WHERE allocation_id = %(ota)s"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            f"{COUNTER} allocated = 26 {OTA}",
            [("allocated = moves", 26, 25), ("no unit beyond the capacity", 0, 1)],
        ),
        (
            f"UPDATE inventory_allocationmove SET kind = 'urgent' {OTA} AND kind = 'reallocate'",
            [("emergency moves = approved releases", 5, 0)],
        ),
        (
            f"{COUNTER} reserved = 3 {OTA}",
            [("reserved = moves", 3, 4), ("reserved = holds + pre-made tickets", 3, 4)],
        ),
        (f"{COUNTER} sold = 2 {OTA}", [("sold = moves", 2, 3), ("sold = tickets", 2, 3)]),
        (f"{COUNTER} version = 99 {OTA}", [("version = number of moves", 99, 14)]),
        (
            f"UPDATE inventory_allocationmove SET reserved = reserved + 1 {OTA} AND seq = 3",
            [("unbroken chain of moves", 0, 2)],
        ),
        (
            f"UPDATE inventory_allocationmove SET seq = 1000 {OTA} AND seq = 14",
            [("unbroken chain of moves", 0, 1)],
        ),
        (
            f"DELETE FROM inventory_allocationmove {OTA} AND seq = 14",
            [("allocated = moves", 25, 20), ("version = number of moves", 14, 13)],
        ),
        (
            f"DELETE FROM inventory_allocationcounter {OTA}",
            [("one counter", 0, 1)],
        ),
    ],
)
@pytest.mark.usefixtures("lawless")
def test_a_counter_or_move_that_was_tampered_with_is_found(
    product: Product, sql: str, expected: list[tuple[str, int, int]]
) -> None:
    spoil(sql, product)
    assert found() == [(f"{product.pk} ota", *each) for each in expected]


def test_a_hold_that_nobody_counted_is_found(product: Product) -> None:
    Reservation.objects.filter(status="active", order=None).update(quantity=3)
    assert found() == [(f"{product.pk} ota", "reserved = holds + pre-made tickets", 4, 6)]


def test_a_hold_in_the_pool_of_the_other_channel_is_found(product: Product) -> None:
    foreign = Reservation.objects.filter(status="cancelled")
    foreign.update(allocation=make.allocation(product, "direct"))
    assert found() == [(f"{product.pk} direct", "no hold of the other channel", 0, 1)]


def test_a_lost_ticket_is_found(product: Product) -> None:
    Ticket.objects.filter(pk=Ticket.objects.all()[0].pk).update(status="CANCELLED")
    assert found() == [(f"{product.pk} ota", "sold = tickets", 3, 2)]


def test_a_batch_that_lacks_a_ticket_is_found(product: Product) -> None:
    batch = make.batch(2, product_id=product.pk)
    assert found() == []
    Batch.objects.filter(pk=batch.pk).update(quantity=3)
    assert found() == [(f"{product.pk} ota", "batches = their tickets", 3, 2)]


def test_the_command_says_each_difference_and_fails(
    product: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("reconcile")
    Ticket.objects.filter(pk=Ticket.objects.all()[0].pk).update(status="CANCELLED")
    capsys.readouterr()

    with pytest.raises(CommandError) as failed:
        call_command("reconcile")

    assert failed.value.returncode == 1
    told = capsys.readouterr().out.splitlines()
    assert told == [f"{product.pk} ota: sold = tickets: counter 3, rows 2"]
