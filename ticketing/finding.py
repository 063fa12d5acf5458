"""A partner's tickets by what is known of them, as quick among millions as among few.

The tickets of a batch share its moment. So a batch's id, product or reseller become moments to
look up in an index that is ordered by moments, instead of rows to look through.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db.models import QuerySet, Sum

from resellers.models import Partner

from .models import Batch, Ticket


class Found(NamedTuple):
    """Tickets, and what counts them."""

    tickets: QuerySet[Ticket]
    total: Callable[[], int]


def premade(
    partner: Partner,
    *,
    status: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    **of_batch: Any,
) -> Found:
    """Pre-made tickets; `of_batch` names fields of their batches."""
    within = _within(created_after, created_before)
    batches = partner.batches.filter(**of_batch, **within)
    tickets: QuerySet[Ticket] = partner.tickets.filter(batch__isnull=False, **within)
    if of_batch:
        tickets = _of(tickets, batches)
    if status:
        tickets = tickets.filter(status=status)
    return Found(tickets, partial(_number, batches, status))


def of_any_origin(
    partner: Partner,
    *,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    **facts: Any,
) -> Found:
    """Pre-made tickets, and those issued from reservations; `facts` are fields of theirs."""
    tickets = partner.tickets.filter(**facts, **_within(created_after, created_before))
    return Found(tickets, tickets.count)


def _within(after: datetime | None, before: datetime | None) -> dict[str, datetime]:
    span = {"created_at__gt": after, "created_at__lt": before}
    return {lookup: moment for lookup, moment in span.items() if moment}


def _of(tickets: QuerySet[Ticket], batches: QuerySet[Batch]) -> QuerySet[Ticket]:
    moments = dict(batches.values_list("pk", "created_at"))
    return tickets.filter(batch__in=moments, created_at__in=set(moments.values()))


def _number(batches: QuerySet[Batch], status: str | None) -> int:
    batches = batches.order_by()
    if status is None:  # of each batch all its tickets are there for good, whatever became of them
        return int(batches.aggregate(number=Sum("quantity", default=0))["number"])
    # Named one by one, they are counted in the smallest index of the table.
    ids = list(batches.values_list("pk", flat=True))
    return Ticket.objects.filter(batch__in=ids, status=status).count()
