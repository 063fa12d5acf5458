"""A partner's tickets by what is known of them: the same ones, however they are looked up."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from resellers.models import Partner
from tests import make
from ticketing import finding
from ticketing.batches import Recipient
from ticketing.models import Batch, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine() -> Partner:
    """Six batches of two products, some of a reseller, some sold; and others' beside them."""
    partner = make.partner()
    reseller = make.reseller(partner)
    products = [make.product(100), make.product(100)]
    for number in range(6):
        recipient = Recipient(reseller_id=reseller.pk if number % 3 else None)
        made = make.batch(
            number + 1, of=partner, batch_id=f"B-{number}", recipient=recipient,
            product_id=products[number % 2].pk,
        )  # fmt: skip
        if number % 2:
            make.sell(made.tickets.all()[0])
        if number == 4:
            make.cancel_rest(made)
    make.ticket(of=partner)
    make.batch(3, batch_id="B-1")
    return partner


def expected(partner: Partner, **asked: Any) -> list[Ticket]:
    """Row by row, as one would say it first."""
    names = {
        "batch_id": "batch__batch_id", "reseller_id": "batch__reseller_id",
        "created_after": "created_at__gt", "created_before": "created_at__lt",
    }  # fmt: skip
    wanted = {names.get(name, name): value for name, value in asked.items()}
    return list(Ticket.objects.filter(partner=partner, batch__isnull=False, **wanted))


def test_every_combination_finds_and_counts_the_same_as_row_by_row(mine: Partner) -> None:
    moments = list(mine.batches.order_by("created_at").values_list("created_at", flat=True))
    choices: dict[str, list[Any]] = {
        "status": [None, "PRE_GENERATED", "ACTIVE", "CANCELLED"],
        "batch_id": [None, "B-4", "NONE"],
        "product_id": [None, *set(mine.batches.values_list("product_id", flat=True))],
        "reseller_id": [None, mine.resellers.get().pk],
        "created_after": [None, moments[1], moments[-1] + timedelta(days=1)],
        "created_before": [None, moments[4]],
    }
    for values in itertools.product(*choices.values()):
        asked = {name: v for name, v in zip(choices, values, strict=True) if v is not None}
        found, rows = finding.premade(mine, **asked), expected(mine, **asked)
        assert sorted(found.tickets, key=lambda each: each.pk) == sorted(rows, key=lambda t: t.pk)
        assert found.total() == len(rows), asked


def test_of_any_origin_the_tickets_of_reservations_are_found_too(mine: Partner) -> None:
    found = finding.of_any_origin(mine, status="ACTIVE")
    assert {bool(ticket.batch_id) for ticket in found.tickets} == {True, False}
    assert found.total() == len(found.tickets) == 4


@pytest.mark.parametrize("asked", [{}, {"batch_id": "B-0"}, {"reseller_id": 1}, {"product_id": 1}])
def test_all_of_a_batch_are_counted_without_looking_at_tickets(
    mine: Partner, asked: dict[str, Any]
) -> None:
    found = finding.premade(mine, **asked)
    _, number = make.statements(found.total)
    Ticket.objects.filter(partner=mine).update(batch=None)
    assert number <= 1
    assert found.total() == sum(
        Batch.objects.filter(partner=mine, **asked).values_list("quantity", flat=True)
    )


def test_the_oldest_batch_is_found_without_looking_through_the_newer_ones() -> None:
    mine, product = make.partner(), make.product(10_000)
    for number in range(40):
        make.batch(50, of=mine, batch_id=f"B-{number}", product_id=product.pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ticketing_ticket, ticketing_batch")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # as where a batch has 5000
    newest_first = finding.premade(mine, batch_id="B-0").tickets.order_by("-created_at", "-pk")
    first_said = mine.tickets.filter(batch__batch_id="B-0").order_by("-created_at", "-pk")
    assert looked_at(newest_first[:20]) <= 21
    assert looked_at(first_said[:20]) > 1900  # control


def looked_at(tickets: Any) -> int:
    """Rows that the plan's scans of tickets gave or threw away."""
    sql, params = tickets.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (plan,) = cursor.fetchone()[0]
    return sum(_rows(plan["Plan"]))


def _rows(node: dict[str, Any]) -> list[int]:
    below = [rows for each in node.get("Plans", []) for rows in _rows(each)]
    if node.get("Relation Name") != "ticketing_ticket":
        return below
    return [*below, node["Actual Rows"] + node.get("Rows Removed by Filter", 0)]
