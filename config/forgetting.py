"""Old rows are deleted some thousand at a time, so that no statement takes too long."""

from typing import Any

from django.db.models import QuerySet

AT_ONCE = 10_000


def forget(rows: QuerySet[Any]) -> int:
    """Delete what a query finds, each slice for itself; returns how many. Safe to repeat."""
    total = 0
    while True:
        slice_of_them = rows.order_by().values("pk")[:AT_ONCE]
        deleted, _ = rows.model._base_manager.filter(pk__in=slice_of_them).delete()
        total += deleted
        if deleted < AT_ONCE:
            return total
