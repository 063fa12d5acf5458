"""History rows become notices: every committed move that a partner wants told, exactly once.

What is untold is found by comparing with the deliveries there are, never by a mark on a move, and
never by looking only past the highest one seen: a transaction may commit rows with lower numbers
later. What was looked at is not looked at again only once nothing can come in below it any more,
which is when no transaction is open that began before it was seen.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.db.models.functions import Greatest

from config import forgetting
from config.statements import fetch

from ..models import Delivery, Horizon, PartnerMail
from . import mails
from .endpoints import body
from .histories import HISTORIES, History, Notice


class _Busy(Exception):
    """Somebody else is telling this history at this moment."""


AT_ONCE = 1000  # notices made in one transaction
STRETCH = 50_000  # rows of a history looked through by one statement
OLDEST = timedelta(days=30)  # what is older is no news, whatever was missed
NAMESPACE = uuid.UUID("0b4d2b52-9f0a-4a0e-8a3b-6d0f6c7d5e21")


def tell(*, at: datetime) -> int:
    """Make the notices of everything that has happened; returns how many. Safe to overlap.

    A history that cannot be read is told of at the end, by what it raised; it stops no other.
    """
    made, failures = 0, []
    for history in HISTORIES:
        try:
            made += _tell(history, at=at)
        except DatabaseError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
    return made


def forget(*, at: datetime, days: int) -> int:
    """Delete the notices older than `days`; returns how many."""
    before = at - timedelta(days=days)
    forgetting.forget(PartnerMail.objects.filter(created_at__lt=before))
    return forgetting.forget(Delivery.objects.filter(created_at__lt=before))


def _tell(history: History, *, at: datetime) -> int:
    began = _oldest_transaction()  # asked before anything is looked at
    horizon, _ = Horizon.objects.get_or_create(history=history.name)
    top, seen_at = _top(history)
    made = 0
    for above in range(horizon.below, top, STRETCH):
        stretch: dict[str, Any] = {"above": above, "upto": min(above + STRETCH, top), "at": at}
        try:
            made += _while_there_are(partial(_note, history, **stretch))
            if history.mailed:
                made += _while_there_are(partial(_mail, history, **stretch))
        except _Busy:
            return made  # they will advance
    _advance(horizon, top, seen_at, began)
    return made


def _while_there_are(make: Callable[[], int]) -> int:
    total = 0
    while made := make():
        total += made
        if made < AT_ONCE:
            break
    return total


@transaction.atomic
def _note(history: History, *, above: int, upto: int, at: datetime) -> int:
    """The next deliveries, lowest moves first: the order in which they will be sent."""
    _claim(history)
    notices = _untold(history, history.untold, above, upto, at)
    Delivery.objects.bulk_create(
        (
            Delivery(
                endpoint_id=notice.to,
                event_id=event_id(notice),
                event_type=notice.event,
                move_id=notice.move,
                subject=notice.subject,
                payload=body(notice.event, notice.at, notice.data),
                next_attempt_at=at,
                created_at=at,
            )
            for notice in notices
        ),
        ignore_conflicts=True,
    )
    return len(notices)


@transaction.atomic
def _mail(history: History, *, above: int, upto: int, at: datetime) -> int:
    """The next e-mails to contacts of partners."""
    _claim(history)
    if not mails.can_be_sent():
        return 0
    notices = _untold(history, history.mailed, above, upto, at)
    PartnerMail.objects.bulk_create(
        (
            PartnerMail(
                partner_id=notice.to,
                event_type=notice.event,
                move_id=notice.move,
                payload=body(notice.event, notice.at, notice.data),
                next_attempt_at=at,
                created_at=at,
            )
            for notice in notices
        ),
        ignore_conflicts=True,
    )
    return len(notices)


def event_id(notice: Notice) -> uuid.UUID:
    """The id of what happened: the same wherever and however often it is told."""
    return uuid.uuid5(NAMESPACE, f"{notice.event}:{notice.move}")


def _untold(history: History, statement: str, above: int, upto: int, at: datetime) -> list[Notice]:
    wanted: dict[str, Any] = {
        "above": above,
        "upto": upto,
        "since": at - OLDEST,
        "most": AT_ONCE,
        "low": settings.WEBHOOK_LOW_UNITS,
    }
    return [history.told(row) for row in fetch(statement, wanted)]


def _claim(history: History) -> None:
    """One at a time tells a history; who finds another at it leaves it to them."""
    mine = Horizon.objects.select_for_update(skip_locked=True).filter(pk=history.name)
    if not mine.values_list("pk", flat=True):
        raise _Busy


def _top(history: History) -> tuple[int, datetime]:
    """The highest row there is, and a moment at which it was there."""
    sql = f"SELECT coalesce(max(id), 0), clock_timestamp() FROM {history.table}"  # noqa: S608
    ((top, seen_at),) = fetch(sql, {})
    return top, seen_at


def _oldest_transaction() -> datetime:
    ((began,),) = fetch(_OLDEST_TRANSACTION, {})
    return began


def _advance(horizon: Horizon, top: int, seen_at: datetime, began: datetime) -> None:
    """Leave behind what nobody can add to: all open transactions began after it was seen."""
    mine = Horizon.objects.filter(pk=horizon.pk)
    if horizon.seen_at is None:
        mine.filter(seen_at=None).update(upcoming=top, seen_at=seen_at)
    elif began > horizon.seen_at and horizon.upcoming > horizon.below:
        below = Greatest("below", models.Value(horizon.upcoming))
        mine.update(below=below, upcoming=top, seen_at=seen_at)
    elif began > horizon.seen_at:
        mine.filter(upcoming__lt=top).update(upcoming=top, seen_at=seen_at)


_OLDEST_TRANSACTION = """
SELECT coalesce(min(xact_start), clock_timestamp()) FROM pg_stat_activity
 WHERE datname = current_database() AND backend_type = 'client backend'
   AND pid <> pg_backend_pid()
"""
