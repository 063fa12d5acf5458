"""Somebody has taken an alert on: it stays open, and asks nobody any more."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from ..models import Alert


@transaction.atomic(savepoint=False)
def acknowledge(*, alert_id: int, note: str, user: User, at: datetime) -> Alert:
    """Note who takes an alert on and what is done about it; again replaces name and note."""
    alert = Alert.objects.select_for_update(no_key=True).get(pk=alert_id)
    alert.acknowledged_at, alert.acknowledged_by, alert.note = at, user, note
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
    return alert


def waiting() -> int:
    """How many open alerts nobody has taken on."""
    return Alert.objects.filter(closed_at=None, acknowledged_at=None).count()
