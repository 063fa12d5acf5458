"""The process that sends is killed again and again: every notice arrives, in order, with one id."""

import time

import pytest

from tests import hooks
from tests.config.waiting import wait_until
from tests.flows.over_http import at_once
from tests.flows.whole_run import WholeRun, whole_run
from tests.partner_program import CUSTOMER, Program, expect

pytestmark = pytest.mark.proof
ORDERS = 40


def test_no_notice_is_lost_when_its_sender_dies_and_nobody_waits_for_one_that_hangs() -> None:
    hung, slow = hooks.receiver(hooks.hanging(30)), hooks.receiver(slowly)
    with whole_run() as run, hung as silent, slow as patient, hooks.receiver() as quick:
        product = run.product(units=1000)
        first, second, third = run.programs(3)
        for mine, url in ((first, silent.url), (second, patient.url), (third, quick.url)):
            expect(201, mine.post("webhooks", {"url": url}))

        def sell_and_cancel(program_and_number: tuple[Program, int]) -> None:
            mine, number = program_and_number
            wish = {"product_id": product, "quantity": 1, "batch_id": f"KILL-{number}"}
            batch = expect(201, mine.post("tickets/bulk-generate", wish))
            code = batch["tickets"][0]["ticket_code"]
            paid = {"customer_details": CUSTOMER, "payment_reference": f"PAY-{number}"}
            expect(200, mine.post(f"tickets/{code}/activate", paid))
            expect(200, mine.post(f"tickets/{code}/cancel"))

        wishes = [(mine, n) for n in range(ORDERS) for mine in (first, second, third)]
        at_once(sell_and_cancel, wishes, threads=4)
        for _ in range(4):
            time.sleep(3)
            run.part("sender@").kill()
        wanted = 2 * ORDERS  # an order confirmed, a ticket cancelled
        assert wait_until(lambda: len(set(quick.ids)) == wanted, 60), len(set(quick.ids))
        assert wait_until(lambda: len(set(patient.ids)) == wanted, 120), len(set(patient.ids))
        assert len(silent.got) < 40  # probed, by one thread
        told = run.rows(
            "SELECT count(*), count(DISTINCT (endpoint_id, event_id)) FROM ota_delivery"
        )
        assert told == [(3 * wanted, 3 * wanted)]
        assert wait_until(lambda: delivered(run) == 2 * wanted, 60)
        expired = run.readiness()[1]
        assert expired["worker"]["last_seen_seconds_ago"] < 30


def delivered(run: WholeRun) -> int:
    sql = "SELECT count(*) FROM ota_delivery WHERE state = 'delivered'"
    return run.rows(sql)[0][0]


def slowly(handler: object) -> None:
    time.sleep(0.3)
    hooks.answering(204)(handler)  # type: ignore[arg-type]
