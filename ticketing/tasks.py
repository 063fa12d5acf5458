"""What runs on its own; no answer of the system depends on it."""

from celery import shared_task
from django.utils import timezone

from config import task_ids

from . import batches, expiring, settlement


@shared_task
def expire_overdue() -> int:
    """Return overdue holds to their pools."""
    return expiring.sweep(at=timezone.now, by=expiring.SYSTEM.within(task_ids.current()))


@shared_task
def expire_overdue_batches() -> int:
    """Expire what batches did not sell in time, where ENFORCE_BATCH_EXPIRY is on."""
    return batches.sweep(at=timezone.now, by=batches.SYSTEM.within(task_ids.current()))


@shared_task
def close_periods() -> int:
    """Close every settlement period that is over."""
    by = settlement.SYSTEM.within(task_ids.current())
    return len(list(settlement.sweep(at=timezone.now(), by=by)))
