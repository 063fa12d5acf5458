"""How often tasks ran, failed or came too late, and how long they took; counted in Redis.

Workers may run on other machines than the web server that is asked for figures, and their
processes come and go. What brings them their work keeps their counts, so that one answer has
the sum of all. A count that Redis does not hear is lost; the task is not.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from celery.signals import task_postrun, task_prerun, task_revoked
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from redis.exceptions import RedisError

from config.redis_client import client

KEPT = "gangway:task-figures"
BUCKETS = ("0.01", "0.05", "0.1", "0.5", "1", "5", "10", "30", "60", "300", "+Inf")
OUTCOMES = {"SUCCESS": "done", "FAILURE": "failed", "RETRY": "retried"}
NONE = dict.fromkeys((*OUTCOMES.values(), "too_late"), 0.0)
_began: dict[str, float] = {}


@task_prerun.connect
def began(task_id: str = "", **_: Any) -> None:
    _began[task_id] = time.perf_counter()


@task_postrun.connect
def ended(task_id: str = "", task: Any = None, state: str = "", **_: Any) -> None:
    seconds = time.perf_counter() - _began.pop(task_id, time.perf_counter())
    outcome = OUTCOMES.get(state, "other")
    bucket = next(each for each in BUCKETS if seconds <= float(each))
    with suppress(RedisError):
        told = client().pipeline(transaction=False)
        told.hincrby(KEPT, f"{task.name} outcome {outcome}", 1)
        told.hincrby(KEPT, f"{task.name} le {bucket}", 1)
        told.hincrbyfloat(KEPT, f"{task.name} seconds total", seconds)
        if outcome == "done":
            told.hset(KEPT, f"{task.name} last done", time.time())
        told.execute()


@task_revoked.connect
def dropped(sender: Any = None, expired: bool = False, **_: Any) -> None:
    """What was not begun before the next one was due is not worked off."""
    if expired:
        with suppress(RedisError):
            client().hincrby(KEPT, f"{sender.name} outcome too_late", 1)


def families() -> Iterator[Metric]:
    """What Redis counted; raises RedisError."""
    ran = CounterMetricFamily("gangway_tasks", "Tasks by outcome.", labels=["task", "outcome"])
    took = HistogramMetricFamily("gangway_task_seconds", "How long they ran.", labels=["task"])
    last = GaugeMetricFamily(
        "gangway_task_last_done_timestamp_seconds", "When one last succeeded.", labels=["task"]
    )
    for task, kinds in sorted(_counts().items()):
        # From zero on: a rate does not see the first failure of a figure that begins with it.
        for outcome, number in sorted((NONE | kinds["outcome"]).items()):
            ran.add_metric([task, outcome], number)
        if "le" in kinds:
            took.add_metric([task], _cumulative(kinds["le"]), kinds["seconds"]["total"])
        if "last" in kinds:
            last.add_metric([task], kinds["last"]["done"])
    yield from (ran, took, last)


def _counts() -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    kept = cast("dict[bytes, bytes]", client().hgetall(KEPT))
    for field, value in kept.items():
        task, kind, name = field.decode().split(" ")
        found[task][kind][name] = float(value)
    return found


def _cumulative(buckets: dict[str, float]) -> list[tuple[str, float]]:
    total, summed = 0.0, []
    for bucket in BUCKETS:
        total += buckets.get(bucket, 0)
        summed.append((bucket, total))
    return summed
