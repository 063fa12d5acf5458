"""The two statements in which a counter moves: a conditional UPDATE and its history, in one.

`shift` moves once, for one cause; `expire_many` returns many overdue holds at a time.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from config.actors import Actor
from config.statements import fetch, fetch_one

from .models import AllocationMove

Kind = AllocationMove.Kind


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


@dataclass(frozen=True, slots=True)
class Shift:
    """What a kind of move does to each count of a pool: up (1), down (-1), or nothing."""

    kind: Kind
    allocated: int = 0
    reserved: int = 0
    sold: int = 0


HOLD = Shift(Kind.HOLD, reserved=1)
SELL = Shift(Kind.SELL, reserved=-1, sold=1)
RELEASE = Shift(Kind.RELEASE, reserved=-1)
GIVE_BACK = Shift(Kind.GIVE_BACK, sold=-1)
SET_UP = Shift(Kind.SET_UP, allocated=1)
GIVE, TAKE = Shift(Kind.REALLOCATE, allocated=-1), Shift(Kind.REALLOCATE, allocated=1)
CEDE, RECEIVE = Shift(Kind.URGENT, allocated=-1), Shift(Kind.URGENT, allocated=1)


def shift(
    way: Shift,
    allocation_id: int,
    units: int,
    *,
    cause: Cause,
    at: datetime,
    by: Actor,
    along: Along | None = None,
) -> bool:
    """The primitive: move the counters and remember it, or do nothing and return False."""
    values = {
        "allocation": allocation_id,
        "units": units,
        "cause_kind": cause.kind,
        "cause": cause.id,
        **_signature(at, by),
        **(along.params if along else {}),
    }
    return fetch_one(_statement(way, along.sql if along else ""), values) is not None


def expire_many(
    allocation_id: int,
    held: Sequence[tuple[uuid.UUID, int]],
    *,
    cause_kind: str,
    at: datetime,
    by: Actor,
) -> int:
    """Return many overdue holds, given as (cause id, units); how many moves: all of them or 0."""
    values = {
        "allocation": allocation_id,
        "causes": [cause for cause, _ in held],
        "units": [units for _, units in held],
        "cause_kind": cause_kind,
        **_signature(at, by),
    }
    return len(fetch(_EXPIRE, values))


def _signature(at: datetime, by: Actor) -> dict[str, object]:
    """When, who, in which request and why: what every move remembers."""
    return {"at": at, "by": by.name, "request_id": by.request_id, "reason": by.reason}


@cache
def _statement(way: Shift, along: str) -> str:
    ways = {"allocated": way.allocated, "reserved": way.reserved, "sold": way.sold}
    words = {name: name + CHANGED[way] for name, way in ways.items()}
    words |= {f"d_{name}": CHANGE[way] for name, way in ways.items()}
    moved = _MOVED.format(**words)
    remembered = _REMEMBERED.format(kind=way.kind.value, **words)
    if not along:
        return f"{moved} {remembered}"
    return f"{moved}, held AS ({remembered}), {along} RETURNING true"


CHANGED = {1: " + %(units)s::bigint", -1: " - %(units)s::bigint", 0: ""}
CHANGE = {1: "%(units)s::bigint", -1: "-%(units)s::bigint", 0: "0"}

_INSERT_MOVES = """
INSERT INTO inventory_allocationmove
  (allocation_id, seq, kind, d_allocated, d_reserved, d_sold, allocated, reserved, sold,
   cause_kind, cause_id, by, request_id, reason, at)"""

# The condition stands on the row's own columns: after a lock wait PostgreSQL looks at it again
# with the new values, so nobody can be faster. A refusal locks nothing, unless it had to wait:
# then PostgreSQL keeps the row locked until the transaction ends, though no row was moved.
_MOVED = """
WITH moved AS (
  UPDATE inventory_allocationcounter
     SET allocated = {allocated}, reserved = {reserved}, sold = {sold}, version = version + 1
   WHERE allocation_id = %(allocation)s::bigint
     AND {allocated} >= {reserved} + {sold}
     AND {reserved} >= 0
     AND {sold} >= 0
  RETURNING version, allocated, reserved, sold)"""
_REMEMBERED = (
    _INSERT_MOVES
    + """
SELECT %(allocation)s::bigint, version, '{kind}', {d_allocated}, {d_reserved}, {d_sold},
       allocated, reserved, sold, %(cause_kind)s::text, %(cause)s::uuid,
       %(by)s::text, %(request_id)s::text, %(reason)s::text, %(at)s::timestamptz
  FROM moved
RETURNING seq"""
)

_EXPIRE = f"""
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
  RETURNING version, allocated, reserved, sold){_INSERT_MOVES}
SELECT %(allocation)s::bigint, version - (SELECT count(*) FROM due) + place, 'expire',
       0, -units, 0, allocated, reserved + (SELECT sum(units) FROM due) - so_far, sold,
       %(cause_kind)s::text, cause, %(by)s::text, %(request_id)s::text, %(reason)s::text,
       %(at)s::timestamptz
  FROM moved, due
RETURNING seq
"""  # noqa: S608  joined of what stands here
