"""How many units can be sold this moment."""

from collections.abc import Iterable

from config.statements import fetch


def available(channel: str, product_ids: Iterable[int] | None = None) -> dict[int, int]:
    """Free units by product id for the active products of a channel, by id; one statement.

    Overdue holds count as free whether or not they were swept; nothing is written.
    """
    wanted = None if product_ids is None else list(product_ids)
    return dict(fetch(_AVAILABLE, {"channel": channel, "ids": wanted}))


_AVAILABLE = """
SELECT p.id, (c.allocated - c.reserved - c.sold + coalesce((
         SELECT sum(r.quantity) FROM ticketing_reservation r
          WHERE r.allocation_id = a.id AND r.status = 'active'
            AND r.expires_at <= statement_timestamp()), 0))::bigint
  FROM inventory_product p
  JOIN inventory_channelallocation a ON a.product_id = p.id AND a.channel = %(channel)s
  JOIN inventory_allocationcounter c ON c.allocation_id = a.id
 WHERE p.is_active AND (%(ids)s::int[] IS NULL OR p.id = ANY(%(ids)s::int[]))
 ORDER BY p.id
"""
