"""What became of the tickets of a batch."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count

from .models import Batch, Ticket


def counts(batches: Iterable[Batch]) -> dict[UUID, dict[str, int]]:
    """Tickets by status of each batch, by its uuid; one query, from an index alone."""
    counted = {batch.pk: dict.fromkeys(Ticket.Status.values, 0) for batch in batches}
    rows = Ticket.objects.filter(batch__in=list(counted)).order_by().values_list("batch", "status")
    for batch, status, number in rows.annotate(number=Count("*")):
        counted[batch][status] = number
    return counted


def activated(batch: Batch) -> int:
    """How many tickets of a batch were ever activated, whatever became of them since."""
    return batch.tickets.filter(activated_at__isnull=False).count()
