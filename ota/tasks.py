"""What the partner channel does on its own."""

from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import before_task_publish
from django.utils import timezone

from . import calls, health, lines, mails, notices, old_records, sending
from . import task_figures as task_figures  # counts every task of a worker
from .alerts import mail
from .alerts.evaluation import evaluate, evaluate_parts
from .alerts.rule import Group

HEARTBEAT = "ota.tasks.beat_heartbeat"
SENDERS_WAIT = 6  # seconds


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


@before_task_publish.connect
def beat_heartbeat(sender: str | None = None, **message: Any) -> None:
    """Beat lives: it is the one that sends this task, whether or not the broker takes it."""
    if sender == HEARTBEAT:
        health.beat("beat", at=timezone.now())


def _wake_senders() -> None:
    for endpoint_id, senders in lines.due():
        for _ in range(senders):
            # One that nobody took before the next round is one too many.
            send_notices.apply_async([str(endpoint_id)], expires=SENDERS_WAIT)


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
