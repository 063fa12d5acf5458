"""32 writers do everything at once; afterwards every unit is accounted for."""

from collections import Counter
from traceback import format_exception

import pytest
from django.db.models import Count, F

from inventory.models import AllocationMove
from tests import make
from tests.ticketing.load import DEEDS, Load
from tests.ticketing.racing import deadlocks
from ticketing import expiring, reconcile
from ticketing.models import Order, PaymentNotice, Reservation, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 32


def everything_at_once(seconds: int) -> Counter[tuple[str, str]]:
    before = deadlocks()
    # Few units are left, so that the pool is sold out again and again.
    product = make.product(15 * seconds, direct=5 * seconds)
    load = Load(product, [make.partner() for _ in range(4)], seconds)

    results = make.in_parallel(load.write, range(WRITERS))

    bugs = ["".join(format_exception(each)) for each in results if isinstance(each, Exception)]
    assert bugs == []
    assert deadlocks() == before
    assert list(reconcile.differences()) == []
    make.lapse(*Reservation.objects.filter(status="active"))
    while expiring.sweep(at=make.now):
        pass
    (ota, reserved, sold), (direct, *_) = make.pool(product), make.pool(product, "direct")
    assert (ota + direct, reserved, sold) == (20 * seconds, 0, Ticket.objects.count())
    assert list(reconcile.differences()) == []
    every_hold_ended_once()
    every_paid_order_has_its_tickets_once()
    came = sum((each for each in results if isinstance(each, Counter)), Counter())
    assert sum(times for (_, how), times in came.items() if how == "busy") <= came.total() / 10
    return came


def every_hold_ended_once() -> None:
    endings = AllocationMove.objects.filter(kind__in=["sell", "release", "expire"])
    twice = endings.values("cause_id").annotate(times=Count("id")).filter(times__gt=1)
    assert list(twice) == []
    assert endings.count() == Reservation.objects.count()


def every_paid_order_has_its_tickets_once() -> None:
    confirmed = Order.objects.filter(status="CONFIRMED").annotate(issued=Count("tickets"))
    assert list(confirmed.exclude(issued=F("quantity"))) == []
    applied = PaymentNotice.objects.filter(outcome="applied")
    assert applied.values("order").distinct().count() == applied.count()


def test_32_writers_leave_no_unit_unaccounted_for() -> None:
    came = everything_at_once(seconds=4)
    done = {deed for deed, how in came if how == "done"}
    assert done >= {"reserve", "activate", "cancel", "sweep", "reallocate"}


@pytest.mark.proof
def test_32_writers_leave_no_unit_unaccounted_for_in_a_minute() -> None:
    came = everything_at_once(seconds=60)
    assert {deed for deed, how in came if how == "done"} == set(DEEDS)
    assert came["reserve", "insufficient_inventory"] > 0
    assert came["activate_at_the_boundary", "reservation_expired"] > 0
