"""Batches over HTTP: listed, looked at, counted, and their rest cancelled."""

from typing import Any

import pytest

from tests import gate, make
from tests.ota.test_bulk_api import CAMPAIGN
from tests.partner_program import Program, expect, program, refusal
from ticketing import ending
from ticketing.models import Batch

pytestmark = pytest.mark.django_db
NOWHERE = (404, "not_found")
NONE = {"PRE_GENERATED": 0, "ACTIVE": 0, "USED": 0, "EXPIRED": 0, "CANCELLED": 0}


def in_every_status(mine: Program) -> Batch:
    """A batch of seven: two wait, and of the others one of each kind, two of them cancelled."""
    batch = make.batch(7, of=mine.owner, batch_id="B-1")
    active, used, late, refunded, dropped, *_ = batch.tickets.all()
    for ticket in (active, used, late, refunded):
        make.sell(ticket)
    for ticket in (refunded, dropped):
        ending.cancel(partner=mine.owner, code=ticket.code, at=make.now(), by=make.BY)
    ending.expire(ticket_id=late.pk, at=make.now(), by=make.BY)
    gate.use_up(used)
    return batch


def test_a_batch_counts_its_tickets_by_status() -> None:
    mine = program()
    in_every_status(mine)
    counts = {"PRE_GENERATED": 2, "ACTIVE": 1, "USED": 1, "EXPIRED": 1, "CANCELLED": 2}
    assert expect(200, mine.get("batches/B-1"))["counts"] == counts
    (listed,) = expect(200, mine.get("batches"))["batches"]
    assert listed == expect(200, mine.get("batches/B-1"))


def test_batches_are_listed_newest_first_by_page_and_cursor() -> None:
    mine = program()
    made = [make.batch(2, of=mine.owner).batch_id for _ in range(5)][::-1]
    make.batch(2)

    def ids(**query: Any) -> tuple[list[str], str]:
        shown = expect(200, mine.get("batches", **query))
        assert shown["total_count"] == 5
        return [each["batch_id"] for each in shown["batches"]], shown["next_cursor"]

    assert ids()[0] == made
    first, cursor = ids(limit=2)
    assert first + ids(limit=3, cursor=cursor)[0] == made
    assert ids(page=2, limit=2)[0] == made[2:4]
    assert refusal(mine.get("batches", limit=1001)) == (422, "validation_failed")


def test_a_list_of_five_takes_as_many_statements_as_a_list_of_two() -> None:
    mine = program()
    reseller = make.reseller(mine.owner)
    counted = []
    mine.get("batches")  # the first call of a key is noted
    for batches in (2, 3):
        for _ in range(batches):
            batch = make.batch(2, of=mine.owner)
            Batch.objects.filter(pk=batch.pk).update(reseller=reseller)
        counted.append(make.statements(lambda: mine.get("batches"))[1])
    assert counted[0] == counted[1]


def test_analytics_count_what_was_ever_activated() -> None:
    mine = program()
    batch = in_every_status(mine)
    Batch.objects.update(**CAMPAIGN)
    assert expect(200, mine.get("batches/B-1/analytics")) == {
        "batch_id": "B-1",
        "campaign_type": "early_bird",
        "campaign_name": "Spring 2025 Early Bird",
        "generated_at": expect(200, mine.get("batches/B-1"))["created_at"],
        "tickets_generated": 7,
        "tickets_activated": 4,
        "conversion_rates": {"activation_rate": 0.5714},
        "batch_metadata": {
            "marketing_tags": ["premium", "family_friendly"],
            "promotional_code": "SPRING25",
        },
    }
    assert batch.quantity == 7


def test_analytics_of_a_batch_without_a_campaign_have_nulls() -> None:
    mine = program()
    mine.generated(make.product().pk)
    shown = expect(200, mine.get("batches/B-1/analytics"))
    assert (shown["campaign_type"], shown["campaign_name"]) == (None, None)
    assert shown["batch_metadata"] == {"marketing_tags": [], "promotional_code": None}
    assert shown["conversion_rates"] == {"activation_rate": 0}


def test_an_empty_list_of_a_campaign_comes_back_as_an_empty_list() -> None:
    mine, product = program(), make.product()
    sent = {"campaign_name": "Spring", "special_conditions": [], "marketing_tags": []}
    for batch_id, campaign in (("B-1", sent), ("B-2", {"campaign_name": "Spring"})):
        made = mine.generated(product.pk, batch_id=batch_id, batch_metadata=campaign)
        assert made["batch_metadata"] == campaign
        assert expect(200, mine.get(f"batches/{batch_id}"))["batch_metadata"] == campaign


def test_cancelling_a_batch_says_how_many_and_twice_none() -> None:
    mine, product = program(), make.product()
    made = mine.generated(product.pk, 5)["tickets"]
    mine.sold(made[0]["ticket_code"])
    first, again = (expect(200, mine.post("batches/B-1/cancel")) for _ in range(2))
    assert first == {"batch_id": "B-1", "cancelled": 4}
    assert again == {"batch_id": "B-1", "cancelled": 0}
    assert expect(200, mine.get("batches/B-1"))["counts"] == {**NONE, "ACTIVE": 1, "CANCELLED": 4}
    assert mine.free(product.pk) == 9


def test_a_cancellation_is_repeated_by_its_key() -> None:
    mine = program()
    mine.generated(make.product().pk, 5)
    first, again = (mine.post("batches/B-1/cancel", {}, once="k") for _ in range(2))
    assert first.json() == again.json() == {"batch_id": "B-1", "cancelled": 5}
    assert again.headers["idempotent-replayed"] == "true"


def test_a_strangers_batch_is_nowhere() -> None:
    make.batch(batch_id="B-1")
    mine = program()
    for path in ("batches/B-1", "batches/B-1/analytics"):
        assert refusal(mine.get(path)) == NOWHERE
    assert refusal(mine.post("batches/B-1/cancel")) == NOWHERE
    assert expect(200, mine.get("batches"))["batches"] == []
