"""Money under way at once: sold, taken back and closed by many, and each entry stated once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from resellers.models import Partner, Reseller
from tests import billing, make
from tests.billing import both, hong_kong, posted, stated, still_open
from tests.ticketing.racing import (
    Call,
    deadlocks,
    flat,
    insist,
    meeting,
    one_after_the_other,
)
from ticketing import closing, premade, reconcile, settlement
from ticketing.models import SettlementEntry, Statement, StatementLine, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
NOON = hong_kong("2026-01-10")
LATER = "2026-02-01"


@pytest.fixture
def reseller() -> Reseller:
    return make.reseller(reseller_code="HARBOUR", settlement_cycle="weekly")


def sold(of: Reseller | Partner, tickets: int) -> list[Ticket]:
    batch = billing.batch(tickets, of=of, product_id=make.product(tickets).pk)
    return [billing.sell(each, NOON) for each in batch.tickets.all()]


def assert_balanced() -> None:
    assert posted() == both(stated(), still_open())
    assert list(reconcile.differences()) == []


def test_a_sale_that_commits_after_the_closing_of_its_period_is_on_the_next(
    reseller: Reseller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trap: its entry says 23:59:59.999, and the closing has run before it is there to see."""
    early, late = billing.batch(2, of=reseller).tickets.all()
    edge = hong_kong("2026-01-11", "23:59:59.999")
    billing.sell(early, NOON)
    meet = meeting(2)
    sell = premade.allocations.sell  # type: ignore[attr-defined]

    def sell_slowly(*args: Any, **facts: Any) -> None:
        sell(*args, **facts)
        meet()  # the entry is written, not committed,
        meet()  # and the period has been closed

    monkeypatch.setattr(premade.allocations, "sell", sell_slowly)  # type: ignore[attr-defined]

    def close_meanwhile() -> list[Statement]:
        meet()
        made = billing.close(reseller, "2026-01-12", "00:00:00")
        meet()
        return made

    deeds: list[Callable[[], Any]] = [partial(billing.sell, late, edge), close_meanwhile]
    _, made = make.in_parallel(lambda deed: deed(), deeds)

    assert isinstance(made, list)
    assert [each.lines_count for each in made] == [1]
    assert_balanced()
    monkeypatch.undo()
    assert billing.close(reseller, "2026-01-18") == []
    (second,) = billing.close(reseller, "2026-01-19")
    assert [line.entry.ticket for line in second.lines.all()] == [late]
    assert (second.adjustments, second.period_start.isoformat()) == (1, "2026-01-12")
    assert_balanced()


def test_control_closing_by_time_alone_would_lose_that_sale(
    reseller: Reseller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Had each statement taken the entries of its own days, nobody would ever be paid for it."""
    early, late = billing.batch(2, of=reseller).tickets.all()
    by_time = {
        kind: sql.replace("AND NOT EXISTS", "AND e.at >= %(begins)s::timestamptz AND NOT EXISTS")
        for kind, sql in closing._WRITE.items()
    }
    monkeypatch.setattr(closing, "_WRITE", by_time)
    billing.sell(early, NOON)
    billing.close(reseller, "2026-01-12")
    billing.sell(late, hong_kong("2026-01-11", "23:59:59.999"))
    with pytest.raises(LookupError):
        billing.close(reseller, "2026-01-19")


def test_no_sale_waits_for_a_closing(reseller: Reseller, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, first = billing.batch(2, of=reseller).tickets.all()
    billing.sell(first, NOON)
    meet, write, done = meeting(2), closing.write, list[str]()

    def write_slowly(*args: Any, **facts: Any) -> Statement:
        made = write(*args, **facts)
        if not done:  # what was sold meanwhile goes onto the next statement
            meet()
            meet()
        done.append("closed")
        return made

    monkeypatch.setattr(closing, "write", write_slowly)

    def sell_meanwhile() -> None:
        meet()
        billing.sell(waiting, NOON)
        done.append("sold")
        meet()

    deeds: list[Call] = [partial(billing.close, reseller, LATER), sell_meanwhile]
    assert make.verdicts(make.in_parallel(lambda deed: deed(), deeds)) == {"done": 2}
    assert done == ["sold", "closed", "closed"]
    assert_balanced()


class Watch:
    """Looks at the books again and again while others write them."""

    def __init__(self) -> None:
        self.unequal: list[Any] = []
        self.looks = 0

    def look(self) -> None:
        self.looks += 1
        self.unequal += list(reconcile.balancing.unequal())  # type: ignore[attr-defined]


def test_the_money_adds_up_at_every_moment_while_all_happens_at_once(reseller: Reseller) -> None:
    product, before = make.product(120), deadlocks()
    other = make.reseller(reseller.partner, settlement_cycle="monthly")
    batches = [
        billing.batch(40, of=of, product_id=product.pk)
        for of in (reseller, other, reseller.partner)
    ]
    tickets = [ticket for batch in batches for ticket in batch.tickets.all()]
    watch = Watch()

    def moment(n: int) -> datetime:
        return NOON + timedelta(days=n % 30)

    def sell_all(these: list[Ticket], n: int) -> list[Call]:
        return [
            partial(insist, partial(billing.sell, each, moment(n + i)))
            for i, each in enumerate(these)
        ]

    def cancel_all(these: list[Ticket]) -> list[Call]:
        return [
            partial(insist, partial(billing.cancel, each, moment(i)))
            for i, each in enumerate(these)
        ]

    def close_all(n: int) -> list[Call]:
        days = ["2026-01-19", "2026-02-01", "2026-02-09", "2026-03-02", "2026-03-09"]
        accounts = (reseller, other, reseller.partner)
        return [
            partial(insist, partial(billing.close, of, day))
            for day in days
            for of in accounts[n:] + accounts[:n]
        ]

    deeds: list[list[Call]] = [
        *(sell_all(tickets[n::4], n) for n in range(4)),
        *(cancel_all(tickets[n::6]) for n in range(2)),
        *(close_all(n) for n in range(3)),
        [watch.look] * 20,
    ]
    results = make.in_parallel(one_after_the_other, deeds)

    assert set(make.verdicts(flat(results))) <= {
        "done", "ticket_not_cancellable", "ticket_not_sellable",
    }  # fmt: skip
    assert (watch.unequal, deadlocks()) == ([], before)
    assert watch.looks == 20
    assert_balanced()
    list(settlement.sweep(at=hong_kong("2027-01-01")))
    assert still_open() == billing.NOUGHT
    assert StatementLine.objects.count() == SettlementEntry.objects.count() > 60
    assert_balanced()
