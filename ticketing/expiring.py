"""Overdue holds go back to their pool: a step for a reserve that found none left, and the sweep.

Nothing depends on it having run: an overdue hold already counts as free and as expired
everywhere. It only tidies, a set of statements per allocation however many holds are due.
"""

import uuid
from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import DatabaseError, transaction

from config.actors import Actor
from inventory import allocations

from .models import Order, Reservation

log = structlog.get_logger("ota.reservations")
# One set of statements up to here; ten thousand holds keep their counter locked for half a second.
BATCH = 20_000
ROOM = 200  # holds that are freed at once, though a single unit be wanted
FAILURES = (DatabaseError, allocations.Drift)
SYSTEM = Actor("system:expiry")


def release(allocation_id: int, *, at: datetime, by: Actor = SYSTEM, limit: int = BATCH) -> int:
    """Expire up to `limit` overdue holds of one allocation and void their unpaid orders.

    A step: runs in the caller's transaction. Holds that somebody else is deciding about at
    this moment are left alone. Returns how many expired.
    """
    held = Reservation.objects.lock_overdue(allocation_id, limit)
    if held:
        _expire(allocation_id, held, at=at, by=by)
    return len(held)


def make_room(allocation_id: int, units: int, *, at: datetime, by: Actor) -> None:
    """Return overdue holds to a pool that lacks up to `units`, and keep the pool locked.

    A step. The counter is locked before the holds, so that nobody else takes what is freed; it
    is the last lock of everybody, so after it nobody is waited for. Raises OperationalError
    (55P03), which the edges repeat, while all overdue holds are in other hands, as in a sweep:
    their units are free, so "sold out" would be wrong.
    """
    allocations.lock(allocation_id)
    if not release(allocation_id, at=at, by=by, limit=max(units, ROOM)):
        Reservation.objects.lock_overdue(allocation_id, 1, nowait=True)


def end(reservation: Reservation, *, at: datetime, by: Actor) -> None:
    """Expire one overdue hold that the caller has locked, and void its unpaid order."""
    _expire(reservation.allocation_id, [reservation], at=at, by=by)


def sweep(*, at: Callable[[], datetime], by: Actor = SYSTEM) -> int:
    """Expire every overdue hold there is; returns how many. Safe to repeat and to overlap."""
    due = Reservation.objects.overdue().values_list("allocation_id", flat=True).distinct()
    allocation_ids = sorted(set(due.order_by("allocation_id")))
    return sum(_sweep_allocation(allocation_id, at=at, by=by) for allocation_id in allocation_ids)


def _sweep_allocation(allocation_id: int, *, at: Callable[[], datetime], by: Actor) -> int:
    total = 0
    while True:
        try:
            with transaction.atomic():
                expired = release(allocation_id, at=at(), by=by)
        except FAILURES:
            log.exception("ota.reservations.sweep_failed", allocation_id=allocation_id)
            return total + _one_by_one(allocation_id, at=at(), by=by)
        total += expired
        if expired < BATCH:
            return total


def _one_by_one(allocation_id: int, *, at: datetime, by: Actor) -> int:
    """After a set failed: one transaction for each hold, so that one failure stops nothing."""
    due = Reservation.objects.overdue().filter(allocation_id=allocation_id)
    expired = 0
    for reservation_id in list(due.order_by("id").values_list("id", flat=True)[:BATCH]):
        try:
            with transaction.atomic():
                only = Reservation.objects.filter(pk=reservation_id)
                held = only.lock_overdue(allocation_id, 1)
                _expire(allocation_id, held, at=at, by=by)
                expired += len(held)
        except FAILURES:
            log.exception("ota.reservations.expiry_failed", reservation_id=str(reservation_id))
    return expired


def _expire(allocation_id: int, held: list[Reservation], *, at: datetime, by: Actor) -> None:
    if not held:
        return
    ids = [reservation.id for reservation in held]
    Reservation.move_all(ids, "active", "expired", at=at, by=by, stamp="resolved_at")
    unpaid = _lock_unpaid_orders(ids)
    if unpaid:
        Order.move_all(unpaid, "PENDING_PAYMENT", "EXPIRED", at=at, by=by)
    allocations.expire(
        allocation_id,
        [(reservation.id, reservation.quantity) for reservation in held],
        cause_kind="reservation",
        at=at,
        by=by,
    )
    log.info("ota.reservations.expired", allocation_id=allocation_id, count=len(held))


def _lock_unpaid_orders(reservation_ids: list[uuid.UUID]) -> list[uuid.UUID]:
    unpaid = Order.objects.filter(
        reservation_id__in=reservation_ids, status=Order.Status.PENDING_PAYMENT
    )
    return list(unpaid.order_by("id").select_for_update(no_key=True).values_list("id", flat=True))
