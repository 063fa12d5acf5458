"""Proof that the money adds up: entries = statements + what is open, account by account.

Everything is looked at in one statement, so in one snapshot; nothing is repaired.
"""

from django.db import connection, transaction

from .closing import CHECKSUM

Fact = tuple[str, str, object, object]  # account, what, what the books say, what the rows add up to


@transaction.atomic
def unequal() -> list[Fact]:
    """Every equality about money that does not hold."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute(_BALANCE)
        accounts = cursor.fetchall()
        cursor.execute(_BOOKS)
        return [*accounts, *(("settlement", *row) for row in cursor.fetchall())]


# What an account posted, what its statements say at their head, and what is on none.
_BALANCE = """
WITH sums AS (
  SELECT partner_id, reseller_id, currency, count(*) AS entries, sum(gross) AS gross,
         sum(commission) AS commission, sum(net) AS net
    FROM ticketing_settlemententry GROUP BY 1, 2, 3),
open AS (
  SELECT partner_id, reseller_id, currency, count(*) AS entries, sum(gross) AS gross,
         sum(commission) AS commission, sum(net) AS net
    FROM ticketing_settlemententry e
   WHERE NOT EXISTS (SELECT FROM ticketing_statementline l WHERE l.entry_id = e.id)
   GROUP BY 1, 2, 3),
stated AS (
  SELECT partner_id, reseller_id, currency, sum(lines_count) AS entries, sum(gross) AS gross,
         sum(commission) AS commission, sum(net) AS net, count(*) AS statements
    FROM ticketing_statement GROUP BY 1, 2, 3),
accounts AS (
  SELECT partner_id, reseller_id, currency FROM sums
  UNION SELECT partner_id, reseller_id, currency FROM stated),
compared AS (
  SELECT concat_ws(' ', p.partner_id, coalesce(r.reseller_code, 'direct'), a.currency) AS account,
         ROW(coalesce(sums.entries, 0), coalesce(sums.gross, 0), coalesce(sums.commission, 0),
             coalesce(sums.net, 0)) AS posted,
         ROW(coalesce(stated.entries, 0) + coalesce(open.entries, 0),
             coalesce(stated.gross, 0) + coalesce(open.gross, 0),
             coalesce(stated.commission, 0) + coalesce(open.commission, 0),
             coalesce(stated.net, 0) + coalesce(open.net, 0)) AS found
    FROM accounts a
    JOIN resellers_partner p ON p.id = a.partner_id
    LEFT JOIN resellers_reseller r ON r.id = a.reseller_id
    LEFT JOIN sums ON (sums.partner_id, sums.currency) = (a.partner_id, a.currency)
      AND sums.reseller_id IS NOT DISTINCT FROM a.reseller_id
    LEFT JOIN open ON (open.partner_id, open.currency) = (a.partner_id, a.currency)
      AND open.reseller_id IS NOT DISTINCT FROM a.reseller_id
    LEFT JOIN stated ON (stated.partner_id, stated.currency) = (a.partner_id, a.currency)
      AND stated.reseller_id IS NOT DISTINCT FROM a.reseller_id)
SELECT account, 'entries = statements + open', posted::text, found::text
  FROM compared WHERE posted <> found ORDER BY account
"""
# Of statements, lines and entries: how many are not as they should be.
_BOOKS = f"""
WITH told AS (
  SELECT l.statement_id, count(*) AS lines, max(l.position) AS last, sum(e.gross) AS gross,
         sum(e.commission) AS commission, {CHECKSUM} AS checksum
    FROM ticketing_statementline l
    JOIN ticketing_settlemententry e ON e.id = l.entry_id
    JOIN ticketing_ticket t ON t.id = e.ticket_id
    JOIN ticketing_order o ON o.id = e.order_id
   GROUP BY 1),
books (what, wrong) AS (
  SELECT 'statements = their lines', count(*) FROM ticketing_statement s
    LEFT JOIN told ON told.statement_id = s.id
   WHERE (s.lines_count, s.lines_count, s.gross, s.commission)
         IS DISTINCT FROM (told.lines, told.last, told.gross, told.commission)
  UNION ALL
  SELECT 'checksums = their lines', count(*) FROM ticketing_statement s
    JOIN told ON told.statement_id = s.id WHERE s.checksum <> told.checksum
  UNION ALL
  SELECT 'statements numbered without gaps', count(*) FROM (
    SELECT FROM ticketing_statement GROUP BY partner_id, reseller_id
    HAVING (min(number), max(number)) <> (1, count(*))) AS accounts
  UNION ALL
  SELECT 'reversals = their activations', count(*) FROM ticketing_settlemententry r
    LEFT JOIN ticketing_settlemententry a ON a.ticket_id = r.ticket_id AND a.kind = 'activation'
   WHERE r.kind = 'reversal'
     AND (r.partner_id, r.batch_id, r.order_id, r.gross, r.commission, r.currency)
         IS DISTINCT FROM
         (a.partner_id, a.batch_id, a.order_id, -a.gross, -a.commission, a.currency)
  UNION ALL
  SELECT 'sold pre-made tickets = entries', count(*) FROM ticketing_ticket t
    LEFT JOIN (SELECT ticket_id, sum(gross) AS gross, count(*) AS number
                 FROM ticketing_settlemententry GROUP BY 1) e ON e.ticket_id = t.id
   WHERE t.batch_id IS NOT NULL
     AND (coalesce(e.number, 0), coalesce(e.gross, 0)) <> CASE
           WHEN t.activated_at IS NULL THEN (0::bigint, 0.00)
           WHEN t.status = 'CANCELLED' THEN (2::bigint, 0.00) ELSE (1::bigint, t.price) END
  UNION ALL
  SELECT 'used tickets know since when', count(*) FROM ticketing_ticket
   WHERE (status = 'USED') <> (used_at IS NOT NULL))
SELECT what, 0, wrong FROM books WHERE wrong > 0
"""  # noqa: S608  joined of what stands here
