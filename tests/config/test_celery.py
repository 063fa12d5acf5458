"""The timetable: what is due when, and that somebody is there to do it."""

import pytest
from celery.schedules import crontab

from config.celery import app
from config.settings import CELERY_BROKER_URL, REDIS_URL

TIMETABLE = list(app.conf.beat_schedule.values())
# Among many notices a sign of life waits longer than until the next; beat adds no second one.
DROPPED = [each for each in TIMETABLE if each["task"] != "ota.tasks.sender_heartbeat"]


@pytest.mark.parametrize("entry", TIMETABLE, ids=[entry["task"] for entry in TIMETABLE])
def test_every_task_of_the_timetable_exists(entry: dict[str, object]) -> None:
    app.autodiscover_tasks(force=True)
    assert entry["task"] in app.tasks


@pytest.mark.parametrize("entry", DROPPED, ids=[entry["task"] for entry in DROPPED])
def test_a_task_that_was_not_done_before_the_next_is_due_is_dropped(
    entry: dict[str, dict[str, float]],
) -> None:
    pause = 3600 if isinstance(entry["schedule"], crontab) else entry["schedule"]
    assert entry["options"]["expires"] == pause


def test_overdue_holds_are_freed_twice_a_minute() -> None:
    pauses = {entry["task"]: entry["schedule"] for entry in TIMETABLE}
    assert pauses["ticketing.tasks.expire_overdue"] == 30


def test_the_queue_is_on_the_same_server_as_the_counters() -> None:
    with app.connection() as connection:
        connection.ensure_connection(max_retries=1)
        number = connection.default_channel.client.connection_pool.connection_kwargs["db"]
    assert (str(number), CELERY_BROKER_URL.split(":")[0]) == (REDIS_URL[-1], "redis+socket")


def test_what_tasks_log_reaches_standard_error() -> None:
    """Where Celery puts a logger in its place, our lines end in that logger and are lost."""
    assert app.conf.worker_redirect_stdouts is False
    assert app.conf.worker_hijack_root_logger is False
