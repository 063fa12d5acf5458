"""How the database counts what the dashboard shows; each is one statement, and locks nothing.

None of them needs an index that a reservation would have to keep: the moves of a pool are
numbered without a gap in the order of time, so that a moment is found by halving, with some
twenty look-ups in a pool.
"""

# The last move of each pool before `moment`, 0 where there is none: {pools} has id and version.
# A subquery per row, for a join might be planned as a scan of all moves for each halving.
_HALVING = """
halving (id, low, high) AS (
  SELECT id, 0::bigint, version + 1 FROM pool
   UNION ALL
  SELECT id, CASE WHEN is_before THEN middle ELSE low END,
         CASE WHEN is_before THEN high ELSE middle END
    FROM (SELECT h.id, h.low, h.high, (h.low + h.high) / 2 AS middle, coalesce((
                   SELECT m.at < %(moment)s FROM inventory_allocationmove m
                    WHERE m.allocation_id = h.id AND m.seq = (h.low + h.high) / 2
                 ), false) AS is_before
            FROM halving h WHERE h.high - h.low > 1) AS step),
past AS (SELECT id, low AS seq FROM halving WHERE high - low <= 1)"""

NOW = "SELECT statement_timestamp()"

# What was taken since is what reserved + sold grew by: units sold out of a batch were taken when
# the batch was made, and a hold that lapsed gave its units back.
POOLS = f"""
WITH RECURSIVE pool AS (
  SELECT a.id, a.product_id, p.name, a.channel, c.allocated, c.reserved, c.sold, c.version
    FROM inventory_product p
    JOIN inventory_channelallocation a ON a.product_id = p.id
    JOIN inventory_allocationcounter c ON c.allocation_id = a.id
   WHERE p.is_active),
{_HALVING}
SELECT pool.id, pool.product_id, pool.name, pool.channel, pool.allocated, pool.reserved, pool.sold,
       due.overdue_units, due.lapsing, due.lapsing_units,
       pool.reserved + pool.sold - coalesce(before.taken, 0) AS taken,
       opening.at AS begun_at
  FROM pool
  JOIN past ON past.id = pool.id
  LEFT JOIN LATERAL (
    SELECT m.reserved + m.sold AS taken FROM inventory_allocationmove m
     WHERE m.allocation_id = pool.id AND m.seq = past.seq) AS before ON true
  LEFT JOIN LATERAL (
    SELECT m.at FROM inventory_allocationmove m
     WHERE m.allocation_id = pool.id AND m.seq = 1) AS opening ON true
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.quantity) FILTER (WHERE r.expires_at <= %(now)s), 0) AS overdue_units,
           count(*) FILTER (WHERE r.expires_at > %(now)s) AS lapsing,
           coalesce(sum(r.quantity) FILTER (WHERE r.expires_at > %(now)s), 0) AS lapsing_units
      FROM ticketing_reservation r
     WHERE r.allocation_id = pool.id AND r.status = 'active' AND r.expires_at <= %(soon)s) AS due
 ORDER BY pool.product_id, pool.channel DESC
"""  # noqa: S608  made of constants

# `moment` lies a little before `since`: moves of the same second may stand in another order.
OUTCOMES = f"""
WITH RECURSIVE pool AS (
  SELECT a.id, a.channel, c.version FROM inventory_channelallocation a
    JOIN inventory_allocationcounter c ON c.allocation_id = a.id),
{_HALVING}
SELECT pool.channel,
       coalesce(sum(ended.sold), 0), coalesce(sum(ended.released), 0),
       coalesce(sum(ended.expired), 0) + coalesce(sum(due.overdue), 0)
  FROM pool
  JOIN past ON past.id = pool.id
 CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE m.kind = 'sell') AS sold,
           count(*) FILTER (WHERE m.kind = 'release') AS released,
           count(*) FILTER (WHERE m.kind = 'expire') AS expired
      FROM inventory_allocationmove m
     WHERE m.allocation_id = pool.id AND m.seq > past.seq AND m.at >= %(since)s
       AND m.cause_kind = 'reservation') AS ended
 CROSS JOIN LATERAL (
    SELECT count(*) AS overdue FROM ticketing_reservation r
     WHERE r.allocation_id = pool.id AND r.status = 'active'
       AND r.expires_at >= %(since)s AND r.expires_at <= %(now)s) AS due
 GROUP BY pool.channel ORDER BY pool.channel DESC
"""  # noqa: S608

TAKINGS = """
SELECT channel, currency, count(*), sum(total_amount)
  FROM ticketing_order
 WHERE status = 'CONFIRMED' AND confirmed_at >= %(since)s
 GROUP BY channel, currency ORDER BY channel DESC, currency
"""

# Answers are counted by how long they took, so that nothing is sorted to find the slow ones.
CALLS = """
SELECT counted.partner_id, p.partner_id, p.name, counted.took, counted.calls, counted.failed,
       counted.declined, counted.limited
  FROM (SELECT partner_id, width_bucket(milliseconds, %(bounds)s::float8[]) AS took,
               count(*) AS calls,
               count(*) FILTER (WHERE status >= 500) AS failed,
               count(*) FILTER (WHERE status BETWEEN 400 AND 499 AND status <> 429) AS declined,
               count(*) FILTER (WHERE status = 429) AS limited
          FROM ota_apicall WHERE at >= %(yesterday)s GROUP BY 1, 2) AS counted
  LEFT JOIN resellers_partner p ON p.id = counted.partner_id
 ORDER BY counted.partner_id, counted.took
"""
