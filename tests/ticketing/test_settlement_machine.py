"""Any history of sales, cancellations and closings states what the model in plain Python states."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inventory.models import Product
from resellers.models import Partner, Reseller
from tests import billing, make
from tests.billing import both, hong_kong, posted, stated, still_open
from tests.ticketing.settlement_model import Books, Entry
from ticketing import balancing, closing
from ticketing.issuing import PricingContext
from ticketing.models import SettlementEntry, Statement, Ticket

ACCOUNTS = ["WEEK", "MONTH", "QUARTER", "direct"]
CYCLES = ["weekly", "monthly", "quarterly"]
PRICES = {"adult": Decimal("288.00"), "child": Decimal("187.77"), "student": Decimal("0.05")}
accounts = st.sampled_from(ACCOUNTS)
some = st.integers(0, 1000)
edges = st.sampled_from(["00:00:00", "12:00:00", "23:59:59.999999"])


class Settling(RuleBasedStateMachine):
    """Three resellers and direct sales of one partner; every example leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.books = Books()
        self.sold: list[tuple[Ticket, Entry]] = []
        self.rates = {"direct": Decimal(0)}
        self.cycles = dict(zip(ACCOUNTS, [*CYCLES, "monthly"], strict=True))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(today=st.dates(date(2026, 1, 1), date(2027, 12, 31)))
    def open(self, today: date) -> None:
        self.today = today
        partner = make.partner()
        discounts = {name: str(PRICES["adult"] - price) for name, price in PRICES.items()}
        del discounts["adult"]
        self.product = make.product(400, discounts=discounts)
        self.of: dict[str, Reseller | Partner] = {"direct": partner}
        for code in ACCOUNTS[:3]:
            self.of[code] = make.reseller(
                partner, reseller_code=code, settlement_cycle=self.cycles[code]
            )
            self.rates[code] = Decimal("0.1")
        self.batches = {
            code: billing.batch(60, of=of, product_id=self.product.pk)
            for code, of in self.of.items()
        }

    @rule(account=accounts, back=st.integers(0, 40), at=edges, kind=st.sampled_from(list(PRICES)))
    def sell(self, account: str, back: int, at: str, kind: str) -> None:
        """At this moment, or committed so late that its day is long over."""
        day = self.today - timedelta(days=back if back > 30 else 0)
        ticket = billing.sell(
            self.batches[account], hong_kong(str(day), at), PricingContext(customer_type=kind)
        )
        entry = self.books.sell(account, day, PRICES[kind], self.rates[account])
        self.sold.append((ticket, entry))

    @precondition(lambda self: self.sold)
    @rule(which=some, at=edges)
    def cancel(self, which: int, at: str) -> None:
        ticket, entry = self.sold[which % len(self.sold)]
        billing.cancel(ticket, hong_kong(str(self.today), at))
        self.books.cancel(entry, self.today)

    @rule(days=st.sampled_from([0, 1, 6, 7, 28, 31, 92]))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(account=accounts, at=edges)
    def close(self, account: str, at: str) -> None:
        billing.close(self.of[account], self.today, at)
        self.books.close(account, self.cycles[account], self.today)

    @rule(account=st.sampled_from(ACCOUNTS[:3]), percent=st.integers(0, 10000))
    def change_the_rate(self, account: str, percent: int) -> None:
        self.rates[account] = Decimal(percent) / 10000
        self._update(account, commission_rate=self.rates[account])

    @rule(account=st.sampled_from(ACCOUNTS[:3]), cycle=st.sampled_from(CYCLES))
    def change_the_cycle(self, account: str, cycle: str) -> None:
        self.cycles[account] = cycle
        self._update(account, settlement_cycle=cycle)

    @rule(price=st.integers(1, 999))
    def change_the_price(self, price: int) -> None:
        Product.objects.filter(pk=self.product.pk).update(weekday_price=price)

    def _update(self, account: str, **facts: Any) -> None:
        Reseller.objects.filter(pk=self.of[account].pk).update(**facts)

    @invariant()
    def entries_are_those_of_the_model(self) -> None:
        facts = ("gross", "commission", "net")
        found = SettlementEntry.objects.order_by("id").values_list(*facts)
        expected = [(e.gross, e.commission, e.gross - e.commission) for e in self.books.entries]
        assert list(found) == expected

    @invariant()
    def statements_are_those_of_the_model(self) -> None:
        facts = (
            "reseller_code", "number", "period_end", "lines_count", "adjustments", "gross",
            "commission",
        )  # fmt: skip
        assert sorted(Statement.objects.values_list(*facts)) == sorted(self.books.statements)

    @invariant()
    def entries_are_statements_and_what_is_open(self) -> None:
        assert posted() == both(stated(), still_open())
        assert balancing.unequal() == []


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Settling,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_any_history_adds_up_as_in_the_model() -> None:
    run(examples=8, steps=20)


@pytest.mark.proof
@pytest.mark.django_db
def test_many_long_histories_add_up_as_in_the_model() -> None:
    run(examples=150, steps=50)


def tell_a_late_sale() -> None:
    """Sold, closed, sold again for the closed days, taken back, closed."""
    machine = Settling()
    try:
        machine.open(today=date(2026, 1, 5))
        machine.sell("WEEK", 0, "12:00:00", "child")
        machine.time_passes(7)
        machine.close("WEEK", "00:00:00")
        machine.sell("WEEK", 31, "23:59:59.999999", "adult")
        machine.cancel(0, "12:00:00")
        machine.time_passes(7)
        machine.close("WEEK", "00:00:00")
        machine.statements_are_those_of_the_model()
        machine.entries_are_statements_and_what_is_open()
    finally:
        machine.teardown()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("was", "broken"),
    [
        ("e.at < %(ends)s", "e.at <= %(begins)s"),
        ("AND NOT EXISTS", "AND e.at >= %(begins)s::timestamptz AND NOT EXISTS"),
        ("row_number() OVER (ORDER BY e.at, e.id)", "1 + row_number() OVER (ORDER BY e.at, e.id)"),
        ("WHERE a.ticket_id = e.ticket_id AND", "WHERE false AND"),
        ("sum(e.commission), sum(e.net)", "sum(e.commission) + 1, sum(e.net) - 1"),
    ],
)
def test_control_the_model_or_the_law_notices_a_closing_that_is_wrong(
    was: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_a_late_sale()
    assert was in closing._WRITE[False]
    spoilt = {kind: sql.replace(was, broken) for kind, sql in closing._WRITE.items()}
    monkeypatch.setattr(closing, "_WRITE", spoilt)
    with pytest.raises(Exception):  # noqa: B017  the model, the database or the step itself
        tell_a_late_sale()
