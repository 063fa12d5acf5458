"""What the partner channel does on its own."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from config import queues
from config.beat import due

from . import calls, health, old_records
from .alerts import mail
from .alerts.evaluation import evaluate, evaluate_parts
from .alerts.rule import Group
from .metrics import tasks as task_figures  # noqa: F401  counts every task of a worker
from .webhooks import lines, mails, notices, sending

HEARTBEAT = "ota.tasks.beat_heartbeat"
SENDERS_WAIT = 6  # seconds
MOST_SENDERS = 200  # that wait to be begun; while nobody begins them, more would only pile up


@shared_task
def store_calls() -> int:
    """Empty the stream of partner calls into their table."""
    return calls.store()


@shared_task
def tell_partners() -> int:
    """Make notices of what happened, and set senders on those that are due."""
    try:
        return notices.tell(at=timezone.now())
    finally:
        _wake_senders()


@shared_task
def send_notices(endpoint_id: str) -> int:
    """Send to one endpoint what is due, for some seconds."""
    return sending.drain(UUID(endpoint_id), at=timezone.now)


@shared_task
def send_mails() -> int:
    """Send the e-mails to contacts of partners that wait."""
    return mails.send_due(at=timezone.now)


@shared_task
def forget_old_records() -> None:
    """Delete what has been kept long enough: calls, answers, notices both ways, logins."""
    old_records.forget(at=timezone.now())


@shared_task(name=HEARTBEAT)
def worker_heartbeat() -> None:
    """The worker lives: it ran this."""
    health.beat("worker", at=timezone.now())


@shared_task
def sender_heartbeat() -> None:
    """The sender of notices and e-mails lives: it ran this."""
    health.beat("sender", at=timezone.now())


@due.connect
def beat_heartbeat(sender: str = "", **_: Any) -> None:
    """Beat lives: it is the one for whom this is due, whether or not the broker takes it."""
    if sender == HEARTBEAT:
        health.beat("beat", at=timezone.now())


def _wake_senders() -> None:
    free = MOST_SENDERS - queues.length(settings.WEBHOOK_QUEUE)
    for endpoint_id, senders in lines.due():
        for _ in range(min(senders, free)):
            # One that nobody took before the next round is one too many.
            send_notices.apply_async([str(endpoint_id)], expires=SENDERS_WAIT)
            free -= 1


@shared_task
def judge_alerts() -> None:
    """Open and close alerts about what holds now."""
    evaluate_parts(at=timezone.now())
    evaluate(Group.QUICK, at=timezone.now())


@shared_task
def judge_trends() -> None:
    """Open and close alerts of rules that look far back."""
    evaluate(Group.SLOW, at=timezone.now())


@shared_task
def compare_books() -> None:
    """Prove that nothing drifted; each difference is an error line, each place an alert."""
    evaluate(Group.BOOKS, at=timezone.now())


@shared_task
def mail_alerts() -> int:
    """Mail operators what opened and what ended."""
    return mail.send_due(at=timezone.now())
