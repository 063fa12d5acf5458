"""The process that sends is killed again and again: every notice arrives, in order, with one id."""

import time

import pytest

from tests import hooks
from tests.config.waiting import wait_until
from tests.flows.over_http import at_once
from tests.flows.told import Told
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


ENDPOINTS, EACH = 20, 1000
# Past the ten of a partner: it is about the sender, whoever lets them in.
MORE_OF_IT = """
WITH known AS (SELECT * FROM ota_webhookendpoint WHERE id = '%(known)s'),
made AS (
  INSERT INTO ota_webhookendpoint (id, partner_id, url, events, is_active, disabled_why,
      disabled_note, failures, last_milliseconds, listens_since, created_at)
  SELECT gen_random_uuid(), partner_id, url || '/' || n, events, true, '', '', 0, 0,
         listens_since, created_at FROM known, generate_series(1, %(endpoints)s) n
  RETURNING id)
INSERT INTO ota_delivery (endpoint_id, delivery_id, event_id, event_type, subject, payload, state,
    attempts, error, next_attempt_at, created_at)
SELECT id, gen_random_uuid(), gen_random_uuid(), 'webhook.test', 's' || n, '{}', 'pending', 0, '',
       now(), now() FROM made, generate_series(1, %(each)s) n
RETURNING id
"""


def test_a_partner_whose_twenty_endpoints_hang_with_a_thousand_notices_each_delays_nobody() -> None:
    with whole_run() as run, hooks.receiver(hooks.hanging(60)) as silent, hooks.receiver() as quick:
        first, second = (
            Told(each, run_product)
            for each, run_product in zip(run.programs(2), (106, 107), strict=True)
        )
        known = first.listens(silent.url)
        second.listens(quick.url)
        sql = MORE_OF_IT % {"known": known, "endpoints": ENDPOINTS, "each": EACH}
        assert len(run.rows(sql)) == ENDPOINTS * EACH
        assert wait_until(lambda: len(silent.got) >= 4, 30)
        took, threads = [], []
        for number in range(1, 11):
            second.sells(1)
            began = time.monotonic()
            assert wait_until(lambda: len(set(quick.ids)) == 2 * number, 30)  # noqa: B023
            took.append(time.monotonic() - began)
            threads.append(run.part("sender@").num_threads())
        assert max(took) < 10, took
        assert max(threads) < 40, threads  # twelve that send, and one each for a name they ask for
        assert len(silent.got) < 100
        # Every round of beat, metrics included, went on meanwhile.
        assert run.readiness()[1]["worker"]["last_seen_seconds_ago"] < 30
