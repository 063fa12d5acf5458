"""What has been kept long enough: calls, answers, notices both ways, logins."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError

from customers import tokens
from ticketing import notices as payment_notices

from . import calls, idempotency
from .webhooks import notices


def forget(*, at: datetime) -> None:
    """Delete it; what cannot be deleted is raised at the end and keeps nothing else."""
    days = settings.REQUEST_LOG_DAYS
    kinds: list[Callable[[], object]] = [
        partial(calls.forget, at=at, days=days),
        partial(idempotency.forget, at=at, hours=settings.IDEMPOTENCY_HOURS),
        partial(notices.forget, at=at, days=days),
        partial(payment_notices.forget_refused, at=at, days=days),
        partial(tokens.forget, at=at),
        SessionStore.clear_expired,
    ]
    failures = [failure for failure in map(_failure_of, kinds) if failure]
    if failures:
        raise failures[0]


def _failure_of(delete: Callable[[], object]) -> DatabaseError | None:
    try:
        delete()
    except DatabaseError as failure:
        return failure
    return None
