"""Who may go next: found at once, however much waits and however it stands in line."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ota.models import Delivery, Event, WebhookEndpoint
from ota.webhooks import lines, notices
from tests import hooks, make

pytestmark = pytest.mark.django_db
MANY = 10_000
EACH_ITS_OWN, ALL_THE_SAME = "'ticket:' || n", "'product:106'"


def pile(of: WebhookEndpoint, subject: str, number: int = MANY) -> None:
    """So many notices that are due since an hour."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ota_delivery (endpoint_id, delivery_id, event_id, event_type, subject,"
            " payload, state, attempts, error, next_attempt_at, created_at)"
            f" SELECT %s, gen_random_uuid(), gen_random_uuid(), 'webhook.test', {subject}, '{{}}',"
            " 'pending', 0, '', now() - interval '1 hour', now() FROM generate_series(1, %s) n",
            [of.pk, number],
        )


def pages_read(statement: str, **wanted: Any) -> int:
    """How many pages of tables and indexes a statement looks at, as the database counts them."""
    wanted = {**lines.LIMITS, **wanted}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", wanted)
        (plan,) = json.loads(json.dumps(cursor.fetchone()[0]))
    return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]


@pytest.mark.parametrize("subject", [EACH_ITS_OWN, ALL_THE_SAME])
@pytest.mark.parametrize("is_analyzed", [True, False])
def test_finding_who_is_next_costs_the_same_however_much_waits(
    subject: str, is_analyzed: bool
) -> None:
    partner = make.partner()
    mine, others = hooks.endpoint(partner), [hooks.endpoint(partner) for _ in range(9)]
    pile(mine, subject)
    for other in others:
        pile(other, subject, 1000)
    if is_analyzed:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE ota_delivery")
    # A hundred of the oldest are looked up, each by a few pages, and once more for each line.
    assert pages_read(lines._CLAIM, endpoint=mine.pk, lease=15) < 1000
    assert mine.deliveries.filter(attempts=1).count() == 1  # looking at it claimed it, too
    assert pages_read(lines._CLAIM, endpoint=mine.pk, lease=15) < 1000
    assert pages_read(lines._DUE) < 10_000


def test_who_answers_is_not_behind_all_who_may_hang() -> None:
    doubtful = [hooks.endpoint() for _ in range(8)]
    WebhookEndpoint.objects.filter(pk__in=[each.pk for each in doubtful[:4]]).update(failures=1)
    WebhookEndpoint.objects.update(last_milliseconds=2001)
    well = hooks.endpoint()
    for each in (*doubtful, well):
        hooks.waiting(each)
    firsts = {lines.due()[0] for _ in range(8)}
    assert firsts == {(well.pk, 1)}
    assert len(lines.due()) == 9


def test_behind_a_long_line_that_waits_the_others_go_on() -> None:
    """Its first failed and is tried again tomorrow; those behind it are older than the rest."""
    mine = hooks.endpoint()
    pile(mine, ALL_THE_SAME, 500)
    first = mine.deliveries.order_by("id")[0]
    mine.deliveries.filter(pk=first.pk).update(next_attempt_at=timezone.now() + timedelta(days=1))
    assert (lines.due(), lines.claim(mine.pk)) == ([], None)
    tickets = [hooks.waiting(mine, f"ticket:{name}") for name in "AB"]
    before = hooks.waiting(mine, "order:A")
    assert lines.due() == [(mine.pk, lines.LANES)]
    claimed = [lines.claim(mine.pk) for _ in range(3)]
    assert {each.id for each in claimed if each} == {before.pk, *(each.pk for each in tickets)}
    assert lines.due() == []


def test_an_older_notice_that_is_sent_again_is_first_in_its_line_again() -> None:
    mine = hooks.endpoint()
    first, second = hooks.waiting(mine, "ticket:A"), hooks.waiting(mine, "ticket:A")
    Delivery.objects.filter(pk=first.pk).update(state="failed", next_attempt_at=None)
    hooks.again(first)
    claimed = lines.claim(mine.pk)
    assert claimed is not None
    assert (claimed.id, lines.claim(mine.pk), second.state) == (first.pk, None, "pending")


def test_a_partner_that_makes_stock_cross_its_mark_again_and_again_stops_nobody() -> None:
    """Each crossing is a notice about the same product, to every partner that listens."""
    product = make.product(ota=103)
    mine, other = hooks.endpoint(events=[Event.INVENTORY_LOW]), hooks.endpoint()
    for _ in range(12):
        make.cancel(make.reservation(on=product, quantity=5))
    assert notices.tell(at=timezone.now()) == 12
    hooks.waiting(other)
    assert dict(lines.due()) == {mine.pk: 1, other.pk: 1}


def test_a_delivery_asks_as_much_beside_thousands_as_alone(settings: Any) -> None:
    settings.DEMO = True
    with hooks.receiver() as got:
        alone, among = hooks.endpoint(url=got.url), hooks.endpoint(url=got.url)
        hooks.waiting(alone)
        pile(among, EACH_ITS_OWN, 3000)
        among.deliveries.update(next_attempt_at=timezone.now() + timedelta(hours=1))
        hooks.waiting(among)
        asked = [make.statements(partial(hooks.drain, one)) for one in (alone, among)]
    (sent, one), (also_sent, other) = asked
    assert (sent, also_sent, len(got.got)) == (1, 1, 2)
    assert one == other <= 10
