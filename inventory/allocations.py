"""Every change of stock: one conditional UPDATE and its history row, in one statement.

`hold`, `sell`, `release`, `expire`, `give_back` and `lock` are steps: they run in the caller's
transaction, as its last statements, because they lock the hot counter row.
`set_up` and `reallocate` are doors.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from config.actors import Actor
from config.statements import Row, fetch, fetch_one

from .errors import BelowCommitted, CheckFailed, SoldOut, StockMoved, UnknownProduct
from .models import AllocationCounter, AllocationMove, ChannelAllocation, Product

Kind = AllocationMove.Kind
HIGHEST_GIVING_UTILISATION = 0.70  # R029: a direct pool used this far gives nothing away


@dataclass(frozen=True, slots=True)
class Cause:
    """What a move is for: the kind and the uuid of something that lives above."""

    kind: str
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Along:
    """What a hold is for, written in its statement: one more journey to PostgreSQL is saved.

    `sql` is a row of WITH queries, the last of them an INSERT; it reads `FROM held`, which has
    one row when the units were there and none otherwise. Its parameters have names of their own.
    """

    sql: str
    params: Mapping[str, object]


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
    if not _shift(allocation_id, Kind.HOLD, cause, at, by, reserved=units, along=along):
        raise SoldOut(f"Fewer than {units} units are left. Ask for fewer or try again later.")


def sell(allocation_id: int, units: int, *, cause: Cause, at: datetime, by: Actor) -> None:
    """Turn held units into sold ones."""
    _must(_shift(allocation_id, Kind.SELL, cause, at, by, reserved=-units, sold=units))


def release(allocation_id: int, units: int, *, cause: Cause, at: datetime, by: Actor) -> None:
    """Return held units to the pool."""
    _must(_shift(allocation_id, Kind.RELEASE, cause, at, by, reserved=-units))


def give_back(allocation_id: int, units: int, *, cause: Cause, at: datetime, by: Actor) -> None:
    """Return sold units to the pool."""
    _must(_shift(allocation_id, Kind.GIVE_BACK, cause, at, by, sold=-units))


def expire(
    allocation_id: int,
    held: Sequence[tuple[uuid.UUID, int]],
    *,
    cause_kind: str,
    at: datetime,
    by: Actor,
) -> None:
    """Return many overdue holds, given as (cause id, units): one statement, a move for each."""
    moved = fetch(
        _EXPIRE,
        {
            "allocation": allocation_id,
            "causes": [cause for cause, _ in held],
            "units": [units for _, units in held],
            "cause_kind": cause_kind,
            **_signature(at, by),
        },
    )
    if len(moved) != len(held):
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
            _must(_shift(allocation.pk, Kind.SET_UP, cause, at, by, allocated=units))


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
) -> uuid.UUID:
    """Move units between two pools of a product; returns the id both moves carry.

    `demand` is what the target channel is expected to ask for. `seen` holds the counter
    versions a preview showed; the move is refused with StockMoved when they are no longer
    true. Raises UnknownProduct, CheckFailed (the checks of `concerns`), BelowCommitted.
    """
    counters = _lock_counters(product_id)
    if source not in counters or target not in counters or source == target or units < 1:
        raise UnknownProduct(f"Product {product_id} cannot move stock from {source} to {target}.")
    if seen and {name: counters[name].version for name in seen} != dict(seen):
        raise StockMoved("The stock has changed since the preview. Look at the new numbers.")
    if broken := concerns(counters[source], counters[target], demand=demand):
        raise CheckFailed(" ".join(broken))
    cause = Cause("reallocation", uuid.uuid4())
    for channel, change in _ascending(counters, {source: -units, target: units}):
        allocation_id = counters[channel].allocation_id
        if not _shift(allocation_id, Kind.REALLOCATE, cause, at, by, allocated=change):
            raise BelowCommitted(f"{channel} has fewer than {units} units that are still free.")
    return cause.id


def concerns(source: AllocationCounter, target: AllocationCounter, *, demand: int) -> list[str]:
    """Why units of the direct pool should stay where they are (R029, R030); [] if nothing."""
    if source.allocation.channel != "direct":
        return []
    committed, available = source.reserved + source.sold, _available(target)
    found = []
    if committed >= source.allocated * HIGHEST_GIVING_UTILISATION:
        found.append(f"Direct sales already use {committed} of {source.allocated} units.")
    if demand <= available:
        found.append(f"The expected demand of {demand} is covered by {available} free units.")
    return found


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
    counters: Mapping[str, AllocationCounter], changes: Mapping[str, int]
) -> list[tuple[str, int]]:
    return sorted(changes.items(), key=lambda change: counters[change[0]].allocation_id)


def _available(counter: AllocationCounter) -> int:
    return counter.allocated - counter.reserved - counter.sold


def _must(moved: Row | None) -> None:
    if moved is None:
        raise Drift("A counter holds less than is being returned to it.")


def _shift(
    allocation_id: int,
    kind: Kind,
    cause: Cause,
    at: datetime,
    by: Actor,
    *,
    allocated: int = 0,
    reserved: int = 0,
    sold: int = 0,
    along: Along | None = None,
) -> Row | None:
    """The primitive: move the counters and remember it, or do nothing and return None."""
    return fetch_one(
        _shifting(along),
        {
            **(along.params if along else {}),
            "allocation": allocation_id,
            "kind": kind.value,
            "d_allocated": allocated,
            "d_reserved": reserved,
            "d_sold": sold,
            "cause_kind": cause.kind,
            "cause": cause.id,
            **_signature(at, by),
        },
    )


def _shifting(along: Along | None) -> str:
    if along is None:
        return _SHIFT + _HELD
    return f"{_SHIFT},{along.sql} RETURNING true"


def _signature(at: datetime, by: Actor) -> dict[str, object]:
    return {"at": at, "by": by.name, "request_id": by.request_id, "reason": by.reason}


# The condition stands on the row's own columns: after a lock wait PostgreSQL looks at it again
# with the new values, so nobody can be faster. A refusal locks nothing, unless it had to wait:
# then PostgreSQL keeps the row locked until the transaction ends, though no row was moved.
_SHIFT = """
WITH moved AS (
  UPDATE inventory_allocationcounter
     SET allocated = allocated + %(d_allocated)s::bigint,
         reserved = reserved + %(d_reserved)s::bigint,
         sold = sold + %(d_sold)s::bigint,
         version = version + 1
   WHERE allocation_id = %(allocation)s::bigint
     AND allocated + %(d_allocated)s::bigint
         >= reserved + %(d_reserved)s::bigint + sold + %(d_sold)s::bigint
     AND reserved + %(d_reserved)s::bigint >= 0
     AND sold + %(d_sold)s::bigint >= 0
  RETURNING version, allocated, reserved, sold),
held AS (
  INSERT INTO inventory_allocationmove
    (allocation_id, seq, kind, d_allocated, d_reserved, d_sold, allocated, reserved, sold,
     cause_kind, cause_id, by, request_id, reason, at)
  SELECT %(allocation)s::bigint, version, %(kind)s::text,
         %(d_allocated)s::bigint, %(d_reserved)s::bigint, %(d_sold)s::bigint,
         allocated, reserved, sold, %(cause_kind)s::text, %(cause)s::uuid,
         %(by)s::text, %(request_id)s::text, %(reason)s::text, %(at)s::timestamptz
    FROM moved
  RETURNING seq)"""
_HELD = " SELECT true FROM held"

_LOCK = """
SELECT FROM inventory_allocationcounter
 WHERE allocation_id = %(allocation)s::bigint FOR NO KEY UPDATE
"""

_EXPIRE = """
WITH due AS (
  SELECT cause, units, row_number() OVER (ORDER BY cause) AS place,
         sum(units) OVER (ORDER BY cause) AS so_far
    FROM unnest(%(causes)s::uuid[], %(units)s::bigint[]) AS held(cause, units)),
moved AS (
  UPDATE inventory_allocationcounter
     SET reserved = reserved - (SELECT sum(units) FROM due),
         version = version + (SELECT count(*) FROM due)
   WHERE allocation_id = %(allocation)s::bigint
     AND reserved >= (SELECT sum(units) FROM due)
  RETURNING version, allocated, reserved, sold)
INSERT INTO inventory_allocationmove
  (allocation_id, seq, kind, d_allocated, d_reserved, d_sold, allocated, reserved, sold,
   cause_kind, cause_id, by, request_id, reason, at)
SELECT %(allocation)s::bigint, version - (SELECT count(*) FROM due) + place, 'expire',
       0, -units, 0, allocated, reserved + (SELECT sum(units) FROM due) - so_far, sold,
       %(cause_kind)s::text, cause, %(by)s::text, %(request_id)s::text, %(reason)s::text,
       %(at)s::timestamptz
  FROM moved, due
RETURNING seq
"""
