"""Statements: periods closed by their cycle, disputes noted, payment marked.

Every entry stands on one statement or is open, so that the sum of all entries is always that
of all statements and what is open.
"""

import uuid
from collections.abc import Iterator
from datetime import date, datetime

import structlog
from django.db import DatabaseError, connection, transaction

from config.actors import Actor
from resellers.models import Partner, Reseller

from . import closing
from .closing import Account
from .errors import ReasonMissing, StatementNotFound
from .models import Statement
from .periods import DAY, Cycle, Period, day_of, period

log = structlog.get_logger("ota.settlement")
Status = Statement.Status
SYSTEM = Actor("system:settlement", reason="the period is over")
DIRECT_CYCLE = Cycle.MONTHLY  # of what a partner sells without a reseller


@transaction.atomic(savepoint=False)
def close(
    *, partner: Partner, reseller: Reseller | None, at: datetime, by: Actor
) -> list[Statement]:
    """Close every period of an account that is over and has open entries; returns what was made.

    Without a reseller the account is that of the partner's own sales. Safe to repeat and to run
    twice at once: the second waits for the first and finds nothing left.
    """
    account, cycle = _locked(partner, reseller)
    return list(_closed(account, cycle, day_of(at), at=at, by=by))


@transaction.atomic(savepoint=False)
def dispute(*, statement_id: uuid.UUID, at: datetime, by: Actor) -> Statement:
    """Note why a statement is not agreed with; every further note is kept beside the first.

    Raises StatementNotFound, ReasonMissing.
    """
    return _moved(statement_id, Status.DISPUTED, at=at, by=by)


@transaction.atomic(savepoint=False)
def settle(*, statement_id: uuid.UUID, at: datetime, by: Actor) -> Statement:
    """Mark a statement as paid. Raises StatementNotFound, ReasonMissing, IllegalMove."""
    return _moved(statement_id, Status.SETTLED, at=at, by=by)


def sweep(*, at: datetime, by: Actor = SYSTEM) -> Iterator[Statement]:
    """Close what is over of every account; one that fails is told in the log and stops no other."""
    for partner_id, reseller_id in closing.unclosed():
        partner = Partner.objects.get(pk=partner_id)
        reseller = Reseller.objects.get(pk=reseller_id) if reseller_id else None
        try:
            with transaction.atomic():
                made = close(partner=partner, reseller=reseller, at=at, by=by)
        except DatabaseError:
            log.exception("ota.settlement.closing_failed", account=str(Account(partner, reseller)))
        else:
            yield from made


def _locked(partner: Partner, reseller: Reseller | None) -> tuple[Account, str]:
    """The account, closed by nobody else until the transaction ends; sales do not wait for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5min'")  # a large first statement
    partners = Partner.objects.select_for_update(no_key=True)
    if reseller is None:
        return Account(partners.get(pk=partner.pk), None), DIRECT_CYCLE
    own = partner.resellers.select_for_update(no_key=True, of=("self",)).select_related("partner")
    locked = own.get(pk=reseller.pk)
    return Account(locked.partner, locked), locked.settlement_cycle


def _closed(
    account: Account, cycle: str, today: date, *, at: datetime, by: Actor
) -> Iterator[Statement]:
    for currency, since in closing.open_entries(account):
        due: Period | None = _next_period(account, cycle, currency, day_of(since))
        while due and due.last < today:
            statement = closing.write(account, cycle, due, currency, at=at, by=by)
            log.info(
                "ota.settlement.closed",
                account=str(account),
                number=statement.number,
                lines=statement.lines_count,
            )
            yield statement
            left = dict(closing.open_entries(account)).get(currency)
            due = _next_period(account, cycle, currency, day_of(left)) if left else None


def _next_period(account: Account, cycle: str, currency: str, day: date) -> Period:
    """The period that takes what is open since a day: its own, or the first that is not closed."""
    before = closing.latest(account, currency)
    if before is None:
        return period(cycle, day)
    earliest = before.period_end + DAY
    return period(cycle, max(day, earliest), not_before=earliest)


def _moved(statement_id: uuid.UUID, status: str, *, at: datetime, by: Actor) -> Statement:
    if not by.reason:
        raise ReasonMissing("Say why.")
    statement = Statement.objects.locked().filter(pk=statement_id).first()
    if statement is None:
        raise StatementNotFound("There is no statement with this id.")
    with connection.cursor() as cursor:  # the status is written before the row that says why
        cursor.execute("SET CONSTRAINTS statement_has_history DEFERRED")
    statement.move_to(status, at=at, by=by)
    log.info("ota.settlement.moved", statement=str(statement), status=status)
    return statement
