"""Overdue holds go home: R095-R098, C34."""

import contextlib
import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from inventory.models import AllocationMove, Product
from tests import make
from tests.ticketing.overdue import overdue_holds
from ticketing import expiring, reconcile, tasks
from ticketing.models import Reservation

pytestmark = pytest.mark.django_db


def statuses(on: Product) -> list[str]:
    return sorted(Reservation.objects.filter(product_id=on.pk).values_list("status", flat=True))


def sweep() -> int:
    return expiring.sweep(at=make.now)


def test_the_sweep_expires_what_is_overdue_and_nothing_else() -> None:
    product = make.product(20)
    overdue = make.reservation(on=product, quantity=3)
    unpaid = make.place(overdue)
    make.lapse(overdue)
    for status in ("active", "activated", "cancelled"):
        make.reservation(status, on=product)

    assert sweep() == 1

    assert statuses(product) == ["activated", "active", "cancelled", "expired"]
    assert make.pool(product) == (20, 1, 1)
    overdue.refresh_from_db()
    unpaid.refresh_from_db()
    assert (overdue.status, overdue.resolved_at is None) == ("expired", False)
    assert (unpaid.status, [str(move) for move in unpaid.history.all()]) == (
        "EXPIRED", ["PENDING_PAYMENT", "PENDING_PAYMENT → EXPIRED"],
    )  # fmt: skip
    assert [(str(move), move.by) for move in overdue.history.all()] == [
        ("active", "test:maker"),
        ("active → expired", "system:expiry"),
    ]
    move = AllocationMove.objects.get(cause_id=overdue.id, kind="expire")
    assert (move.d_reserved, move.cause_kind, move.by) == (-3, "reservation", "system:expiry")
    assert list(reconcile.differences()) == []


def test_sweeping_again_finds_nothing() -> None:
    make.reservation("overdue")
    assert [tasks.expire_overdue(), tasks.expire_overdue()] == [1, 0]


def test_every_pool_is_swept() -> None:
    products = [make.product() for _ in range(3)]
    for product in products:
        make.reservation("overdue", on=product)
    assert sweep() == 3
    assert [make.pool(product) for product in products] == [(10, 0, 0)] * 3


def test_the_boundary_belongs_to_expiry() -> None:
    held = make.reservation()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ticketing_reservation SET expires_at = clock_timestamp()")
    held.refresh_from_db()
    assert list(Reservation.objects.overdue()) == [held]
    assert sweep() == 1


def test_no_more_than_the_limit_is_released() -> None:
    product = make.product(10)
    overdue_holds(make.partner(), product, 5)
    allocation = make.allocation(product)
    released = [expiring.release(allocation.pk, at=make.now(), limit=2) for _ in range(4)]
    assert released == [2, 2, 1, 0]
    assert make.pool(product) == (10, 0, 0)


# --- Cost ------------------------------------------------------------------------------------


def cost(holds: int) -> int:
    """How many statements a sweep of one pool takes."""
    product = make.product(holds)
    overdue_holds(make.partner(), product, holds)
    swept, statements = make.statements(sweep)
    assert (swept, make.pool(product)) == (holds, (holds, 0, 0))
    return statements


def test_a_thousand_holds_cost_no_more_statements_than_ten() -> None:
    assert cost(1000) == cost(10) <= 10


@pytest.mark.proof
def test_ten_thousand_holds_cost_no_more_statements_than_ten() -> None:
    assert cost(10_000) == cost(10) <= 10
    assert list(reconcile.differences()) == []


# --- What fails does not stop the rest -------------------------------------------------------


@contextlib.contextmanager
def failing(held: Reservation) -> Iterator[None]:
    """A database that cannot write the expiry of one hold."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"""
            CREATE FUNCTION break_one() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'broken for a test'; END $$;
            CREATE TRIGGER break_one BEFORE INSERT ON ticketing_reservationmove FOR EACH ROW
              WHEN (NEW.subject_id = '{held.id}') EXECUTE FUNCTION break_one();
            """
        )
        try:
            yield
        finally:
            cursor.execute("DROP TRIGGER break_one ON ticketing_reservationmove")
            cursor.execute("DROP FUNCTION break_one")


def test_one_hold_that_fails_stops_neither_its_pool_nor_the_others() -> None:
    first, second = make.product(10), make.product(10)
    held = [make.reservation("overdue", on=first) for _ in range(5)]
    make.reservation("overdue", on=second)

    with failing(held[2]):
        assert sweep() == 5

    assert statuses(first) == ["active"] + ["expired"] * 4
    assert (make.pool(first), make.pool(second)) == ((10, 1, 0), (10, 0, 0))
    assert list(reconcile.differences()) == []
    assert sweep() == 1


def test_a_pool_that_drifted_does_not_stop_the_others() -> None:
    drifted, sound = make.product(10), make.product(10)
    uncounted = make.reservation("overdue", on=drifted, quantity=2)
    Reservation.objects.update(quantity=9)  # as no door would
    make.reservation("overdue", on=drifted)
    make.reservation("overdue", on=sound)

    assert sweep() == 2

    assert (make.pool(drifted), make.pool(sound)) == ((10, 2, 0), (10, 0, 0))
    uncounted.refresh_from_db()
    assert uncounted.status == "active"


# --- At once ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_release_every_hold_once() -> None:
    product = make.product(500)
    overdue_holds(make.partner(), product, 500)

    swept = make.in_parallel(lambda _: sweep(), range(6))

    assert sum(swept) == 500  # type: ignore[arg-type]
    assert make.pool(product) == (500, 0, 0)
    assert AllocationMove.objects.filter(kind="expire").count() == 500
    assert list(reconcile.differences()) == []


@contextlib.contextmanager
def deciding(about: Reservation) -> Iterator[None]:
    """Somebody else holds the lock of a reservation and has not made up its mind."""
    locked, done = threading.Event(), threading.Event()

    def decide() -> None:
        with transaction.atomic():
            Reservation.objects.select_for_update(no_key=True).get(pk=about.pk)
            locked.set()
            done.wait(timeout=10)
        connection.close()

    somebody = threading.Thread(target=decide)
    somebody.start()
    assert locked.wait(timeout=10)
    try:
        yield
    finally:
        done.set()
        somebody.join()


@pytest.mark.django_db(transaction=True)
def test_the_sweep_does_not_wait_for_a_hold_in_other_hands() -> None:
    product = make.product(10)
    first, _ = (make.reservation("overdue", on=product) for _ in range(2))

    with deciding(first):
        assert sweep() == 1
    assert sweep() == 1
    assert make.pool(product) == (10, 0, 0)
