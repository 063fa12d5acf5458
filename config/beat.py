"""Beat: starts what is due, and piles nothing up while nobody takes it.

What is due every few seconds is not added to a queue in which the same still waits: when a worker
comes back after an hour it finds a handful of messages, not thousands. What is due by the clock is
sent once Redis is back, and once when beat begins, for nobody did it while beat was away.
"""

from datetime import timedelta
from typing import Any

import structlog
from celery.beat import ScheduleEntry, Scheduler
from celery.schedules import crontab
from celery.utils.dispatch import Signal
from redis.exceptions import RedisError

from config import queues

log = structlog.get_logger("config.beat")
# Something is due; its sender is the task. Whether it can be sent on is another matter.
due = Signal(name="due")


class Timetable(Scheduler):
    """Celery's scheduler, looking at the queue before it adds to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.owed: dict[str, ScheduleEntry] = {}
        self.is_redis_away = False
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        super().setup_schedule()
        for entry in self.schedule.values():
            if _is_by_the_clock(entry):
                entry.last_run_at -= timedelta(hours=1)

    def apply_async(self, entry: ScheduleEntry, *args: Any, **kwargs: Any) -> Any:
        """Send it, unless it would only pile up; None where it was not sent."""
        due.send(sender=entry.task)
        try:
            waiting = queues.tasks(self._queue(entry))
        except RedisError as error:
            return self._postpone(entry, error)
        self._note(is_away=False)
        for name in list(self.owed):
            super().apply_async(self.owed[name], *args, **kwargs)
            del self.owed[name]
        if entry.task in waiting and not _is_by_the_clock(entry):
            return None
        return super().apply_async(entry, *args, **kwargs)

    def _queue(self, entry: ScheduleEntry) -> str:
        return str(self.app.amqp.router.route({}, entry.task)["queue"].name)

    def _postpone(self, entry: ScheduleEntry, error: RedisError) -> None:
        if _is_by_the_clock(entry):
            self.owed[entry.name] = entry
        self._note(is_away=True, error=type(error).__name__)

    def _note(self, *, is_away: bool, **facts: str) -> None:
        """One line when it goes and one when it is back, not one for every task."""
        if is_away != self.is_redis_away:
            log.warning("beat.redis_away" if is_away else "beat.redis_back", **facts)
        self.is_redis_away = is_away


def _is_by_the_clock(entry: ScheduleEntry) -> bool:
    return isinstance(entry.schedule, crontab)
