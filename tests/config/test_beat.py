"""Beat adds nothing to what nobody takes, owes what is due by the clock, and is not noisy."""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery.schedules import crontab
from pytest_django import Settings

from config import queues
from config.beat import Timetable, due
from config.celery import app
from config.redis_client import client
from tests import canaries

AWAY = "unix:///nonexistent/valkey.sock"
HOURLY = {
    entry["task"]
    for entry in app.conf.beat_schedule.values()
    if isinstance(entry["schedule"], crontab)
}


class Clock:
    """The time beat believes in."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 10, 12, 30, tzinfo=app.timezone)

    def passes(self, timetable: Timetable, **span: float) -> None:
        """Beat works through a span of time, without waiting for it."""
        until = self.now + timedelta(**span)
        while self.now < until:
            self.now += timedelta(seconds=max(timetable.tick() or 0, 0.01))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Clock:
    made = Clock()
    # As it is started: a line for each of thousands of tasks would take longer than all else.
    caplog.set_level(logging.WARNING, logger="celery.beat")
    monkeypatch.setattr(app, "now", lambda: made.now)
    return made


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What was due, in a database or not."""
    receivers, due.receivers = due.receivers, []
    names: list[str] = []

    def hear(sender: str = "", **_: Any) -> None:
        names.append(sender)

    due.connect(hear, weak=False)
    yield names
    due.receivers = receivers


def timetable() -> Timetable:
    return Timetable(app)


def waiting() -> Counter[str]:
    both = [each for queue in ("celery", "webhooks") for each in client().lrange(queue, 0, -1)]
    return Counter(json.loads(each)["headers"]["task"] for each in both)


def emptied() -> None:
    client().delete("celery", "webhooks")


def test_an_hour_in_which_nobody_takes_anything_leaves_one_of_each(
    clock: Clock, heard: list[str]
) -> None:
    clock.passes(timetable(), hours=1)
    assert len(heard) > 4000
    found = waiting()
    assert set(found) == {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {task: number for task, number in found.items() if number > 1} == dict.fromkeys(
        HOURLY, 2
    )  # one as beat began, one by the clock


def test_what_is_taken_is_added_again_when_it_is_due(clock: Clock, heard: list[str]) -> None:
    mine = timetable()
    for _ in range(5):
        clock.passes(mine, seconds=3)
        assert queues.tasks("celery") >= {"ota.tasks.store_calls", "ota.tasks.tell_partners"}
        emptied()
        assert queues.length("celery") == 0


def test_what_was_due_by_the_clock_while_beat_was_away_is_sent_once_it_begins(
    clock: Clock, heard: list[str]
) -> None:
    mine = timetable()
    clock.passes(mine, seconds=1)
    assert waiting() == dict.fromkeys(HOURLY, 1)
    emptied()
    clock.passes(mine, minutes=5)
    assert HOURLY & set(waiting()) == set()


def test_without_redis_it_lives_says_so_once_and_owes_what_is_due_by_the_clock(
    clock: Clock, heard: list[str], settings: Settings
) -> None:
    mine = timetable()
    clock.passes(mine, seconds=1)
    emptied()
    there, settings.REDIS_URL = settings.REDIS_URL, AWAY
    clock.passes(mine, minutes=48)
    assert Counter(heard)["ota.tasks.beat_heartbeat"] >= 288
    assert set(mine.owed) == {
        name for name, entry in app.conf.beat_schedule.items() if entry["task"] in HOURLY
    }

    settings.REDIS_URL = there
    clock.passes(mine, seconds=3)
    assert {task: number for task, number in waiting().items() if task in HOURLY} == (
        dict.fromkeys(HOURLY, 1)
    )
    assert mine.owed == {}
    events = [json.loads(line).get("event", "") for line in canaries.HEARD]
    assert [each for each in events if each.startswith("beat.")] == [
        "beat.redis_away",
        "beat.redis_back",
    ]
