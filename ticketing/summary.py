"""What a partner sold in a period, added up from the entries in one statement.

What counts for a day: tickets on the day their batch was generated, sales and money on the day
they were posted, uses on the day a ticket was used up, cancellations on the day they were made.
Nothing is kept, so nothing is out of date.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models.functions import Lower

from config.statements import fetch
from inventory.models import Product
from resellers.models import Partner, Reseller

from .models import Batch
from .models.statements import DIRECT
from .periods import DAY, midnight

DEFAULT_CURRENCY = "HKD"
DIRECT_NAME = "Direct"
# Planned for these days, for a plan for any would have to guess how many rows they have; and
# with room to add them up in memory.
PLANNED_FOR_MANY = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL work_mem = '32MB'"
Key = Any
Names = Mapping[str, object]


class Figures(NamedTuple):
    """What is counted, and what it earned after reversals."""

    generated: int = 0
    activated: int = 0
    used: int = 0
    cancelled: int = 0
    gross: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        return self.gross - self.commission

    def plus(self, other: "Figures") -> "Figures":
        return Figures(
            self.generated + other.generated,
            self.activated + other.activated,
            self.used + other.used,
            self.cancelled + other.cancelled,
            self.gross + other.gross,
            self.commission + other.commission,
        )


NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which days, of whom, in which currency; None is all there is."""

    partner: Partner
    first: date | None = None
    last: date | None = None
    reseller_id: int | None = None
    currency: str = DEFAULT_CURRENCY

    @property
    def params(self) -> dict[str, Any]:
        last = None if self.last in (None, date.max) else self.last
        return {
            "partner": self.partner.pk,
            "since": midnight(self.first) if self.first else "-infinity",
            "until": midnight(last + DAY) if last else "infinity",
            "reseller": self.reseller_id,
            "currency": self.currency,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows with their names, what they add up to, and what else was sold in other money."""

    rows: list[tuple[Names, Figures]]
    other_currencies: list[str]

    @property
    def totals(self) -> Figures:
        return reduce(Figures.plus, (figures for _, figures in self.rows), NOTHING)


def summed(asked: Asked, group_by: str) -> Summary:
    """What `asked` names, by reseller, product, batch or day; a constant number of statements."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PLANNED_FOR_MANY)
        found = {row[0]: Figures(*row[1:]) for row in fetch(STATEMENTS[group_by], asked.params)}
        currencies = fetch(_CURRENCIES, {"partner": asked.partner.pk})
    others = [currency for (currency,) in currencies if currency != asked.currency]
    return Summary(list(_NAMED[group_by](asked, found)), others)


Found = Mapping[Key, Figures]
Rows = Iterable[tuple[Names, Figures]]


def _by_reseller(asked: Asked, found: Found) -> Rows:
    """Every reseller, whether or not it sold, and what was sold without one."""
    if asked.reseller_id is None:
        yield _reseller(None), found.get(None, NOTHING)
    for reseller in _resellers(asked):
        yield _reseller(reseller), found.get(reseller.pk, NOTHING)


def _by_product(asked: Asked, found: Found) -> Rows:
    names = dict(Product.objects.filter(pk__in=found).values_list("pk", "name"))
    for key in sorted(found):
        yield {"product_id": key, "product_name": names[key]}, found[key]


def _by_batch(asked: Asked, found: Found) -> Rows:
    batches = Batch.objects.filter(pk__in=found).select_related("reseller").order_by("batch_id")
    for batch in batches.defer("pricing_snapshot", "entitlements"):
        names = {"batch_id": batch.batch_id, "product_id": batch.product_id}
        yield {**names, **_reseller(batch.reseller)}, found[batch.pk]


def _by_day(asked: Asked, found: Found) -> Rows:
    for day in sorted(found):
        yield {"date": day}, found[day]


def _resellers(asked: Asked) -> Iterable[Reseller]:
    own = asked.partner.resellers.order_by(Lower("reseller_code"), "pk")
    return own.filter(pk=asked.reseller_id) if asked.reseller_id else own


def _reseller(reseller: Reseller | None) -> Names:
    if reseller is None:
        return {"reseller_id": None, "reseller_code": DIRECT, "reseller_name": DIRECT_NAME}
    return {
        "reseller_id": reseller.pk,
        "reseller_code": reseller.reseller_code,
        "reseller_name": reseller.name,
    }


_NAMED = {
    "reseller": _by_reseller,
    "product": _by_product,
    "batch": _by_batch,
    "day": _by_day,
}
_DAY = "({moment} AT TIME ZONE 'Asia/Hong_Kong')::date"
_WITHIN = "{moment} >= %(since)s::timestamptz AND {moment} < %(until)s::timestamptz"
_OF_RESELLER = "(%(reseller)s::bigint IS NULL OR {owner}.reseller_id = %(reseller)s::bigint)"
_CURRENCIES = """
SELECT DISTINCT pricing_snapshot ->> 'currency' FROM ticketing_batch
 WHERE partner_id = %(partner)s::bigint ORDER BY 1
"""
_MINE = f"""
  SELECT b.id, b.product_id, b.reseller_id, b.quantity, b.created_at FROM ticketing_batch b
   WHERE b.partner_id = %(partner)s::bigint
     AND b.pricing_snapshot ->> 'currency' = %(currency)s::text
     AND {_OF_RESELLER.format(owner="b")}"""  # noqa: S608


def _posted(key: str, columns: str) -> str:
    """Sales and money, added up by a key of entries."""
    return f"""
  SELECT {columns}, count(*) FILTER (WHERE e.kind = 'activation') AS activated,
         sum(e.gross) AS gross, sum(e.commission) AS commission
    FROM ticketing_settlemententry e
   WHERE e.partner_id = %(partner)s::bigint AND e.currency = %(currency)s::text
     AND {_WITHIN.format(moment="e.at")} AND {_OF_RESELLER.format(owner="e")}
   GROUP BY {key}"""  # noqa: S608


def _counted(moment: str, key: str) -> str:
    """Tickets to which something happened within the days, by their batch or by the day."""
    return f"""
  SELECT {key} AS key, count(*) AS number FROM ticketing_ticket
   WHERE batch_id IN (SELECT id FROM mine) AND {_WITHIN.format(moment=moment)}
   GROUP BY 1"""  # noqa: S608


def _by_batches(key: str) -> str:
    """Each source is added up by batch before it is joined: what is joined are few rows."""
    return f"""
WITH mine AS ({_MINE}),
posted AS ({_posted("1, 2", "e.batch_id, e.reseller_id")}),
used AS ({_counted("used_at", "batch_id")}),
cancelled AS ({_counted("cancelled_at", "batch_id")}),
facts (batch, product_id, reseller_id, generated, activated, used, cancelled, gross, commission)
AS (
  SELECT id, product_id, reseller_id, quantity, 0, 0, 0, 0.00, 0.00
    FROM mine WHERE {_WITHIN.format(moment="created_at")}
  UNION ALL
  SELECT b.id, b.product_id, p.reseller_id, 0, p.activated, 0, 0, p.gross, p.commission
    FROM posted p JOIN ticketing_batch b ON b.id = p.batch_id
  UNION ALL
  SELECT id, product_id, reseller_id, 0, 0, number, 0, 0, 0 FROM used JOIN mine ON id = key
  UNION ALL
  SELECT id, product_id, reseller_id, 0, 0, 0, number, 0, 0 FROM cancelled JOIN mine ON id = key)
{_added_up(key)}"""  # noqa: S608


def _by_days() -> str:
    """As above; a batch and a day would be nearly as many rows as there are tickets."""
    posted_on = _DAY.format(moment="e.at")
    return f"""
WITH mine AS ({_MINE}),
facts (day, generated, activated, used, cancelled, gross, commission) AS (
  SELECT {_DAY.format(moment="created_at")}, quantity, 0, 0, 0, 0.00, 0.00
    FROM mine WHERE {_WITHIN.format(moment="created_at")}
  UNION ALL
  SELECT day, 0, activated, 0, 0, gross, commission
    FROM ({_posted("1", f"{posted_on} AS day")}) AS posted
  UNION ALL
  SELECT key, 0, 0, number, 0, 0, 0 FROM ({_counted("used_at", _DAY.format(moment="used_at"))}) AS u
  UNION ALL
  SELECT key, 0, 0, 0, number, 0, 0
    FROM ({_counted("cancelled_at", _DAY.format(moment="cancelled_at"))}) AS c)
{_added_up("day")}"""  # noqa: S608


def _added_up(key: str) -> str:
    return f"""
SELECT {key}, sum(generated)::bigint, sum(activated)::bigint, sum(used)::bigint,
       sum(cancelled)::bigint, sum(gross), sum(commission)
  FROM facts GROUP BY 1
"""  # noqa: S608


STATEMENTS: dict[str, str] = {
    "reseller": _by_batches("reseller_id"),
    "product": _by_batches("product_id"),
    "batch": _by_batches("batch"),
    "day": _by_days(),
}
