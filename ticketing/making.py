"""Thousands of tickets in one statement, their first history rows with them."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from config.actors import Actor
from config.statements import fetch

from .models import Batch


def make(batch: Batch, ticket_codes: Sequence[str], *, at: datetime, by: Actor) -> None:
    """Write the tickets of a new batch under these codes, and check all that they refer to."""
    fetch(
        _MAKE,
        {
            "ids": [uuid.uuid4() for _ in ticket_codes],
            "codes": list(ticket_codes),
            "partner": batch.partner_id,
            "batch": batch.id,
            "allocation": batch.allocation_id,
            "product": batch.product_id,
            "entitlements": json.dumps(batch.entitlements),
            "kid": batch.qr_kid,
            "at": at,
            "by": by.name,
            "request_id": by.request_id,
        },
    )
    # Else the commit would look up every foreign key, while the counter is locked.
    fetch("SET CONSTRAINTS ALL IMMEDIATE", {})


_MAKE = """
WITH made AS (
  INSERT INTO ticketing_ticket
    (id, code, partner_id, batch_id, allocation_id, product_id, status, customer_type,
     entitlements, generation, qr_kid, created_at)
  SELECT id, code, %(partner)s::bigint, %(batch)s::uuid, %(allocation)s::bigint,
         %(product)s::int, 'PRE_GENERATED', '', %(entitlements)s::jsonb, 1, %(kid)s::int,
         %(at)s::timestamptz
    FROM unnest(%(ids)s::uuid[], %(codes)s::text[]) AS ticket(id, code)
  RETURNING id)
INSERT INTO ticketing_ticketmove (subject_id, status, was, by, request_id, reason, at)
SELECT id, 'PRE_GENERATED', '', %(by)s::text, %(request_id)s::text, '', %(at)s::timestamptz
  FROM made
"""
