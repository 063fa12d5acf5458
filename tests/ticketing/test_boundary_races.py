"""Races about one hold: sold, cancelled or lapsed, exactly once; and about what lapses."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction

from inventory.models import AllocationMove
from tests import make
from tests.ticketing.overdue import overdue_holds
from tests.ticketing.racing import (
    Call,
    deadlocks,
    flat,
    insist,
    meeting,
    one_after_the_other,
    outcome,
    reserve,
    sqlstates,
)
from ticketing import expiring, reconcile
from ticketing.models import Reservation
from ticketing.models.reservations import ReservationQuerySet

pytestmark = pytest.mark.django_db(transaction=True)
ENDINGS = {"activated": "sell", "cancelled": "release", "expired": "expire"}


def each_ended_once(held: list[Reservation]) -> dict[str, int]:
    """How many ended in which way; every one in one way only, in both histories."""
    ended: dict[str, int] = {}
    for each in held:
        each.refresh_from_db()
        assert [str(move) for move in each.history.all()] == ["active", f"active → {each.status}"]
        kinds = AllocationMove.objects.filter(cause_id=each.id).order_by("seq")
        assert [move.kind for move in kinds] == ["hold", ENDINGS[each.status]]
        ended[each.status] = ended.get(each.status, 0) + 1
    assert list(reconcile.differences()) == []
    return ended


# --- Sold, cancelled or lapsed ---------------------------------------------------------------


def boundary(rounds: int) -> dict[str, int]:
    """Holds that lapse one after the other while somebody activates, cancels and sweeps each."""
    product, partner = make.product(rounds), make.partner()
    held = [make.reservation(of=partner, on=product) for _ in range(rounds)]
    begin = make.now() + timedelta(milliseconds=300)
    lapsing = [begin + timedelta(milliseconds=20 * n) for n in range(rounds)]
    for each, moment in zip(held, lapsing, strict=True):
        Reservation.objects.filter(pk=each.pk).update(expires_at=moment)

    def walk(act: Callable[[Reservation], object], seed: int) -> list[object]:
        chance = Random(seed)
        results = []
        for each, moment in zip(held, lapsing, strict=True):
            wait_until(moment + timedelta(milliseconds=chance.uniform(-60, 15)))
            results.append(outcome(partial(act, each)))
        return results

    acts: list[Callable[[Reservation], object]] = [
        make.activate, make.activate, make.cancel, sweep, sweep,
    ]  # fmt: skip
    results = make.in_parallel(lambda n: walk(acts[n], n), range(len(acts)))
    wait_until(lapsing[-1] + timedelta(milliseconds=1))
    sweep()

    assert set(make.verdicts(flat(results))) <= {
        "done", "reservation_expired", "reservation_cancelled", "reservation_already_activated",
    }  # fmt: skip
    return each_ended_once(held)


def sweep(_: object = None) -> int:
    return expiring.sweep(at=make.now)


def wait_until(moment: datetime) -> None:
    time.sleep(max((moment - make.now()).total_seconds(), 0))


def test_at_the_boundary_exactly_one_of_activate_cancel_and_expiry_wins() -> None:
    before = deadlocks()
    ended = boundary(40)
    assert sum(ended.values()) == 40
    assert deadlocks() == before


@pytest.mark.proof
def test_at_the_boundary_exactly_one_wins_five_thousand_times() -> None:
    ended = [boundary(500) for _ in range(10)]
    assert sum(sum(each.values()) for each in ended) == 5000
    assert {how for each in ended for how in each} == set(ENDINGS)


def activated_and_cancelled(held: Reservation) -> list[str]:
    calls: list[Call] = [partial(make.activate, held), partial(make.cancel, held)]
    return sorted(make.verdicts(make.in_parallel(outcome, calls)))


@pytest.mark.parametrize("attempt", range(5))
def test_activating_and_cancelling_at_once_is_one_or_the_other(attempt: int) -> None:
    product = make.product(10)
    make.reservation(on=product, quantity=5)
    held = make.reservation(on=product, quantity=2)
    assert activated_and_cancelled(held) in (
        ["done", "reservation_already_activated"],
        ["done", "reservation_cancelled"],
    )
    each_ended_once([held])


def test_control_without_the_lock_of_the_reservation_both_happen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meet = meeting(2)

    def unlocked(self: ReservationQuerySet, *, partner: Any, reservation_id: Any) -> Reservation:
        found = self.get(partner=partner, id=reservation_id)
        meet()
        return found

    monkeypatch.setattr(ReservationQuerySet, "lock", unlocked)
    product = make.product(10)
    make.reservation(on=product, quantity=5)
    held = make.reservation(on=product, quantity=2)

    assert activated_and_cancelled(held) == ["done"]

    assert make.pool(product) == (10, 3, 2)
    assert [each.what for each in reconcile.differences()] != []


def test_ten_activations_at_once_sell_once() -> None:
    product = make.product(10)
    held = make.reservation(on=product, quantity=3)
    results = make.in_parallel(lambda _: make.activate(held), range(10))
    assert make.verdicts(results) == {"done": 1, "reservation_already_activated": 9}
    assert make.pool(product) == (10, 0, 3)
    each_ended_once([held])


def test_ten_orders_at_once_on_a_reservation_are_one() -> None:
    held = make.reservation()
    results = make.in_parallel(lambda _: make.place(held), range(10))
    assert make.verdicts(results) == {"done": 1, "reservation_has_order": 9}


# --- What has lapsed -------------------------------------------------------------------------


@pytest.mark.parametrize(("holds", "units"), [(10, 1), (1, 10), (4, 5)])
def test_lapsed_units_are_sold_again_to_exactly_as_many(holds: int, units: int) -> None:
    product, partner = make.product(holds * units), make.partner()
    for _ in range(holds):
        make.reservation(of=partner, on=product, quantity=units)
    make.lapse(*Reservation.objects.all())
    threads = holds * units + 10

    results = make.in_parallel(lambda _: reserve(product, partner), range(threads))

    assert make.verdicts(results) == {"done": holds * units, "insufficient_inventory": 10}
    assert make.pool(product) == (holds * units, holds * units, 0)
    assert list(reconcile.differences()) == []


def test_lapsed_units_are_sold_again_while_the_sweep_is_at_them() -> None:
    product, partner = make.product(200), make.partner()
    overdue_holds(partner, product, 200)
    take: list[Call] = [partial(insist, partial(reserve, product, partner, 10))] * 2
    calls: list[list[Call]] = [take] * 12 + [[sweep, sweep]] * 4

    results = flat(make.in_parallel(one_after_the_other, calls))

    made = [each for each in results if isinstance(each, Reservation)]
    refused = [each for each in results if isinstance(each, Exception)]
    assert len(made) == 20
    assert make.verdicts(refused) == {"insufficient_inventory": 4}
    assert make.pool(product) == (200, 200, 0)
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


def test_who_wants_units_that_somebody_is_just_freeing_is_asked_to_come_again() -> None:
    product, partner = make.product(5), make.partner()
    lapsed = make.reservation("overdue", of=partner, on=product, quantity=5)

    with deciding(lapsed):
        result = outcome(lambda: reserve(product, partner, 1))
        assert sqlstates([result]) == ["55P03"]  # what the edges repeat, and answer with 503
    assert make.verdicts([outcome(lambda: reserve(product, partner, 1))]) == {"done": 1}


def test_who_wants_more_than_will_be_freed_is_told_so_at_once() -> None:
    product, partner = make.product(5), make.partner()
    lapsed = make.reservation("overdue", of=partner, on=product, quantity=5)
    with deciding(lapsed):
        result = outcome(lambda: reserve(product, partner, 6))
    assert make.verdicts([result]) == {"insufficient_inventory": 1}
