"""Settlement for tests: sales at any moment, closings, and what is open."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Sum

from config.actors import Actor
from resellers.models import Partner, Reseller
from tests import make
from ticketing import ending, premade, settlement
from ticketing.issuing import PricingContext
from ticketing.models import Batch, SettlementEntry, Statement, Ticket

FINANCE = Actor("staff:finance", request_id="request-of-the-tests", reason="agreed by phone")


class Sums(NamedTuple):
    """What entries or statements add up to."""

    gross: Decimal
    commission: Decimal
    net: Decimal


NOUGHT = Sums(Decimal(0), Decimal(0), Decimal(0))


def hong_kong(day: str, at: str = "12:00:00") -> datetime:
    """A moment by the clock of Hong Kong."""
    return datetime.fromisoformat(f"{day}T{at}+08:00")


def batch(tickets: int = 5, *, of: Reseller | Partner | None = None, **wish: Any) -> Batch:
    """A batch for a reseller, or a partner's own."""
    partner = of.partner if isinstance(of, Reseller) else of
    made = make.batch(tickets, of=partner, **wish)
    if isinstance(of, Reseller):
        Batch.objects.filter(pk=made.pk).update(reseller=of)
        made.refresh_from_db()
    return made


@transaction.atomic
def sell(
    waiting: Ticket | Batch, at: datetime, context: PricingContext = make.NO_CONTEXT
) -> Ticket:
    """Sell a ticket at a moment; of a batch the first that is left."""
    if isinstance(waiting, Batch):
        waiting = waiting.tickets.filter(status="PRE_GENERATED").order_by("id")[0]
    assert waiting.partner is not None
    ticket, _ = premade.activate(
        partner=waiting.partner,
        code=waiting.code,
        customer_details=make.CUSTOMER,
        payment_reference="PAY-1",
        context=context,
        at=at,
        by=make.BY,
    )
    return ticket


@transaction.atomic
def cancel(ticket: Ticket, at: datetime) -> Ticket:
    return ending.cancel(partner=ticket.partner, code=ticket.code, at=at, by=make.BY)


@transaction.atomic
def close(of: Reseller | Partner, on: str | date, at: str = "00:17:00") -> list[Statement]:
    """Close what is over on a day in Hong Kong."""
    partner, reseller = (of.partner, of) if isinstance(of, Reseller) else (of, None)
    moment = hong_kong(str(on), at)
    return settlement.close(partner=partner, reseller=reseller, at=moment, by=make.BY)


@transaction.atomic
def settle(statement: Statement, by: Actor = FINANCE) -> Statement:
    return settlement.settle(statement_id=statement.pk, at=make.now(), by=by)


@transaction.atomic
def dispute(statement: Statement, by: Actor = FINANCE) -> Statement:
    return settlement.dispute(statement_id=statement.pk, at=make.now(), by=by)


def told(statements: Iterable[Statement]) -> list[tuple[str, str, str, int, str]]:
    """(name, first day, last day, lines, net) of each."""
    return [
        (
            str(each),
            each.period_start.isoformat(),
            each.period_end.isoformat(),
            each.lines_count,
            str(each.net),
        )
        for each in statements
    ]


def posted(**of: Any) -> Sums:
    """What all entries add up to."""
    return _sums(SettlementEntry.objects.filter(**of))


def stated(**of: Any) -> Sums:
    """What the headers of all statements add up to."""
    return _sums(Statement.objects.filter(**of))


def still_open(**of: Any) -> Sums:
    """What the entries add up to that stand on no statement."""
    return _sums(SettlementEntry.objects.filter(line=None, **of))


def both(one: Sums, other: Sums) -> Sums:
    return Sums(*(a + b for a, b in zip(one, other, strict=True)))


def _sums(rows: Any) -> Sums:
    return Sums(**rows.aggregate(**{name: Sum(name, default=0) for name in Sums._fields}))
