"""Bulk requests to the real web server: two at once, a worker that dies, others who buy."""

import threading
from typing import Any

import psutil
import pytest
from django.db import connection, transaction

from tests import make
from tests.config.waiting import wait_until
from tests.flows.over_http import LOST, anew
from tests.flows.test_web_workers import workers
from tests.openapi import Answer
from tests.partner_program import PAID, Program, expect, program
from ticketing import reconcile
from ticketing.models import Batch, Order, SettlementEntry, Ticket, TicketMove

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "tickets/bulk-generate"


@pytest.fixture
def url(web: str, transactional_db: None) -> str:
    return web


def wish(product_id: int, quantity: int, batch_id: str = "B-1") -> dict[str, Any]:
    return {"product_id": product_id, "quantity": quantity, "batch_id": batch_id}


def statuses(answers: list[Answer | Exception]) -> list[tuple[int, str]]:
    return sorted(
        (each.status, each.code) if isinstance(each, Answer) else (0, repr(each))
        for each in answers
    )


def test_two_identical_requests_at_once_make_one_batch(url: str) -> None:
    product, mine = make.product(4000), program().over(anew(url))
    body = wish(product.pk, 1500)

    answers = make.in_parallel(lambda _: mine.post(PATH, body), range(2))

    assert statuses(answers) == [(201, ""), (409, "duplicate_batch")]
    assert (Batch.objects.count(), Ticket.objects.count()) == (1, 1500)
    assert make.pool(product) == (4000, 1500, 0)
    assert list(reconcile.differences()) == []


def test_two_identical_requests_with_one_key_get_the_same_bytes(url: str) -> None:
    product, mine = make.product(4000), program().over(anew(url))
    body = wish(product.pk, 1500)

    answers = make.in_parallel(lambda _: mine.post(PATH, body, once="k"), range(2))

    first, second = answers
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert statuses(answers) == [(201, ""), (201, "")]
    assert first.body == second.body
    assert [each.headers.get("idempotent-replayed") for each in (first, second)].count("true") == 1
    assert (Batch.objects.count(), make.pool(product)) == (1, (4000, 1500, 0))


def test_of_twenty_sales_of_a_ticket_at_once_one_is_made(url: str) -> None:
    product, mine = make.product(), program().over(anew(url))
    code = mine.generated(product.pk, 1)["tickets"][0]["ticket_code"]

    answers = make.in_parallel(lambda _: mine.post(f"tickets/{code}/activate", PAID), range(20))

    assert statuses(answers) == [(200, ""), *[(409, "ticket_already_activated")] * 19]
    assert (Order.objects.count(), SettlementEntry.objects.count()) == (1, 1)
    assert make.pool(product) == (10, 0, 1)
    assert list(reconcile.differences()) == []


# --- A worker dies ---------------------------------------------------------------------------


def tickets_are_being_written() -> bool:
    """Whether a session is in the middle of a batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state <> 'idle'"
            " AND query LIKE '%%INSERT INTO ticketing_ticket%%'"
        )
        return bool(cursor.fetchone()[0])


def answers(mine: Program) -> bool:
    try:
        return mine.get("/healthz").status == 200
    except LOST:
        return False


def test_a_worker_killed_in_the_middle_leaves_nothing(url: str) -> None:
    product, mine = make.product(20_000), program().over(anew(url))
    outcomes: list[object] = []

    def ask() -> None:
        try:
            outcomes.append(mine.post(PATH, wish(product.pk, 5000), once="k"))
        except LOST as lost:
            outcomes.append(lost)

    caller = threading.Thread(target=ask)
    caller.start()
    before = workers(url)
    assert wait_until(tickets_are_being_written, 20)
    for worker in before:  # either of them may have it
        worker.kill()
    caller.join(30)

    assert isinstance(outcomes[0], LOST)
    assert wait_until(lambda: not tickets_are_being_written(), 20)
    left = [model.objects.count() for model in (Batch, Ticket, TicketMove)]
    assert left == [0, 0, 0]
    assert make.pool(product) == (20_000, 0, 0)
    assert list(reconcile.differences()) == []

    assert wait_until(lambda: answers(mine), 20)
    again = expect(201, mine.post(PATH, wish(product.pk, 5000), once="k"))
    assert (len(again["tickets"]), Batch.objects.count()) == (5000, 1)
    assert make.pool(product) == (20_000, 5000, 0)


# --- Others buy meanwhile --------------------------------------------------------------------


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_while_a_bulk_request_is_held_up_every_worker_goes_on_selling(url: str) -> None:
    product, mine = make.product(100), program().over(anew(url))
    answered: list[Answer] = []
    bulk = threading.Thread(target=lambda: answered.append(mine.post(PATH, wish(product.pk, 10))))
    with transaction.atomic():
        make.batch(1, of=mine.owner, batch_id="B-1")  # holds it up, and is undone
        bulk.start()
        assert wait_until(waits_for_a_lock)
        for _ in range(16):
            mine.reserved(product.pk)
        assert answered == []
        transaction.set_rollback(True)
    bulk.join(20)

    assert [each.status for each in answered] == [201]
    assert make.pool(product) == (100, 26, 0)


@pytest.mark.proof
def test_the_memory_of_a_batch_is_given_back(url: str) -> None:
    product, mine = make.product(100_000), program().over(anew(url))

    def resident() -> float:
        return max(psutil.Process(each.pid).memory_info().rss for each in workers(url)) / 2**20

    for number in range(4):  # both workers have made some
        expect(201, mine.post(PATH, wish(product.pk, 5000, f"A-{number}")))
    before = resident()
    for number in range(8):
        expect(201, mine.post(PATH, wish(product.pk, 5000, f"B-{number}")))
    assert resident() - before < 20
