"""Statements: every entry on one of them, in its period or as an adjustment of a later one."""

import csv
import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from config.actors import Actor
from resellers.models import Reseller
from tests import billing, make
from tests.billing import both, close, hong_kong, posted, sell, stated, still_open, told
from ticketing import settlement
from ticketing.errors import IllegalMove, ReasonMissing, StatementNotFound
from ticketing.models import SettlementEntry, Statement, StatementLine

pytestmark = pytest.mark.django_db
ALMOST = "23:59:59.999"
CYCLES = [
    # cycle, its last day, the day after
    ("weekly", "2026-03-01", "2026-03-02"),
    ("monthly", "2026-02-28", "2026-03-01"),
    ("quarterly", "2026-03-31", "2026-04-01"),
    ("quarterly", "2026-12-31", "2027-01-01"),
]


@pytest.fixture
def reseller() -> Reseller:
    return make.reseller(reseller_code="HARBOUR", name="Harbour Tours")


# --- Periods ---------------------------------------------------------------------------------


@pytest.mark.parametrize("almost", [ALMOST, "23:59:59.999999"])
@pytest.mark.parametrize(("cycle", "last", "after"), CYCLES)
def test_the_edge_of_a_period_is_midnight_in_hong_kong(
    cycle: str, last: str, after: str, almost: str
) -> None:
    reseller = make.reseller(settlement_cycle=cycle)
    batch = billing.batch(of=reseller)
    before_it, after_it = sell(batch, hong_kong(last, almost)), sell(batch, hong_kong(after))
    at_the_edge = sell(batch, hong_kong(after, "00:00:00"))

    (first,) = close(reseller, after)
    assert (first.period_end.isoformat(), first.cycle) == (last, cycle)
    assert [line.entry.ticket for line in first.lines.all()] == [before_it]

    (second,) = close(reseller, first.period_end + timedelta(days=100))
    assert second.period_start.isoformat() == after
    assert [line.entry.ticket for line in second.lines.all()] == [at_the_edge, after_it]
    assert [line.is_adjustment for line in second.lines.all()] == [False, False]


@pytest.mark.parametrize(("cycle", "last", "after"), CYCLES)
def test_nothing_is_closed_before_its_period_is_over(cycle: str, last: str, after: str) -> None:
    reseller = make.reseller(settlement_cycle=cycle)
    sell(billing.batch(of=reseller), hong_kong(last, "00:00:00"))
    assert close(reseller, last, ALMOST) == []
    assert len(close(reseller, after, "00:00:00")) == 1


def test_every_period_that_was_missed_gets_a_statement_and_empty_ones_none(
    reseller: Reseller,
) -> None:
    batch = billing.batch(of=reseller)
    for day in ("2026-01-31", "2026-02-01", "2026-04-15"):
        sell(batch, hong_kong(day))
    assert told(close(reseller, "2026-06-01")) == [
        ("HARBOUR-0001", "2026-01-01", "2026-01-31", 1, "259.20"),
        ("HARBOUR-0002", "2026-02-01", "2026-02-28", 1, "259.20"),
        ("HARBOUR-0003", "2026-04-01", "2026-04-30", 1, "259.20"),
    ]
    assert close(reseller, "2026-06-01") == []


def test_what_commits_after_its_period_was_closed_is_an_adjustment_of_the_next(
    reseller: Reseller,
) -> None:
    batch = billing.batch(of=reseller)
    sell(batch, hong_kong("2026-01-10"))
    close(reseller, "2026-02-01")
    late = sell(batch, hong_kong("2026-01-31", ALMOST))
    assert close(reseller, "2026-02-01", "00:18:00") == close(reseller, "2026-02-28") == []
    in_time = sell(batch, hong_kong("2026-02-20"))

    (second,) = close(reseller, "2026-03-01")

    assert told([second]) == [("HARBOUR-0002", "2026-02-01", "2026-02-28", 2, "518.40")]
    lines = [(line.position, line.entry.ticket, line.is_adjustment) for line in second.lines.all()]
    assert lines == [(1, late, True), (2, in_time, False)]
    assert (second.adjustments, second.adjustments_net) == (1, Decimal("259.20"))


def test_a_cancellation_after_the_closing_is_taken_back_on_the_next(reseller: Reseller) -> None:
    batch = billing.batch(of=reseller)
    sold = sell(batch, hong_kong("2026-01-10"))
    (first,) = close(reseller, "2026-02-01")
    checksum = first.checksum
    billing.cancel(sold, hong_kong("2026-02-02"))

    (second,) = close(reseller, "2026-03-01")

    assert (second.activations, second.reversals, second.adjustments) == (0, 1, 1)
    assert (second.gross, second.commission, second.net) == (
        Decimal("-288.00"), Decimal("-28.80"), Decimal("-259.20"),
    )  # fmt: skip
    first.refresh_from_db()
    assert (first.checksum, first.net) == (checksum, Decimal("259.20"))


def test_a_sale_and_its_cancellation_in_one_period_are_no_adjustment(reseller: Reseller) -> None:
    billing.cancel(
        sell(billing.batch(of=reseller), hong_kong("2026-01-10")), hong_kong("2026-01-11")
    )
    (first,) = close(reseller, "2026-02-01")
    assert (first.activations, first.reversals, first.adjustments) == (1, 1, 0)
    assert first.net == 0


def test_a_changed_cycle_begins_where_the_last_period_ended(reseller: Reseller) -> None:
    batch = billing.batch(10, of=reseller)
    days = ["2026-03-31", "2026-04-01", "2026-04-06", "2026-04-13"]
    for day in days:
        sell(batch, hong_kong(day))
    close(reseller, "2026-04-01")
    Reseller.objects.update(settlement_cycle="weekly")
    close(reseller, "2026-04-13")
    Reseller.objects.update(settlement_cycle="quarterly")
    close(reseller, "2026-07-01")
    periods = Statement.objects.order_by("number").values_list("period_start", "period_end")
    assert [(str(first), str(last)) for first, last in periods] == [
        ("2026-03-01", "2026-03-31"),
        ("2026-04-01", "2026-04-05"),
        ("2026-04-06", "2026-04-12"),
        ("2026-04-13", "2026-06-30"),
    ]


# --- Accounts --------------------------------------------------------------------------------


def test_each_reseller_and_direct_sales_are_numbered_on_their_own(reseller: Reseller) -> None:
    partner = reseller.partner
    other = make.reseller(partner, reseller_code="PEAK", settlement_cycle="weekly")
    for day in ("2026-01-10", "2026-02-10"):
        for of in (reseller, other, partner):
            sell(billing.batch(of=of), hong_kong(day))
    made = [str(each) for of in (reseller, other, partner) for each in close(of, "2026-03-01")]
    assert made == [
        "HARBOUR-0001", "HARBOUR-0002", "PEAK-0001", "PEAK-0002", "direct-0001", "direct-0002",
    ]  # fmt: skip


def test_direct_sales_are_closed_by_month_and_know_their_partner() -> None:
    partner, stranger = make.partner(), make.partner()
    for of in (partner, stranger):
        sell(billing.batch(of=of), hong_kong("2026-01-10"))
    (made,) = close(partner, "2026-02-01")
    assert (made.partner, made.reseller, made.cycle) == (partner, None, "monthly")
    assert (made.lines_count, made.reseller_code, made.reseller_name) == (1, "direct", "")
    assert str(close(stranger, "2026-02-01")[0]) == "direct-0001"


def test_each_currency_has_statements_of_its_own_in_one_sequence(reseller: Reseller) -> None:
    for currency in ("HKD", "CNY"):
        product = make.product(currency=currency)
        sell(billing.batch(of=reseller, product_id=product.pk), hong_kong("2026-01-10"))
    made = close(reseller, "2026-02-01")
    assert [(str(each), each.currency, each.lines_count) for each in made] == [
        ("HARBOUR-0001", "CNY", 1), ("HARBOUR-0002", "HKD", 1),
    ]  # fmt: skip


def test_a_statement_keeps_the_names_of_its_day(reseller: Reseller) -> None:
    sell(billing.batch(of=reseller), hong_kong("2026-01-10"))
    (made,) = close(reseller, "2026-02-01")
    Reseller.objects.update(reseller_code="NEW", name="New Name", is_active=False)
    made.refresh_from_db()
    assert (str(made), made.reseller_name) == ("HARBOUR-0001", "Harbour Tours")


def test_a_changed_rate_or_price_touches_nothing_that_is_posted(reseller: Reseller) -> None:
    batch = billing.batch(of=reseller)
    sell(batch, hong_kong("2026-01-10"))
    (first,) = close(reseller, "2026-02-01")
    sell(batch, hong_kong("2026-02-10"))
    before = posted()
    Reseller.objects.update(commission_rate="0.25")
    batch.product.__class__.objects.update(weekday_price=999)
    assert posted() == before
    sell(batch, hong_kong("2026-02-11"))
    (second,) = close(reseller, "2026-03-01")
    assert [str(line.entry.commission) for line in second.lines.all()] == ["28.80", "72.00"]
    first.refresh_from_db()
    assert (first.commission, second.gross) == (Decimal("28.80"), Decimal("576.00"))


# --- Sums ------------------------------------------------------------------------------------


def test_entries_are_always_statements_and_what_is_open(reseller: Reseller) -> None:
    batch = billing.batch(6, of=reseller)
    tickets = [sell(batch, hong_kong(f"2026-0{month}-10")) for month in (1, 1, 2, 3)]
    close(reseller, "2026-02-01")
    billing.cancel(tickets[0], hong_kong("2026-02-05"))
    close(reseller, "2026-03-01")
    assert posted() == both(stated(), still_open())
    assert (stated().net, still_open().net) == (Decimal("518.40"), Decimal("259.20"))
    assert StatementLine.objects.count() == SettlementEntry.objects.count() - 1


def test_the_checksum_is_that_of_the_lines(reseller: Reseller) -> None:
    batch = billing.batch(of=reseller)
    for at in ("2026-01-10", "2026-01-09"):
        ticket = sell(batch, hong_kong(at, "09:30:00.250"))
    billing.cancel(ticket, hong_kong("2026-01-11"))
    (made,) = close(reseller, "2026-02-01")

    lines = []
    for line in made.lines.select_related("entry__ticket", "entry__order"):
        entry = line.entry
        at = timezone.localtime(entry.at).isoformat(timespec="microseconds")
        lines.append(
            f"{line.position},{entry.pk},{entry.kind},false,{entry.ticket.code},"
            f"{entry.order.order_id},{entry.gross},{entry.commission_rate},{entry.commission},"
            f"{entry.net},{entry.currency},{at}"
        )
    assert made.checksum == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    moments = [row[-1] for row in csv.reader(lines)]
    assert moments == sorted(moments)
    assert moments[0] == "2026-01-09T09:30:00.250000+08:00"


def test_a_closing_takes_a_constant_number_of_statements(reseller: Reseller) -> None:
    batch = billing.batch(10, of=reseller)
    counted = []
    for month, sales in ((1, 1), (2, 6)):
        for _ in range(sales):
            sell(batch, hong_kong(f"2026-0{month}-10"))
        made, number = make.statements(lambda: close(reseller, date(2026, month + 1, 1)))  # noqa: B023
        assert made[0].lines_count == sales
        counted.append(number)
    assert counted[0] == counted[1]


def test_the_sweep_closes_every_account_once(reseller: Reseller) -> None:
    quarterly = make.reseller(settlement_cycle="quarterly")
    for of in (reseller, quarterly, make.partner()):
        sell(billing.batch(of=of), hong_kong("2026-01-10"))
    made = list(settlement.sweep(at=hong_kong("2026-02-01", "00:17:00")))
    assert sorted(map(str, made)) == ["HARBOUR-0001", "direct-0001"]
    assert list(settlement.sweep(at=hong_kong("2026-02-01", "01:17:00"))) == []
    by = {move.by for each in made for move in each.history.all()}
    assert by == {"system:settlement"}


# --- Disputes and payment --------------------------------------------------------------------


@pytest.fixture
def statement(reseller: Reseller) -> Statement:
    sell(billing.batch(of=reseller), hong_kong("2026-01-10"))
    return close(reseller, "2026-02-01")[0]


def test_a_dispute_is_noted_as_often_as_there_is_to_say_and_then_settled(
    statement: Statement,
) -> None:
    noted = [Actor("staff:finance", reason=why) for why in ("One too many.", "No: it is right.")]
    for note in noted:
        billing.dispute(statement, note)
    billing.settle(statement)
    statement.refresh_from_db()
    assert statement.status == "SETTLED"
    assert [(str(move), move.reason, move.by) for move in statement.history.all()][1:] == [
        ("ISSUED → DISPUTED", "One too many.", "staff:finance"),
        ("DISPUTED → DISPUTED", "No: it is right.", "staff:finance"),
        ("DISPUTED → SETTLED", "agreed by phone", "staff:finance"),
    ]


def test_what_is_settled_is_not_settled_again_but_may_be_disputed(statement: Statement) -> None:
    billing.settle(statement)
    with pytest.raises(IllegalMove):
        billing.settle(statement)
    assert billing.dispute(statement).status == "DISPUTED"


def test_a_status_is_not_moved_without_a_reason_nor_for_nothing(statement: Statement) -> None:
    with pytest.raises(ReasonMissing):
        billing.settle(statement, Actor("staff:finance"))
    with pytest.raises(StatementNotFound):
        billing.dispute(Statement())
    statement.refresh_from_db()
    assert (statement.status, statement.history.count()) == ("ISSUED", 1)
