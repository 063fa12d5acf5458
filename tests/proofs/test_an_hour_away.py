"""Beat, worker and sender away for an hour: sales go on, and all is caught up with, once.

The hour is made: signs of life are put back by it, beat's own code works through it with a clock
that runs ahead, and what would have become due meanwhile is put back too.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import hooks
from tests.config.waiting import wait_until
from tests.flows.whole_run import WholeRun, whole_run
from tests.mail_server import MailServer
from tests.partner_program import CUSTOMER, Program, expect
from ticketing.periods import Cycle, day_of, period

pytestmark = pytest.mark.proof
PARTS = ("worker --concurrency", "sender@", " beat ")
SILENT = {"beat_silent", "worker_silent", "sender_silent"}
ORDERS, HOLDS = 20, 30
# What beat would have sent in an hour while nobody takes it; printed: what then waits.
AN_HOUR = """
import json
from collections import Counter
from datetime import timedelta
from config.beat import Timetable, due
from config.celery import app
from config.redis_client import client
due.receivers.clear()
clock = [app.now()]
app.now = lambda: clock[0]
timetable, until, ticks = Timetable(app), clock[0] + timedelta(hours=1), 0
while clock[0] < until:
    clock[0] += timedelta(seconds=max(timetable.tick() or 0, 0.01))
both = [each for queue in ("celery", "webhooks") for each in client().lrange(queue, 0, -1)]
print(json.dumps(Counter(json.loads(each)["headers"]["task"] for each in both)))
"""
# A ticket sold in the month before.
LATE = """
from datetime import datetime
from config.actors import Actor
from resellers.models import Partner
from ticketing import premade
from ticketing.issuing import PricingContext
from django.db import transaction
with transaction.atomic():
    premade.activate(
        partner=Partner.objects.get(partner_id="BUYER-0"), code=%r, payment_reference="PAY-1",
        customer_details={"name": "Chan", "email": "chan@example.com", "phone": "+852 1234 5678"},
        context=PricingContext(), at=datetime.fromisoformat(%r), by=Actor("tests"))
"""
HEARD = "SELECT part FROM ota_heartbeat"
PUT_BACK = """
UPDATE ota_heartbeat SET at = at - interval '1 hour' RETURNING part;
UPDATE ota_alertthreshold SET value = 30 WHERE rule LIKE '%_silent';
UPDATE ticketing_reservation SET expires_at = now() - interval '30 minutes'
 WHERE status = 'active' AND partner_id = (
   SELECT id FROM resellers_partner WHERE partner_id = 'BUYER-0')
"""
ENDED = """
UPDATE ota_alert SET closed_at = closed_at - interval '16 minutes'
 WHERE closed_at IS NOT NULL AND closing_mailed_at IS NULL RETURNING id
"""


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        try:
            yield server
        finally:
            server.shutdown()


def test_all_is_caught_up_with_after_an_hour_without_a_flood() -> None:
    with mail_server() as mails, hooks.receiver() as got:
        told = {
            "EMAIL_URL": f"smtp://127.0.0.1:{mails.server_address[1]}",
            "ALERT_EMAILS": "ops@example.org",
        }
        with whole_run(told) as run:
            product = run.product(units=1000)
            (mine,) = run.programs(1)
            expect(201, mine.post("webhooks", {"url": got.url, "events": ["order.confirmed"]}))
            first = sold_last_month(run, mine, product)
            assert wait_until(lambda: len(run.rows(HEARD)) == 3, 60)  # away is who was there
            with run.frozen(*PARTS):
                away(run, mine, product, mails)
                run.part(" beat ").kill()  # who was away for an hour is started anew
            back(run, got, mails, first)


def sold_last_month(run: WholeRun, mine: Program, product: int) -> datetime:
    """A sale that no statement has yet, for nobody has closed its month."""
    wish = {"product_id": product, "quantity": 1, "batch_id": "B-1"}
    batch = expect(201, mine.post("tickets/bulk-generate", wish))
    month = period(Cycle.MONTHLY, day_of(datetime.now().astimezone()))
    moment = month.begins - timedelta(days=1)
    sold = run.manage(
        "shell", "--no-imports", "-c",
        LATE % (batch["tickets"][0]["ticket_code"], moment.isoformat()),
    )  # fmt: skip
    assert sold.returncode == 0, sold.stderr
    return moment


def away(run: WholeRun, mine: Program, product: int, mails: MailServer) -> None:
    for n in range(HOLDS):
        mine.post("reserve", {"product_id": product, "quantity": 1}, once=f"hold-{n}")
    run.rows(PUT_BACK)
    piled = run.manage("shell", "--no-imports", "-c", AN_HOUR, timeout=300)
    assert piled.returncode == 0, piled.stderr
    waiting = Counter(json.loads(piled.stdout))
    assert max(waiting.values()) <= 3  # by the clock: as beat began, and in the hour
    assert sum(waiting.values()) <= 20

    assert wait_until(lambda: still_open(run) >= SILENT, 60)
    for n in range(ORDERS):
        held = expect(201, mine.post("reserve", {"product_id": product, "quantity": 1}))
        paid = {"customer_details": CUSTOMER, "payment_reference": f"PAY-{n}"}
        path = f"reservations/{held['reservation_id']}/activate"
        expect(201, mine.post(path, paid, headers={"X-Request-Id": f"while-away-{n}"}))
    words = ("Beat is silent", "The worker is silent", "The sender is silent")
    assert wait_until(lambda: all(any(w in text for text in texts(mails)) for w in words), 30)


def back(run: WholeRun, got: hooks.Receiver, mails: MailServer, sold: datetime) -> None:
    assert wait_until(lambda: is_told(got, ORDERS), 60), len(got.ids)
    assert wait_until(lambda: not SILENT & still_open(run), 60)
    assert wait_until(lambda: swept(run) == HOLDS, 60)
    assert wait_until(lambda: statements(run) == [(f"{sold:%Y-%m}-01", 1)], 60), statements(run)
    assert wait_until(lambda: logged(run) == ORDERS, 30)
    ran = Counter(outcomes(run))
    assert ran["failed"] == 0
    assert ran["too_late"] <= 20
    assert len(got.ids) == len(set(got.ids)) == ORDERS
    # An alert is mailed when it opens, and when it has been over for a while: each once.
    before = subjects(mails)
    assert sorted(set(before)) == sorted(before)
    ended = len(run.rows(ENDED))
    assert wait_until(lambda: len(of_ends(mails)) == ended, 60), subjects(mails)
    # The holds that lapsed are a share worth a word; nothing else opened.
    opened = run.rows("SELECT rule FROM ota_alert WHERE mailed_at IS NOT NULL ORDER BY rule")
    assert {rule for (rule,) in opened} == {*SILENT, "expiry_rate"}
    assert len(subjects(mails)) == len(opened) + ended == len(set(subjects(mails)))
    reconciled = run.manage("reconcile")
    assert reconciled.returncode == 0, reconciled.stdout


def subjects(mails: MailServer) -> list[str]:
    """Of the mails to operators; partners are told of new stock."""
    return [str(each["Subject"]) for each in mails.taken if each["To"] == "ops@example.org"]


def of_ends(mails: MailServer) -> list[str]:
    return [each for each in subjects(mails) if "] closed: " in each]


def texts(mails: MailServer) -> list[str]:
    return [each.get_content() for each in mails.taken]


def is_told(got: hooks.Receiver, orders: int) -> bool:
    return len(set(got.ids)) == orders


def still_open(run: WholeRun) -> set[str]:
    return {each[0] for each in run.rows("SELECT rule FROM ota_alert WHERE closed_at IS NULL")}


def swept(run: WholeRun) -> int:
    sql = "SELECT count(*) FROM ticketing_reservation WHERE status = 'expired'"
    return run.rows(sql)[0][0]


def statements(run: WholeRun) -> list[tuple[Any, ...]]:
    sql = """SELECT period_start::text, lines_count FROM ticketing_statement s
             JOIN resellers_partner p ON p.id = s.partner_id WHERE p.partner_id = 'BUYER-0'"""
    return run.rows(sql)


def logged(run: WholeRun) -> int:
    sql = "SELECT count(*) FROM ota_apicall WHERE request_id LIKE 'while-away-%'"
    return run.rows(sql)[0][0]


def outcomes(run: WholeRun) -> dict[str, int]:
    """How the tasks of all workers ended, as the metrics say."""
    found: Counter[str] = Counter()
    for line in Program(None, send=run.send).get("/metrics").body.decode().splitlines():
        if line.startswith("gangway_tasks_total{"):
            labels, _, number = line.rpartition(" ")
            found[labels.partition('outcome="')[2].partition('"')[0]] += int(float(number))
    return found
