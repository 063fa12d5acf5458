"""How races are run: many calls from many threads, and what became of each."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django.db import OperationalError, connection, transaction

from config.api.refusals import Busy
from config.api.retries import with_retries
from inventory.models import Product
from resellers.models import Partner
from tests import make
from ticketing import reservations
from ticketing.models import Reservation

THREADS = 25
Call = Callable[[], object]
Take = Callable[[Product, Partner, int], object]


@transaction.atomic
def reserve(on: Product, of: Partner, quantity: int = 1, **wishes: Any) -> Reservation:
    return reservations.reserve(
        partner=of, product_id=on.pk, quantity=quantity, at=make.now(), by=make.BY, **wishes
    )


def rush(take: Take, on: Product, quantity: int = 1, attempts: int = 8) -> dict[str, int]:
    """200 attempts to take units, from 25 threads at once: how they ended."""
    of = make.partner()
    calls = [partial(take, on, of, quantity)] * attempts
    results = make.in_parallel(one_after_the_other, [calls] * THREADS)
    return make.verdicts(flat(results))


def one_after_the_other(calls: Sequence[Call]) -> list[object]:
    return [outcome(call) for call in calls]


def outcome(call: Call) -> object:
    try:
        return call()
    except Exception as error:  # noqa: BLE001  a result like any other
        return error


def flat(results: Iterable[object]) -> list[object]:
    """The results of all threads; what stopped a thread altogether is one of them."""
    return [each for those in results for each in (those if isinstance(those, list) else [those])]


def insist(call: Call) -> object:
    """A call as an edge makes it, by a partner who obeys Retry-After."""
    while True:
        with contextlib.suppress(Busy):
            return with_retries(call)()


def meeting(parties: int, patience: float = 5) -> Call:
    """A point where the threads of a race wait for each other, but not for ever."""
    barrier = threading.Barrier(parties)

    def meet() -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=patience)

    return meet


def until_somebody_waits(seconds: int = 10) -> None:
    """Return when another session waits for what this one holds."""
    ours = (
        "SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
    )
    end = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(ours)
            if cursor.fetchone() == (True,):
                return
            time.sleep(0.02)
    raise TimeoutError("Nobody came to wait.")


def deadlocks() -> int:
    """How many the database has found, as far as its sessions have told by now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)


def sqlstates(results: Iterable[object]) -> list[str]:
    """The PostgreSQL codes among the results of a race."""
    return [
        getattr(each.__cause__, "sqlstate", "") or ""
        for each in results
        if isinstance(each, OperationalError)
    ]
