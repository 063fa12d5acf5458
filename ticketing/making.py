"""Thousands of tickets in one statement, their first history rows with them."""

import json
from collections.abc import Sequence
from datetime import datetime

from config.actors import Actor
from config.statements import check_references, fetch

from .models import Batch


def make(batch: Batch, ticket_codes: Sequence[str], *, at: datetime, by: Actor) -> None:
    """Write the tickets of a new batch under these codes, and check all that they refer to."""
    fetch(
        _MAKE,
        {
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
    check_references()


# Ids in the order of time fall on a few pages of each index; random ones touch a page each,
# and after a checkpoint every page touched is written to the log whole.
_MAKE = """
WITH made AS (
  INSERT INTO ticketing_ticket
    (id, code, partner_id, batch_id, allocation_id, product_id, status, customer_type,
     entitlements, generation, qr_kid, created_at)
  SELECT uuidv7(), code, %(partner)s::bigint, %(batch)s::uuid, %(allocation)s::bigint,
         %(product)s::int, 'PRE_GENERATED', '', %(entitlements)s::jsonb, 1, %(kid)s::int,
         %(at)s::timestamptz
    FROM unnest(%(codes)s::text[]) AS code
  RETURNING id)
INSERT INTO ticketing_ticketmove (subject_id, status, was, by, request_id, reason, at)
SELECT id, 'PRE_GENERATED', '', %(by)s::text, %(request_id)s::text, '', %(at)s::timestamptz
  FROM made
"""
