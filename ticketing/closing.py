"""A period closed: entries that stand on no statement yet, written onto the next one.

An entry is taken because no line refers to it, never because of its time alone: what commits
after its own period was closed is found by the next closing, and no closing takes it twice.
"""

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from config.actors import Actor
from config.statements import fetch, fetch_one
from resellers.models import Partner, Reseller

from .models import Statement
from .models.statements import DIRECT
from .periods import Period


class Open(NamedTuple):
    """Entries of one currency that stand on no statement, and the first moment among them."""

    currency: str
    since: datetime


class Account(NamedTuple):
    """Whose statements are numbered together: a reseller, or what a partner sells without one."""

    partner: Partner
    reseller: Reseller | None

    def __str__(self) -> str:
        code = self.reseller.reseller_code if self.reseller else DIRECT
        return f"{self.partner.partner_id} {code}"

    @property
    def params(self) -> dict[str, Any]:
        """What every statement about its entries asks for."""
        return {"partner": self.partner.pk, "reseller": self.reseller and self.reseller.pk}

    @property
    def is_direct(self) -> bool:
        """Whether it is that of batches without a reseller."""
        return self.reseller is None

    @property
    def mine(self) -> Q:
        """Its rows, for the ORM."""
        return Q(partner=self.partner, reseller=self.reseller)


def unclosed() -> list[tuple[int, int | None]]:
    """(partner, reseller) of every account with entries that stand on no statement."""
    return [(partner, reseller) for partner, reseller in fetch(_UNCLOSED, {})]


def open_entries(account: Account) -> list[Open]:
    """What waits for a statement, by currency."""
    return [Open(*row) for row in fetch(_OPEN[account.is_direct], account.params)]


def latest(account: Account, currency: str) -> Statement | None:
    """The statement of the last period that was closed in a currency."""
    closed = Statement.objects.filter(account.mine, currency=currency)
    return closed.order_by("-period_end").first()


def write(
    account: Account, cycle: str, period: Period, currency: str, *, at: datetime, by: Actor
) -> Statement:
    """The next statement of a locked account: header, lines and history in one statement."""
    reseller = account.reseller
    facts: dict[str, Any] = {
        **account.params,
        "id": uuid.uuid4(),
        "partner_name": account.partner.name,
        "reseller_code": reseller.reseller_code if reseller else DIRECT,
        "reseller_name": reseller.name if reseller else "",
        "cycle": cycle,
        "first": period.first,
        "last": period.last,
        "begins": period.begins,
        "ends": period.ends,
        "currency": currency,
        "at": at,
        "by": by.name,
        "request_id": by.request_id,
        "reason": by.reason,
    }
    row = fetch_one(_WRITE[account.is_direct], facts)
    if row is None:
        raise LookupError(f"{account}: nothing in {currency} is open before {period.ends}.")
    return Statement.objects.get(pk=row[0])


def by_account(sql: str) -> dict[bool, str]:
    """The statement for a reseller (False) and for what has none (True): an index knows both."""
    of_partner = "{0}.partner_id = %(partner)s::bigint AND {0}.reseller_id "
    kinds = {False: of_partner + "= %(reseller)s::bigint", True: of_partner + "IS NULL"}
    return {
        is_direct: sql.replace("<e is mine>", mine.format("e")).replace(
            "<s is mine>", mine.format("s")
        )
        for is_direct, mine in kinds.items()
    }


_NO_LINE = "NOT EXISTS (SELECT FROM ticketing_statementline l WHERE l.entry_id = e.id)"
_UNCLOSED = f"""
SELECT DISTINCT partner_id, reseller_id FROM ticketing_settlemententry e WHERE {_NO_LINE}
 ORDER BY partner_id, reseller_id
"""  # noqa: S608  joined of what stands here
_OPEN = by_account(f"""
SELECT currency, min(at) FROM ticketing_settlemententry e WHERE <e is mine> AND {_NO_LINE}
 GROUP BY currency ORDER BY currency
""")  # noqa: S608
# What the checksum is made of: the first columns of the CSV file, commas between them, a line
# feed between lines. `e` is the entry, `l` its line, `t` its ticket, `o` its order.
CHECKSUM = """encode(sha256(convert_to(string_agg(concat_ws(',',
  l.position, e.id, e.kind, CASE WHEN l.is_adjustment THEN 'true' ELSE 'false' END,
  t.code, o.order_id, e.gross, e.commission_rate, e.commission, e.net, e.currency,
  to_char(e.at AT TIME ZONE 'Asia/Hong_Kong', 'YYYY-MM-DD"T"HH24:MI:SS.US"+08:00"')),
  E'\n' ORDER BY l.position), 'UTF8')), 'hex')"""
_WRITE = by_account(f"""
WITH l AS (
  SELECT e.id AS entry_id, row_number() OVER (ORDER BY e.at, e.id) AS position,
         e.at < %(begins)s::timestamptz OR e.kind = 'reversal' AND EXISTS (
           SELECT FROM ticketing_settlemententry a JOIN ticketing_statementline l
               ON l.entry_id = a.id
            WHERE a.ticket_id = e.ticket_id AND a.kind = 'activation') AS is_adjustment
    FROM ticketing_settlemententry e
   WHERE <e is mine> AND e.currency = %(currency)s::text AND e.at < %(ends)s::timestamptz
     AND {_NO_LINE}),
statement AS (
  INSERT INTO ticketing_statement
    (id, partner_id, reseller_id, number, partner_name, reseller_code, reseller_name, cycle,
     period_start, period_end, currency, lines_count, activations, reversals, adjustments,
     gross, commission, net, adjustments_net, checksum, status, created_at)
  SELECT %(id)s::uuid, %(partner)s::bigint, %(reseller)s::bigint,
         1 + (SELECT coalesce(max(number), 0) FROM ticketing_statement s WHERE <s is mine>),
         %(partner_name)s::text, %(reseller_code)s::text, %(reseller_name)s::text,
         %(cycle)s::text, %(first)s::date, %(last)s::date, %(currency)s::text, count(*),
         count(*) FILTER (WHERE e.kind = 'activation'),
         count(*) FILTER (WHERE e.kind = 'reversal'), count(*) FILTER (WHERE l.is_adjustment),
         sum(e.gross), sum(e.commission), sum(e.net),
         coalesce(sum(e.net) FILTER (WHERE l.is_adjustment), 0),
         {CHECKSUM}, 'ISSUED', %(at)s::timestamptz
    FROM l JOIN ticketing_settlemententry e ON e.id = l.entry_id
      JOIN ticketing_ticket t ON t.id = e.ticket_id
      JOIN ticketing_order o ON o.id = e.order_id
  HAVING count(*) > 0 RETURNING id),
lines AS (
  INSERT INTO ticketing_statementline (entry_id, statement_id, position, is_adjustment)
  SELECT l.entry_id, statement.id, l.position, l.is_adjustment FROM l, statement),
told AS (
  INSERT INTO ticketing_statementmove (subject_id, status, was, at, by, request_id, reason)
  SELECT id, 'ISSUED', '', %(at)s::timestamptz, %(by)s::text, %(request_id)s::text,
         %(reason)s::text FROM statement)
SELECT id FROM statement
""")  # noqa: S608
