"""Take units out of a pool and put them back.

Where too few are left, lapsed holds are freed first.
"""

from datetime import datetime

from config.actors import Actor
from inventory import allocations
from inventory.errors import SoldOut
from inventory.moves import Along, Cause
from inventory.pricing import Listed

from . import availability, expiring
from .models import Order, Reservation


def hold(
    listed: Listed,
    units: int,
    *,
    cause: Cause,
    at: datetime,
    by: Actor,
    along: Along | None = None,
) -> None:
    """Set units aside, as the last step of a transaction; raises SoldOut.

    This ends: once the pool is locked, each round frees a hold or finds out how it stands.
    """
    while True:
        try:
            allocations.hold(listed.allocation_id, units, cause=cause, at=at, by=by, along=along)
        except SoldOut:
            if not are_free(listed, units):
                raise
            freeing = expiring.SYSTEM.within(by.request_id)
            expiring.make_room(listed.allocation_id, units, at=at, by=freeing)
        else:
            return


def let_go(reservation: Reservation, order: Order | None, *, at: datetime, by: Actor) -> None:
    """Give the units of a locked, active reservation back, and void its locked, unpaid order."""
    reservation.move_to(Reservation.Status.CANCELLED, at=at, by=by, resolved_at=at)
    if order:
        order.move_to(Order.Status.CANCELLED, at=at, by=by)
    cause = Cause("reservation", reservation.id)
    allocations.release(reservation.allocation_id, reservation.quantity, cause=cause, at=at, by=by)


def are_free(listed: Listed, units: int) -> bool:
    """Whether that many are free at this moment, lapsed holds counted; promises nothing."""
    free = availability.available(listed.channel, [listed.product_id])
    return free.get(listed.product_id, 0) >= units  # it may have been taken from sale meanwhile
