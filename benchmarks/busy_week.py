"""A week of reservations with what became of them, and a day of partners' calls.

Written past the product's doors, in a few statements: one by one they would take an hour. The
moves of the pools are numbered on and their counters agree, as the doors would have left them.
"""

from django.db import connection, transaction

PER_RESERVATION = 2  # calls of partners


@transaction.atomic
def make(reservations: int) -> dict[str, int]:
    """So many reservations of three products, seven of ten sold; how many rows there are now."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        # The law of the counters, and foreign keys, would be asked for each row.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in _WEEK:
            cursor.execute(statement, {"rows": reservations, "calls": PER_RESERVATION})
        counted = {}
        for table in (
            "ticketing_ticket",
            "ticketing_reservation",
            "ticketing_order",
            "ota_apicall",
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counted[table] = cursor.fetchone()[0]
    return counted


# Of ten holds seven are sold, one is cancelled, one lapses, and the last is held if it is of today.
_WEEK = [
    """
CREATE TEMP TABLE held ON COMMIT DROP AS
SELECT n, uuidv7() AS id, a.id AS allocation_id, a.product_id, p.id AS partner_id,
       mod(n, 3) + 1 AS quantity, moment.at, moment.at + mod(n, 60) * interval '1 minute' AS ended,
       CASE WHEN mod(n, 10) < 7 THEN 'activated' WHEN mod(n, 10) = 7 THEN 'cancelled'
            WHEN mod(n, 10) = 8 OR moment.at < now() - interval '22 hours' THEN 'expired'
            ELSE 'active' END AS status
  FROM generate_series(1, %(rows)s) AS n
 CROSS JOIN LATERAL (
    SELECT now() - interval '1 hour' - (%(rows)s - n) * (interval '7 days' / %(rows)s) AS at
  ) AS moment
  JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM inventory_channelallocation
         WHERE channel = 'ota' AND product_id IN (106, 107, 108)) AS a ON a.place = mod(n, 3)
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM resellers_partner
         WHERE partner_id LIKE 'BENCH-%%') AS p
    ON p.place = mod(n, (SELECT count(*) FROM resellers_partner WHERE partner_id LIKE 'BENCH-%%'))
 ORDER BY n""",
    """
INSERT INTO ticketing_reservation
  (id, partner_id, allocation_id, product_id, quantity, status, pricing_snapshot, expires_at,
   created_at, resolved_at)
SELECT id, partner_id, allocation_id, product_id, quantity, status,
       (SELECT pricing_snapshot FROM ticketing_batch LIMIT 1), at + interval '24 hours', at,
       CASE WHEN status <> 'active' THEN ended END
  FROM held ORDER BY n""",
    """
INSERT INTO ticketing_customer (id, name, email, phone, special_requests, created_at)
VALUES ('00000000-0000-4000-8000-00000000b112', 'Bench', 'b@example.com', '', '', now())""",
    """
INSERT INTO ticketing_order
  (id, order_id, channel, partner_id, reservation_id, product_id, customer_id, quantity,
   customer_types, total_amount, currency, status, payment_reference, confirmation_code,
   created_at, confirmed_at)
SELECT uuidv7(), 'ORD-W-' || n, 'ota', partner_id, id, product_id,
       '00000000-0000-4000-8000-00000000b112', quantity, '{"adult": 1}', 288, 'HKD', 'CONFIRMED',
       'PAY-W-' || n, 'W' || n, at, ended
  FROM held WHERE status = 'activated' ORDER BY n""",
    """
CREATE TEMP TABLE event ON COMMIT DROP AS
SELECT *, c.version + row_number() OVER moves AS seq,
       c.reserved + sum(d_reserved) OVER moves AS reserved_after,
       c.sold + sum(d_sold) OVER moves AS sold_after
  FROM (SELECT allocation_id, id AS cause, 'hold' AS kind, quantity AS d_reserved, 0 AS d_sold,
               at AS moment, 0 AS place FROM held
         UNION ALL
        SELECT allocation_id, id,
               CASE status WHEN 'activated' THEN 'sell' WHEN 'cancelled' THEN 'release'
                           ELSE 'expire' END,
               -quantity, CASE status WHEN 'activated' THEN quantity ELSE 0 END, ended, 1
          FROM held WHERE status <> 'active') AS happened
  JOIN inventory_allocationcounter c USING (allocation_id)
WINDOW moves AS (PARTITION BY allocation_id ORDER BY moment, place, cause)""",
    """
INSERT INTO inventory_allocationmove
  (allocation_id, seq, kind, d_allocated, d_reserved, d_sold, allocated, reserved, sold,
   cause_kind, cause_id, by, request_id, reason, at)
SELECT allocation_id, seq, kind, 0, d_reserved, d_sold, allocated, reserved_after, sold_after,
       'reservation', cause, 'bench', 'bench-request', '', moment
  FROM event ORDER BY moment, seq""",
    """
UPDATE inventory_allocationcounter c
   SET version = last.seq, reserved = last.reserved_after, sold = last.sold_after
  FROM (SELECT DISTINCT ON (allocation_id) allocation_id, seq, reserved_after, sold_after
          FROM event ORDER BY allocation_id, seq DESC) AS last
 WHERE last.allocation_id = c.allocation_id""",
    """
INSERT INTO ota_apicall
  (partner_id, key_id, method, route, status, code, milliseconds, request_id, at)
SELECT p.id, '', 'POST', 'reserve',
       CASE WHEN mod(n, 500) = 0 THEN 500 WHEN mod(n, 40) = 0 THEN 429
            WHEN mod(n, 20) = 0 THEN 409 ELSE 201 END,
       '', 3 + mod(n * 7919, 400) / 8.0, 'bench-request',
       now() - (%(rows)s * %(calls)s - n) * (interval '1 day' / (%(rows)s * %(calls)s))
  FROM generate_series(1, %(rows)s * %(calls)s) AS n
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM resellers_partner
         WHERE partner_id LIKE 'BENCH-%%') AS p
    ON p.place = mod(n, (SELECT count(*) FROM resellers_partner WHERE partner_id LIKE 'BENCH-%%'))
 ORDER BY n""",
]
