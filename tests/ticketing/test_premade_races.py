"""Races about pre-made tickets and batches, with controls that show what the guards are for."""

from functools import partial
from typing import Any

import pytest
from django.db import transaction

from inventory.models import AllocationMove, Product
from resellers.models import Partner
from tests import make
from tests.ticketing.racing import (
    Call,
    deadlocks,
    flat,
    insist,
    meeting,
    one_after_the_other,
    outcome,
    reserve,
)
from ticketing import batches, ending, holding, issuing, making, reconcile
from ticketing.models import Batch, Order, SettlementEntry, Ticket
from ticketing.models.tickets import TicketQuerySet

pytestmark = pytest.mark.django_db(transaction=True)


@transaction.atomic
def cancel(ticket: Ticket) -> Ticket:
    assert ticket.partner is not None
    return ending.cancel(partner=ticket.partner, code=ticket.code, at=make.now(), by=make.BY)


@transaction.atomic
def expire(ticket: Ticket) -> Ticket:
    return ending.expire(ticket_id=ticket.pk, at=make.now(), by=make.BY)


@transaction.atomic
def cancel_rest(batch: Batch) -> int:
    return batches.cancel_rest(
        partner=batch.partner, batch_id=batch.batch_id, at=make.now(), by=make.BY
    )


@transaction.atomic
def expire_rest(batch: Batch) -> int:
    return batches.expire_rest(batch=batch, at=make.now(), by=make.BY)


@transaction.atomic
def generate(of: Partner, on: Product, batch_id: str, tickets: int = 50) -> Batch:
    return make.batch(tickets, of=of, product_id=on.pk, batch_id=batch_id)


# --- One ticket, many buyers -----------------------------------------------------------------


def test_of_twenty_simultaneous_sales_of_a_ticket_one_is_made() -> None:
    product, before = make.product(5), deadlocks()
    waiting = make.premade_ticket(product_id=product.pk)

    results = make.in_parallel(make.sell, [waiting] * 20)

    assert make.verdicts(results) == {"done": 1, "ticket_already_activated": 19}
    assert (Order.objects.count(), SettlementEntry.objects.count()) == (1, 1)
    assert make.pool(product) == (5, 0, 1)
    assert AllocationMove.objects.filter(cause_id=waiting.id).count() == 1
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tickets are read as if nobody else could change them."""
    monkeypatch.setattr(TicketQuerySet, "locked", lambda self: self)


def test_control_without_the_lock_two_sales_are_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    unlocked(monkeypatch)
    product, meet = make.product(5), meeting(2)
    confirm = issuing.confirm

    def confirm_together(*args: Any, **facts: Any) -> None:
        meet()  # both believe that the ticket is theirs
        confirm(*args, **facts)

    monkeypatch.setattr(issuing, "confirm", confirm_together)
    waiting = make.premade_ticket(product_id=product.pk)

    results = make.in_parallel(make.sell, [waiting] * 2)

    # What the law of the database refuses is a bug of ours, not an answer.
    assert make.verdicts(results) == {"done": 1, "IntegrityError": 1}


def ended_once(ticket: Ticket) -> str:
    """How a ticket ended, in one way and in all its books."""
    ticket.refresh_from_db()
    kinds = AllocationMove.objects.filter(cause_id=ticket.id).order_by("seq")
    told = [move.kind for move in kinds]
    sold = ticket.activated_at is not None
    if ticket.status == "CANCELLED" and sold:
        assert told == ["sell", "give_back"]
    else:
        assert told == (["sell"] if sold else ["release"])
    posted = SettlementEntry.objects.filter(ticket=ticket).count()
    assert posted == (0 if not sold else 2 if ticket.status == "CANCELLED" else 1)
    assert list(reconcile.differences()) == []
    return str(ticket.status)


@pytest.mark.parametrize("attempt", range(6))
def test_sold_cancelled_and_expired_at_once_ends_in_one_way(attempt: int) -> None:
    before = deadlocks()
    waiting = make.premade_ticket()
    deeds: list[Call] = [partial(deed, waiting) for deed in (make.sell, cancel, expire, cancel)]

    results = make.in_parallel(outcome, deeds[attempt % 4 :] + deeds[: attempt % 4])

    assert set(make.verdicts(results)) <= {
        "done", "ticket_already_activated", "ticket_not_sellable", "ticket_not_cancellable",
        "illegal_status_change",
    }  # fmt: skip
    assert ended_once(waiting) in ("ACTIVE", "CANCELLED", "EXPIRED")
    assert deadlocks() == before


def test_a_sold_ticket_cancelled_by_twenty_is_given_back_once() -> None:
    waiting = make.premade_ticket()
    make.sell(waiting)
    results = make.in_parallel(cancel, [waiting] * 20)
    assert make.verdicts(results) == {"done": 20}
    assert ended_once(waiting) == "CANCELLED"


# --- A rest that is sold while it ends -------------------------------------------------------


def test_while_a_rest_ends_every_ticket_is_sold_or_released_once() -> None:
    product, before = make.product(60), deadlocks()
    batch = make.batch(60, product_id=product.pk)
    tickets = list(batch.tickets.all())
    sellers: list[list[Call]] = [
        [partial(insist, partial(make.sell, each)) for each in tickets[n::4]] for n in range(4)
    ]
    singles: list[Call] = [partial(insist, partial(cancel, each)) for each in tickets[::3]]
    enders: list[Call] = [
        partial(insist, partial(end, batch)) for end in (cancel_rest, expire_rest)
    ]

    results = make.in_parallel(one_after_the_other, [*sellers, singles, enders])

    assert set(make.verdicts(flat(results))) <= {
        "done", "ticket_not_sellable", "ticket_not_cancellable",
    }  # fmt: skip
    cancel_rest(batch)
    sold = batch.tickets.filter(status="ACTIVE").count()
    assert make.pool(product) == (60, 0, sold)
    assert batch.tickets.filter(status="PRE_GENERATED").count() == 0
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


# --- One batch id, one pool ------------------------------------------------------------------


def test_of_eight_batches_with_one_id_one_is_made() -> None:
    product, partner, before = make.product(1000), make.partner(), deadlocks()

    results = make.in_parallel(lambda _: generate(partner, product, "B-1"), range(8))

    assert make.verdicts(results) == {"done": 1, "duplicate_batch": 7}
    assert (Batch.objects.count(), Ticket.objects.count()) == (1, 50)
    assert make.pool(product) == (1000, 50, 0)
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


def test_batches_and_reservations_at_once_take_no_unit_twice() -> None:
    product, partner, before = make.product(100), make.partner(), deadlocks()
    bulk: list[list[Call]] = [
        [partial(generate, partner, product, f"B-{n}-{i}", 15) for i in range(3)] for n in range(4)
    ]
    single: list[list[Call]] = [[partial(reserve, product, partner, 3)] * 10] * 4

    results = make.in_parallel(one_after_the_other, [*bulk, *single])

    assert set(make.verdicts(flat(results))) == {"done", "insufficient_inventory"}
    _, reserved, _ = make.pool(product)
    assert 100 - reserved < 3  # whatever is left was too little for anybody
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


def test_a_running_batch_locks_no_stock_before_its_last_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product, partner, meet = make.product(1000), make.partner(), meeting(2)
    make_tickets = making.make

    def make_slowly(*args: Any, **facts: Any) -> None:
        make_tickets(*args, **facts)
        meet()  # the tickets are written,
        meet()  # and somebody else has reserved

    monkeypatch.setattr(making, "make", make_slowly)

    def reserve_meanwhile() -> None:
        meet()
        reserve(product, partner, 5)
        meet()

    deeds: list[Call] = [partial(generate, partner, product, "B-1"), reserve_meanwhile]
    results = make.in_parallel(lambda deed: deed(), deeds)

    assert make.verdicts(results) == {"done": 2}
    assert [move.d_reserved for move in AllocationMove.objects.order_by("seq")][1:] == [5, 50]


@pytest.mark.proof
def test_control_holding_first_makes_others_wait_for_all_of_the_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product, partner, meet = make.product(1000), make.partner(), meeting(2, patience=3)
    make_tickets = making.make

    def hold_and_make_slowly(batch: Batch, *args: Any, **facts: Any) -> None:
        listed = batches.pricing.offered("ota", batch.product_id)  # type: ignore[attr-defined]
        cause = batches.Cause("batch", batch.id)  # type: ignore[attr-defined]
        holding.hold(listed, batch.quantity, cause=cause, **facts)
        make_tickets(batch, *args, **facts)
        meet()
        meet()

    monkeypatch.setattr(making, "make", hold_and_make_slowly)

    def reserve_meanwhile() -> None:
        meet()
        reserve(product, partner, 5)  # waits for the batch, which waits for this
        meet()

    deeds: list[Call] = [partial(generate, partner, product, "B-1"), reserve_meanwhile]
    results = make.in_parallel(lambda deed: deed(), deeds)

    assert make.verdicts(results)["OperationalError"] == 1  # cut off after two seconds
