"""The billing summary over HTTP: what was sold, by whom, on which days."""

import uuid
from typing import Any

import pytest

from resellers.models import Reseller
from tests import billing, gate, make
from tests.billing import hong_kong, sell
from tests.partner_program import Program, expect, program, refusal
from ticketing import summary
from ticketing.models import Batch, Ticket, TicketMove

pytestmark = pytest.mark.django_db
COUNTS = ("tickets_generated", "tickets_activated", "tickets_used", "tickets_cancelled")
MONEY = ("gross", "commission", "net")


def asked(mine: Program, **query: Any) -> dict[str, Any]:
    shown: dict[str, Any] = expect(200, mine.get("billing/summary", **query))
    return shown


def by(mine: Program, key: str, **query: Any) -> dict[Any, tuple[Any, ...]]:
    """The figures of each row, by one of its names."""
    return {row[key]: figures(row) for row in asked(mine, **query)["rows"]}


def figures(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in COUNTS + MONEY)


def generated(batch: Batch, day: str) -> Batch:
    Batch.objects.filter(pk=batch.pk).update(created_at=hong_kong(day))
    return batch


@pytest.fixture
def mine() -> Program:
    """A partner with three resellers, of which one sold nothing and one is inactive.

    In January ten tickets were made for HARBOUR: four sold in January and one in February, of
    which one was cancelled and one used in February. PEAK sold one of five in January, and
    one of three was sold without a reseller.
    """
    partner = make.partner()
    harbour, peak, _ = (
        make.reseller(partner, reseller_code=code, name=f"{code.title()} Tours")
        for code in ("HARBOUR", "PEAK", "idle")
    )
    batch = generated(billing.batch(10, of=harbour, batch_id="H-1"), "2026-01-05")
    sold = [sell(batch, hong_kong(f"2026-01-{day}")) for day in ("10", "10", "11", "12")]
    sell(batch, hong_kong("2026-02-03"))
    billing.cancel(sold[0], hong_kong("2026-02-01", "00:00:00"))
    gate.scan(sold[1], at=hong_kong("2026-02-02"))
    sell(
        generated(billing.batch(5, of=peak, batch_id="P-1"), "2026-01-06"), hong_kong("2026-01-10")
    )
    sell(
        generated(billing.batch(3, of=partner, batch_id="D-1"), "2026-01-07"),
        hong_kong("2026-01-11"),
    )
    Reseller.objects.filter(pk=peak.pk).update(is_active=False)
    return program(partner)


def test_every_reseller_is_a_row_and_direct_sales_are_one(mine: Program) -> None:
    shown = asked(mine)
    assert list(shown) == [
        "from", "to", "group_by", "currency", "other_currencies", "totals", "rows",
    ]  # fmt: skip
    assert [shown[name] for name in list(shown)[:5]] == [None, None, "reseller", "HKD", []]
    assert [
        (row["reseller_code"], row["reseller_name"], *figures(row)) for row in shown["rows"]
    ] == [
        ("direct", "Direct", 3, 1, 0, 0, 288, 0, 288),
        ("HARBOUR", "Harbour Tours", 10, 5, 1, 1, 1152, 115.2, 1036.8),
        ("idle", "Idle Tours", 0, 0, 0, 0, 0, 0, 0),
        ("PEAK", "Peak Tours", 5, 1, 0, 0, 288, 28.8, 259.2),
    ]
    ids = {row["reseller_code"]: row["reseller_id"] for row in shown["rows"]}
    assert ids["direct"] is None
    assert ids["HARBOUR"] == Reseller.objects.get(reseller_code="HARBOUR").pk
    assert figures(shown["totals"]) == (18, 7, 1, 1, 1728, 144, 1584)


def test_what_happened_on_a_day_counts_for_that_day(mine: Program) -> None:
    january = by(mine, "reseller_code", **{"from": "2026-01-01", "to": "2026-01-31"})
    february = by(mine, "reseller_code", **{"from": "2026-02-01", "to": "2026-02-28"})
    assert january["HARBOUR"] == (10, 4, 0, 0, 1152, 115.2, 1036.8)
    assert february["HARBOUR"] == (0, 1, 1, 1, 0, 0, 0)
    assert february["direct"] == (0,) * 7
    assert asked(mine, **{"from": "2026-02-01", "to": "2026-02-28"})["from"] == "2026-02-01"


def test_rows_by_product_batch_and_day(mine: Program) -> None:
    product = Batch.objects.get(batch_id="H-1").product_id
    assert by(mine, "product_id", group_by="product")[product] == (
        10, 5, 1, 1, 1152, 115.2, 1036.8,
    )  # fmt: skip
    batches = asked(mine, group_by="batch")["rows"]
    assert [(row["batch_id"], row["reseller_code"], row["gross"]) for row in batches] == [
        ("D-1", "direct", 288), ("H-1", "HARBOUR", 1152), ("P-1", "PEAK", 288),
    ]  # fmt: skip
    assert by(mine, "date", group_by="day") == {
        "2026-01-05": (10, 0, 0, 0, 0, 0, 0),
        "2026-01-06": (5, 0, 0, 0, 0, 0, 0),
        "2026-01-07": (3, 0, 0, 0, 0, 0, 0),
        "2026-01-10": (0, 3, 0, 0, 864, 86.4, 777.6),
        "2026-01-11": (0, 2, 0, 0, 576, 28.8, 547.2),
        "2026-01-12": (0, 1, 0, 0, 288, 28.8, 259.2),
        "2026-02-01": (0, 0, 0, 1, -288, -28.8, -259.2),
        "2026-02-02": (0, 0, 1, 0, 0, 0, 0),
        "2026-02-03": (0, 1, 0, 0, 288, 28.8, 259.2),
    }


@pytest.mark.parametrize("group_by", ["reseller", "product", "batch", "day"])
def test_however_it_is_grouped_the_totals_are_the_same(mine: Program, group_by: str) -> None:
    shown = asked(mine, group_by=group_by)
    assert shown["totals"] == asked(mine)["totals"]
    for name in COUNTS + MONEY:
        assert round(sum(row[name] for row in shown["rows"]), 2) == shown["totals"][name]


def test_one_reseller_only(mine: Program) -> None:
    harbour = Reseller.objects.get(reseller_code="HARBOUR").pk
    for group_by in ("reseller", "product", "batch", "day"):
        shown = asked(mine, reseller_id=harbour, group_by=group_by)
        assert figures(shown["totals"]) == (10, 5, 1, 1, 1152, 115.2, 1036.8)
    (row,) = asked(mine, reseller_id=harbour)["rows"]
    assert row["reseller_code"] == "HARBOUR"


def test_strangers_and_their_resellers_are_nobody(mine: Program) -> None:
    stranger = make.reseller()
    sell(billing.batch(of=stranger), hong_kong("2026-01-10"))
    assert figures(asked(mine)["totals"]) == (18, 7, 1, 1, 1728, 144, 1584)
    nobody = asked(mine, reseller_id=2**31 - 1)
    assert asked(mine, reseller_id=stranger.pk) == nobody
    assert (nobody["rows"], figures(nobody["totals"])) == ([], (0,) * 7)


@pytest.mark.parametrize("group_by", ["reseller", "product", "batch", "day"])
def test_nothing_a_stranger_sells_is_in_any_grouping(mine: Program, group_by: str) -> None:
    """Nor without a reseller, on the same days, or in other money."""
    before = asked(mine, group_by=group_by)
    stranger = make.reseller()
    yuan = make.product(currency="CNY")
    for of in (stranger, stranger.partner):
        for product_id in (make.product().pk, yuan.pk):
            batch = billing.batch(4, of=of, product_id=product_id)
            sell(batch, hong_kong("2026-01-10"))
            billing.cancel(sell(batch, hong_kong("2026-01-10")), hong_kong("2026-02-01"))
            gate.scan(sell(batch, hong_kong("2026-01-10")), by=gate.scanner())
    assert asked(mine, group_by=group_by) == before
    theirs = asked(program(stranger.partner), group_by=group_by)
    assert figures(theirs["totals"])[:4] == (8, 6, 2, 2)


def test_a_day_begins_at_midnight_in_hong_kong() -> None:
    partner = make.partner()
    batch = generated(billing.batch(of=partner), "2026-01-01")
    for at in ("23:59:59.999", "00:00:00"):
        sell(batch, hong_kong("2026-03-01" if at == "00:00:00" else "2026-02-28", at))
    for day in ("2026-02-28", "2026-03-01"):
        assert asked(program(partner), **{"from": day, "to": day})["totals"]["gross"] == 288


def test_an_undone_use_is_none_and_the_next_one_counts_on_its_own_day() -> None:
    partner, device = make.partner(), gate.scanner()
    ticket = sell(billing.batch(of=partner), hong_kong("2026-01-10"))
    scanned = uuid.uuid4()
    gate.scan(ticket, by=device, scan_id=scanned)
    mine = program(partner)
    assert asked(mine)["totals"]["tickets_used"] == 1
    gate.undo(scanned, device)
    assert asked(mine)["totals"]["tickets_used"] == 0
    gate.scan(ticket, by=device, at=hong_kong("2030-01-01"))
    assert by(mine, "date", group_by="day")["2030-01-01"] == (0, 0, 1, 0, 0, 0, 0)
    ticket.refresh_from_db()
    assert ticket.used_at == TicketMove.objects.filter(status="USED").latest("id").at


def test_unsold_tickets_that_are_cancelled_count_as_cancelled_and_earn_nothing() -> None:
    batch = billing.batch(4, of=make.partner())
    make.cancel_rest(batch)
    assert figures(asked(program(batch.partner))["totals"]) == (4, 0, 0, 4, 0, 0, 0)
    assert Ticket.objects.filter(cancelled_at=None).count() == 0


def test_money_of_another_currency_is_named_not_added(mine: Program) -> None:
    yuan = make.product(currency="CNY")
    sell(billing.batch(of=mine.owner, product_id=yuan.pk), hong_kong("2026-01-10"))
    assert figures(asked(mine)["totals"]) == (18, 7, 1, 1, 1728, 144, 1584)
    assert asked(mine)["other_currencies"] == ["CNY"]
    shown = asked(mine, currency="CNY")
    assert (shown["currency"], shown["other_currencies"]) == ("CNY", ["HKD"])
    assert figures(shown["totals"]) == (5, 1, 0, 0, 288, 0, 288)


def test_a_partner_without_sales_sees_noughts() -> None:
    shown = asked(program())
    assert [row["reseller_code"] for row in shown["rows"]] == ["direct"]
    assert figures(shown["totals"]) == (0,) * 7
    for group_by in ("product", "batch", "day"):
        assert asked(program(), group_by=group_by)["rows"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-02-30"}, {"from": "26-02-01"}, {"from": ""}, {"to": "today"},
        {"from": "2026-02-01", "to": "2026-01-31"}, {"group_by": "partner"}, {"group_by": ""},
        {"reseller_id": "0"}, {"reseller_id": "x"}, {"reseller_id": "1.0"}, {"reseller_id": 2**31},
        {"reseller_id": "null"}, {"currency": "hkd"}, {"currency": ""}, {"page": "1"},
        {"from": ["2026-01-01", "2026-01-02"]},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_understood_is_refused(query: dict[str, Any]) -> None:
    assert refusal(program().get("billing/summary", **query)) == (422, "validation_failed")


def test_the_ends_of_the_calendar_are_days_like_any_other(mine: Program) -> None:
    shown = asked(mine, **{"from": "0001-01-01", "to": "9999-12-31"})
    assert figures(shown["totals"]) == (18, 7, 1, 1, 1728, 144, 1584)


@pytest.mark.parametrize("group_by", ["reseller", "product", "batch", "day"])
def test_more_to_add_up_takes_no_more_statements(mine: Program, group_by: str) -> None:
    asked(mine)  # the first call of a key is noted
    counted = []
    for _ in range(2):
        counted.append(make.statements(lambda: asked(mine, group_by=group_by))[1])
        for _ in range(3):
            reseller = make.reseller(mine.owner)
            sell(billing.batch(of=reseller), hong_kong("2026-05-10"))
    assert counted[0] == counted[1] <= 9


def test_there_is_a_statement_for_every_grouping() -> None:
    assert list(summary.STATEMENTS) == ["reseller", "product", "batch", "day"]
