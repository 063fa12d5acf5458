"""Thousands of lapsed holds at once, as legal as if each had been reserved."""

import uuid

from config.statements import fetch
from inventory.models import Product
from resellers.models import Partner


def overdue_holds(of: Partner, on: Product, count: int) -> None:
    """Many lapsed holds of one unit, each with all its history rows, in three statements."""
    params = {
        "allocation": on.allocations.get(channel="ota").pk,
        "partner": of.pk,
        "product": on.pk,
        "ids": [uuid.uuid4() for _ in range(count)],
    }
    for statement in (_HOLDS, _THEIR_HISTORY, _THEIR_MOVES):
        fetch(statement, params)


_HOLDS = """
INSERT INTO ticketing_reservation
  (id, partner_id, allocation_id, product_id, quantity, status, pricing_snapshot, expires_at,
   created_at)
SELECT id, %(partner)s, %(allocation)s, %(product)s, 1, 'active', '{}', now() - interval '1 s',
       now() - interval '1 day'
  FROM unnest(%(ids)s::uuid[]) AS id
"""
_THEIR_HISTORY = """
INSERT INTO ticketing_reservationmove (subject_id, status, was, by, request_id, reason, at)
SELECT id, 'active', '', 'test:maker', '', '', now() FROM unnest(%(ids)s::uuid[]) AS id
"""
_THEIR_MOVES = """
WITH moved AS (
  UPDATE inventory_allocationcounter
     SET reserved = reserved + cardinality(%(ids)s::uuid[]),
         version = version + cardinality(%(ids)s::uuid[])
   WHERE allocation_id = %(allocation)s RETURNING *)
INSERT INTO inventory_allocationmove
  (allocation_id, seq, kind, d_allocated, d_reserved, d_sold, allocated, reserved, sold,
   cause_kind, cause_id, by, request_id, reason, at)
SELECT moved.allocation_id, version - cardinality(%(ids)s::uuid[]) + place, 'hold', 0, 1, 0,
       allocated, reserved - cardinality(%(ids)s::uuid[]) + place, sold,
       'reservation', id, 'test:maker', '', '', now()
  FROM moved, unnest(%(ids)s::uuid[]) WITH ORDINALITY AS held(id, place)
"""
