"""A task logs, and writes history, under the id of the request that woke it, or of its own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from celery.contrib.testing.worker import start_worker
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

from config.celery import app
from inventory.models import AllocationMove
from tests import canaries, make
from tests.config.waiting import wait_until
from ticketing import tasks
from ticketing.models import Reservation

log = structlog.get_logger("tests.tasks")


@app.task(name="tests.config.say")
def say(word: str) -> None:
    log.info("said", word=word)
    if word == "failing":
        raise ValueError(word)


@pytest.fixture
def worker() -> Iterator[None]:
    """One in a thread of this process, on the queue of these tests."""
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="WARNING"):
        yield


def lines(word: str) -> list[dict[str, str]]:
    """What was logged of a word by now."""
    return [line for line in map(json.loads, canaries.HEARD) if word in json.dumps(line)]


def test_the_id_of_a_request_goes_from_edge_to_task(worker: None) -> None:
    clear_contextvars()
    with bound_contextvars(request_id="request-at-the-edge"):
        log.info("edge", word="woken")
        say.delay("woken")
        say.delay("failing")
        assert wait_until(lambda: len(lines("woken")) == 2 and len(lines("failing")) >= 2)
    edge, task = lines("woken")
    assert (edge["event"], task["event"], task["task"]) == ("edge", "said", "tests.config.say")
    ids = {line["request_id"] for line in [edge, task, *lines("failing")]}
    assert ids == {"request-at-the-edge"}
    assert any("exception" in line for line in lines("failing"))


def test_what_nobody_asked_for_has_an_id_of_its_own(worker: None) -> None:
    clear_contextvars()
    say.delay("first")
    say.delay("second")
    assert wait_until(lambda: len(lines("first") + lines("second")) == 2)
    ids = {line["request_id"] for line in lines("first") + lines("second")}
    assert len(ids) == 2
    assert {len(each) for each in ids} == {32}


@pytest.mark.django_db(transaction=True)
def test_what_one_sweep_of_beat_changes_bears_the_id_of_its_log_lines(worker: None) -> None:
    clear_contextvars()
    first, second = make.reservation("overdue"), make.reservation("overdue")
    tasks.expire_overdue.apply_async()
    assert wait_until(lambda: not Reservation.objects.filter(status="active").exists())
    moves: list[Any] = [
        *first.history.filter(status="expired"),
        *second.history.filter(status="expired"),
        *AllocationMove.objects.filter(kind="expire"),
    ]
    assert {move.by for move in moves} == {"system:expiry"}
    said = [line for line in lines("ota.reservations.expired") if "count" in line]
    ids = {move.request_id for move in moves} | {line["request_id"] for line in said}
    assert (len(moves), len(said), len(ids), {len(each) for each in ids}) == (4, 2, 1, {32})
    later = make.reservation("overdue")
    tasks.expire_overdue.apply_async()
    assert wait_until(lambda: later.history.filter(status="expired").exists())
    assert later.history.get(status="expired").request_id not in ids


@pytest.mark.django_db
def test_holds_that_a_request_frees_bear_its_id() -> None:
    product = make.product(2)
    overdue = make.reservation("overdue", on=product, quantity=2)
    make.reservation(on=product, quantity=2)
    move = overdue.history.get(status="expired")
    assert (move.by, move.request_id) == ("system:expiry", make.BY.request_id)


def test_a_task_that_is_called_within_a_request_leaves_its_id_alone() -> None:
    clear_contextvars()
    bind_contextvars(request_id="request-at-the-edge")
    say.apply(("inside",))
    log.info("edge", word="inside")
    assert {line["request_id"] for line in lines("inside")} == {"request-at-the-edge"}
    clear_contextvars()
