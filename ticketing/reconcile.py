"""Proof that the books say what happened: counters = Σ moves = reservations + tickets.

And that what tickets still admit to is what gates left of them: uses = redemptions = scans.
And that entries = statements + what is open (`balancing`).
The stock of an allocation is looked at in one statement, its uses in another, money in a third,
each in one short snapshot; nothing is repaired, for a silent repair would hide the bug.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from inventory.models import ChannelAllocation

from . import balancing


@dataclass(frozen=True, slots=True)
class Difference:
    """One equality that does not hold: what the counter says, and what the rows add up to."""

    where: str
    what: str
    counter: object
    rows: object

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: counter {self.counter}, rows {self.rows}"


def differences() -> Iterator[Difference]:
    """Every equality that does not hold: of each allocation, then of money; none means no drift."""
    for allocation in ChannelAllocation.objects.order_by("pk"):
        for what, counter, rows in _facts(allocation.pk):
            if counter != rows:
                yield Difference(str(allocation), what, counter, rows)
    for account, what, said, found in balancing.unequal():
        yield Difference(account, what, said, found)


@transaction.atomic
def _facts(allocation_id: int) -> list[tuple[str, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute(_STOCK, {"allocation": allocation_id})
        stock = cursor.fetchall()
        cursor.execute(_USES, {"allocation": allocation_id})
        return stock + cursor.fetchall()


_STOCK = """
WITH counter AS (
  SELECT * FROM inventory_allocationcounter WHERE allocation_id = %(allocation)s),
moves AS (
  SELECT coalesce(sum(d_allocated), 0) AS allocated, coalesce(sum(d_reserved), 0) AS reserved,
         coalesce(sum(d_sold), 0) AS sold, count(*) AS number,
         coalesce(sum(d_allocated) FILTER (WHERE kind = 'urgent'), 0) AS urgent
    FROM inventory_allocationmove WHERE allocation_id = %(allocation)s),
chain AS (
  SELECT count(*) FILTER (WHERE allocated <> before_allocated + d_allocated
                             OR reserved <> before_reserved + d_reserved
                             OR sold <> before_sold + d_sold
                             OR seq <> before_seq + 1) AS breaks
    FROM (SELECT *, lag(allocated, 1, 0::bigint) OVER w AS before_allocated,
                 lag(reserved, 1, 0::bigint) OVER w AS before_reserved,
                 lag(sold, 1, 0::bigint) OVER w AS before_sold,
                 lag(seq, 1, 0::bigint) OVER w AS before_seq
            FROM inventory_allocationmove WHERE allocation_id = %(allocation)s
          WINDOW w AS (ORDER BY seq)) AS moves),
held AS (
  SELECT coalesce(sum(quantity), 0) AS units FROM ticketing_reservation
   WHERE allocation_id = %(allocation)s AND status = 'active'),
tickets AS (
  SELECT count(*) FILTER (WHERE status = 'PRE_GENERATED') AS waiting,
         count(*) FILTER (WHERE activated_at IS NOT NULL AND status <> 'CANCELLED') AS sold,
         count(*) FILTER (WHERE batch_id IS NOT NULL) AS premade
    FROM ticketing_ticket WHERE allocation_id = %(allocation)s),
batches AS (
  SELECT coalesce(sum(quantity), 0) AS quantity FROM ticketing_batch
   WHERE allocation_id = %(allocation)s),
releases AS (
  SELECT coalesce(sum(CASE WHEN a.channel = 'ota' THEN r.units
                           WHEN r.source = 'direct' THEN -r.units ELSE 0 END), 0) AS units
    FROM inventory_urgentrelease r JOIN inventory_channelallocation a USING (product_id)
   WHERE a.id = %(allocation)s AND r.status = 'approved'),
pools AS (
  SELECT greatest(sum(c.allocated) - min(p.capacity), 0) AS beyond
    FROM inventory_channelallocation this
    JOIN inventory_product p ON p.id = this.product_id
    JOIN inventory_channelallocation a ON a.product_id = p.id
    JOIN inventory_allocationcounter c ON c.allocation_id = a.id
   WHERE this.id = %(allocation)s AND this.channel = 'ota'),  -- once for each product
strangers AS (
  SELECT count(*) AS rows FROM ticketing_reservation r
    JOIN inventory_channelallocation a ON a.id = r.allocation_id
   WHERE r.allocation_id = %(allocation)s AND (a.channel = 'direct') <> (r.partner_id IS NULL)),
activated AS (
  SELECT coalesce(sum(r.quantity), 0) AS ordered,
         coalesce(sum((SELECT count(*) FROM ticketing_ticket t
                        JOIN ticketing_order o ON o.id = t.order_id
                       WHERE o.reservation_id = r.id)), 0) AS issued
    FROM ticketing_reservation r
   WHERE r.allocation_id = %(allocation)s AND r.status = 'activated')
SELECT 'one counter', (SELECT count(*) FROM counter), 1::bigint
UNION ALL SELECT 'allocated = moves', counter.allocated, moves.allocated FROM counter, moves
UNION ALL SELECT 'reserved = moves', counter.reserved, moves.reserved FROM counter, moves
UNION ALL SELECT 'sold = moves', counter.sold, moves.sold FROM counter, moves
UNION ALL SELECT 'version = number of moves', counter.version, moves.number FROM counter, moves
UNION ALL SELECT 'unbroken chain of moves', 0, chain.breaks FROM chain
UNION ALL SELECT 'emergency moves = approved releases', moves.urgent, releases.units
            FROM moves, releases
UNION ALL SELECT 'no unit beyond the capacity', 0, pools.beyond FROM pools
UNION ALL SELECT 'reserved = holds + pre-made tickets', counter.reserved,
                 held.units + tickets.waiting FROM counter, held, tickets
UNION ALL SELECT 'sold = tickets', counter.sold, tickets.sold FROM counter, tickets
UNION ALL SELECT 'no hold of the other channel', 0, strangers.rows FROM strangers
UNION ALL SELECT 'activated units = issued tickets', ordered, issued FROM activated
UNION ALL SELECT 'batches = their tickets', quantity, premade FROM batches, tickets
"""
_USES = """
WITH tickets AS (
  SELECT id, status, entitlements,
         NOT jsonb_path_exists(entitlements, '$[*].remaining_uses ? (@ > 0)') AS is_spent
    FROM ticketing_ticket WHERE allocation_id = %(allocation)s),
uses AS (
  SELECT r.ticket_id, r.function_code, r.change, r.remaining, r.seq, lead(r.seq) OVER w AS next,
         lag(r.seq, 1, 0) OVER w AS before_seq,
         lag(r.remaining, 1, r.remaining - r.change) OVER w AS before
    FROM ticketing_redemption r JOIN tickets t ON t.id = r.ticket_id
  WINDOW w AS (PARTITION BY r.ticket_id, r.function_code ORDER BY r.seq)),
taken AS (
  SELECT ticket_id, count(*) FILTER (WHERE change = -1) AS number, sum(change) AS standing
    FROM uses GROUP BY ticket_id),
chains AS (
  SELECT count(*) FILTER (WHERE seq <> before_seq + 1 OR remaining <> before + change) AS breaks,
         count(*) FILTER (WHERE next IS NULL AND NOT EXISTS (
           SELECT FROM tickets t,
                  jsonb_to_recordset(t.entitlements) AS e(function_code text, remaining_uses int)
            WHERE t.id = uses.ticket_id AND e.function_code = uses.function_code
              AND e.remaining_uses = uses.remaining)) AS unlike
    FROM uses),
spent AS (
  SELECT count(*) FILTER (WHERE status = 'USED') AS used,
         count(*) FILTER (WHERE status IN ('ACTIVE', 'USED') AND is_spent) AS spent,
         count(*) FILTER (WHERE status = 'CANCELLED' AND standing < 0) AS cancelled
    FROM tickets LEFT JOIN taken ON ticket_id = id
   WHERE status <> 'ACTIVE' OR number > 0)
SELECT 'unbroken chains of redemptions', 0::bigint, breaks FROM chains
UNION ALL SELECT 'uses left = last redemption', 0, unlike FROM chains
UNION ALL SELECT 'granted scans = uses taken',
                 (SELECT count(*) FROM ticketing_scan s JOIN tickets t ON t.id = s.ticket_id
                   WHERE s.result = 'granted'),
                 (SELECT coalesce(sum(number), 0) FROM taken)
UNION ALL SELECT 'used tickets = tickets without a use', used, spent FROM spent
UNION ALL SELECT 'no use of a cancelled ticket', 0, cancelled FROM spent
"""
