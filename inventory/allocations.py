"""Every change of stock: one conditional UPDATE and its history row, in one statement.

`hold`, `sell`, `release`, `expire`, `give_back`, `release_urgently` and `lock` are steps: they run
in the caller's transaction, as its last statements, because they lock the hot counter row.
`set_up` and `reallocate` are doors.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from config.actors import Actor
from config.statements import fetch

from . import giving
from .errors import (
    AlreadyMoved,
    BelowCommitted,
    CheckFailed,
    SoldOut,
    StockMoved,
    UnknownProduct,
)
from .models import AllocationCounter, AllocationMove, ChannelAllocation, Product
from .moves import (
    CEDE,
    GIVE,
    GIVE_BACK,
    HOLD,
    RECEIVE,
    RELEASE,
    SELL,
    SET_UP,
    TAKE,
    Along,
    Cause,
    Shift,
    expire_many,
    shift,
)

MOST_CAPACITY = 2**31 - 1  # what its column holds


class Drift(RuntimeError):
    """The counters contradict what is being returned to them: a bug, never a refusal."""


def hold(
    allocation_id: int,
    units: int,
    *,
    cause: Cause,
    at: datetime,
    by: Actor,
    along: Along | None = None,
) -> None:
    """Set units aside; refused with SoldOut, never clamped.

    What goes `along` is written with it, or not at all.
    """
    if not shift(HOLD, allocation_id, units, cause=cause, at=at, by=by, along=along):
        raise SoldOut(f"Fewer than {units} units are left. Ask for fewer or try again later.")


def sell(allocation_id: int, units: int, *, cause: Cause, at: datetime, by: Actor) -> None:
    """Turn held units into sold ones."""
    _must(shift(SELL, allocation_id, units, cause=cause, at=at, by=by))


def release(allocation_id: int, units: int, *, cause: Cause, at: datetime, by: Actor) -> None:
    """Return held units to the pool."""
    _must(shift(RELEASE, allocation_id, units, cause=cause, at=at, by=by))


def give_back(allocation_id: int, units: int, *, cause: Cause, at: datetime, by: Actor) -> None:
    """Return sold units to the pool."""
    _must(shift(GIVE_BACK, allocation_id, units, cause=cause, at=at, by=by))


def expire(
    allocation_id: int,
    held: Sequence[tuple[uuid.UUID, int]],
    *,
    cause_kind: str,
    at: datetime,
    by: Actor,
) -> None:
    """Return many overdue holds, given as (cause id, units): one statement, a move for each."""
    moved = expire_many(allocation_id, held, cause_kind=cause_kind, at=at, by=by)
    if moved != len(held):
        raise Drift(f"Allocation {allocation_id} could not take back {len(held)} holds.")


def lock(allocation_id: int) -> None:
    """Let nobody else move these counters until the transaction ends."""
    fetch(_LOCK, {"allocation": allocation_id})


@transaction.atomic
def set_up(product: Product, allocated: Mapping[str, int], *, at: datetime, by: Actor) -> None:
    """Give a product its pools, `{"ota": 2000, "direct": 1000}`; existing pools stay."""
    for channel, units in sorted(allocated.items()):
        allocation, is_new = ChannelAllocation.objects.get_or_create(
            product=product, channel=channel
        )
        if is_new:
            AllocationCounter.objects.bulk_create([AllocationCounter(allocation=allocation)])
            cause = Cause("set_up", uuid.uuid4())
            _must(shift(SET_UP, allocation.pk, units, cause=cause, at=at, by=by))


@transaction.atomic
def reallocate(
    *,
    product_id: int,
    source: str,
    target: str,
    units: int,
    demand: int,
    at: datetime,
    by: Actor,
    seen: Mapping[str, int] | None = None,
    move_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Move units between two pools of a product; returns the id both moves carry.

    `demand` is what the target channel is expected to ask for. `seen` holds the counter
    versions a preview showed; the move is refused with StockMoved when they are no longer
    true. Given a `move_id`, the move is made once: AlreadyMoved the second time.
    Raises UnknownProduct, CheckFailed (what `giving` checks), BelowCommitted.
    """
    counters = _lock_counters(product_id)
    if source not in counters or target not in counters or source == target or units < 1:
        raise UnknownProduct(f"Product {product_id} cannot move stock from {source} to {target}.")
    cause = Cause("reallocation", move_id or uuid.uuid4())
    if move_id and AllocationMove.objects.filter(cause_id=move_id, kind=GIVE.kind).exists():
        raise AlreadyMoved("These units have been moved already; nothing more was moved.")
    if seen and {name: counters[name].version for name in seen} != dict(seen):
        raise StockMoved("The stock has changed since the preview. Look at the new numbers.")
    checked = giving.checks(counters[source], counters[target], demand=demand)
    if broken := [str(check) for check in checked if not check.holds]:
        raise CheckFailed(" ".join(broken))
    for channel, way in _ascending(counters, {source: GIVE, target: TAKE}):
        allocation_id = counters[channel].allocation_id
        if not shift(way, allocation_id, units, cause=cause, at=at, by=by):
            raise BelowCommitted(f"{channel} has fewer than {units} units that are still free.")
    return cause.id


def release_urgently(
    product_id: int, units: int, *, source: str, cause: Cause, at: datetime, by: Actor
) -> None:
    """Give the partners' pool units from the direct one or from more capacity, unchecked.

    A step, the last of its transaction. Raises UnknownProduct, BelowCommitted.
    """
    locked = _lock_counters(product_id)
    ways = {"ota": RECEIVE} | ({"direct": CEDE} if source == "direct" else {})
    if not ways.keys() <= locked.keys():
        raise UnknownProduct(f"Product {product_id} does not have the pools for this release.")
    for channel, way in _ascending(locked, ways):
        if not shift(way, locked[channel].allocation_id, units, cause=cause, at=at, by=by):
            raise BelowCommitted(f"{channel} has fewer than {units} units that are still free.")
    if source == "capacity":
        _raise_capacity(product_id, units, at)


def _raise_capacity(product_id: int, units: int, at: datetime) -> None:
    small_enough = Product.objects.filter(pk=product_id, capacity__lte=MOST_CAPACITY - units)
    if not small_enough.update(capacity=F("capacity") + units, updated_at=at):
        raise BelowCommitted(f"The capacity of product {product_id} cannot grow by {units} units.")


def counters(product_id: int) -> dict[str, AllocationCounter]:
    """The counters of a product by channel, as they are now."""
    found = AllocationCounter.objects.filter(allocation__product_id=product_id)
    return {counter.allocation.channel: counter for counter in found.select_related("allocation")}


def _lock_counters(product_id: int) -> dict[str, AllocationCounter]:
    locked = (
        AllocationCounter.objects.filter(allocation__product_id=product_id)
        .select_related("allocation")
        .select_for_update(no_key=True, of=("self",))
        .order_by("allocation_id")
    )
    return {counter.allocation.channel: counter for counter in locked}


def _ascending(
    counters: Mapping[str, AllocationCounter], changes: Mapping[str, Shift]
) -> list[tuple[str, Shift]]:
    return sorted(changes.items(), key=lambda change: counters[change[0]].allocation_id)


def _must(moved: bool) -> None:
    if not moved:
        raise Drift("A counter holds less than is being returned to it.")


_LOCK = """
SELECT FROM inventory_allocationcounter
 WHERE allocation_id = %(allocation)s::bigint FOR NO KEY UPDATE
"""
