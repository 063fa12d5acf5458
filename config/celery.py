"""The Celery application and its timetable; no answer of the product waits for either."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab

from config import task_ids  # noqa: F401  connects what a task is told of its request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("gangway")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def every(seconds: float, task: str) -> dict[str, Any]:
    """A task that is worthless once the next one is due: a backlog is not worked off."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


def hourly(minute: int, task: str) -> dict[str, Any]:
    """By the clock, so that a beat that is often started anew leaves no hour out."""
    return {"task": task, "schedule": crontab(minute=minute), "options": {"expires": 3600}}


app.conf.beat_schedule = {
    "expire overdue holds": every(30, "ticketing.tasks.expire_overdue"),
    "expire the rest of overdue batches": every(300, "ticketing.tasks.expire_overdue_batches"),
    "store partners' calls": every(2, "ota.tasks.store_calls"),
    "tell partners what happened": every(2, "ota.tasks.tell_partners"),
    "send e-mails to partners": every(30, "ota.tasks.send_mails"),
    "show that beat and worker live": every(10, "ota.tasks.beat_heartbeat"),
    # It never expires: among many notices to slow receivers it waits longer than ten seconds.
    "show that the sender lives": {"task": "ota.tasks.sender_heartbeat", "schedule": 10},
    "open and close alerts": every(30, "ota.tasks.judge_alerts"),
    "open and close alerts that look far back": every(300, "ota.tasks.judge_trends"),
    "mail operators": every(30, "ota.tasks.mail_alerts"),
    "compare counters with history": hourly(7, "ota.tasks.compare_books"),
    "close settlement periods": hourly(17, "ticketing.tasks.close_periods"),
    "forget old records": hourly(37, "ota.tasks.forget_old_records"),
}
