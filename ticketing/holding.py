"""Take units out of the partners' pool; where too few are left, lapsed holds are freed first."""

from datetime import datetime

from config.actors import Actor
from inventory import allocations
from inventory.errors import SoldOut
from inventory.models import Channel
from inventory.moves import Along, Cause
from inventory.pricing import Listed

from . import availability, expiring


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
            expiring.make_room(listed.allocation_id, units, at=at)
        else:
            return


def are_free(listed: Listed, units: int) -> bool:
    """Whether that many are free at this moment, lapsed holds counted; promises nothing."""
    free = availability.available(Channel.OTA, [listed.product_id])
    return free.get(listed.product_id, 0) >= units  # it may have been taken from sale meanwhile
