"""Any sequence of calls, against the real database, answers as the model in plain Python does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
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

from inventory import allocations
from tests import make
from tests.ticketing.model import Shop
from tests.ticketing.racing import outcome, reserve
from ticketing import expiring, reconcile
from ticketing.availability import available
from ticketing.models import Batch, Order, Reservation, Ticket

some = st.integers(0, 1000)  # which of those there are, counted round and round


class Selling(RuleBasedStateMachine):
    """One partner, one product; every example leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.partner = make.partner()
        self.reservations: list[Reservation] = []
        self.batches: list[Batch] = []
        self.seen: list[Ticket] = []
        self.events: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(ota=st.integers(0, 12), direct=st.integers(0, 6))
    def open(self, ota: int, direct: int) -> None:
        self.shop = Shop(ota, direct)
        self.product = make.product(ota, direct=direct)

    def agree(self, expected: str, call: Callable[[], Any]) -> Any:
        """The call ends as the model says; returns its result."""
        result = outcome(call)
        assert make.verdicts([result]) == {expected: 1}
        return result

    @rule(quantity=st.integers(1, 5))
    def reserve(self, quantity: int) -> None:
        expected = self.shop.reserve(len(self.reservations), quantity)
        made = self.agree(expected, lambda: reserve(self.product, self.partner, quantity))
        if expected == "done":
            self.reservations.append(made)

    def pick(self, which: int) -> tuple[int, Reservation]:
        number = which % len(self.reservations)
        return number, self.reservations[number]

    @precondition(lambda self: self.reservations)
    @rule(which=some)
    def place(self, which: int) -> None:
        number, held = self.pick(which)
        order = self.agree(self.shop.place(number), lambda: make.place(held))
        if isinstance(order, Order):
            assert order.total_amount == 288 * held.quantity

    @precondition(lambda self: self.reservations)
    @rule(which=some)
    def activate(self, which: int) -> None:
        number, held = self.pick(which)
        self.agree(self.shop.activate(number), lambda: make.activate(held))

    @precondition(lambda self: self.reservations)
    @rule(which=some)
    def cancel(self, which: int) -> None:
        number, held = self.pick(which)
        self.agree(self.shop.cancel(number), lambda: make.cancel(held))

    @precondition(lambda self: self.reservations)
    @rule(which=some)
    def lapse(self, which: int) -> None:
        number, held = self.pick(which)
        self.shop.held[number].is_overdue = True
        make.lapse(held)

    @rule()
    def sweep(self) -> None:
        assert expiring.sweep(at=make.now) == self.shop.sweep()

    @rule(source=st.sampled_from(["ota", "direct"]), units=st.integers(1, 6))
    def reallocate(self, source: str, units: int) -> None:
        self.agree(
            self.shop.reallocate(source, units),
            lambda: allocations.reallocate(
                product_id=self.product.pk, source=source, units=units, demand=10**6,
                target="ota" if source == "direct" else "direct", at=make.now(), by=make.BY,
            ),
        )  # fmt: skip

    def ordered(self) -> list[int]:
        return [number for number, each in self.shop.held.items() if each.order]

    def pick_order(self, which: int) -> tuple[int, Order]:
        numbers = self.ordered()
        number = numbers[which % len(numbers)]
        return number, Order.objects.get(reservation=self.reservations[number])

    @precondition(lambda self: self.ordered())
    @rule(which=some)
    def pay(self, which: int) -> None:
        number, order = self.pick_order(which)
        self.agree(self.shop.pay(number), lambda: make.pay(order))

    @precondition(lambda self: self.ordered())
    @rule(which=some, fits=st.sampled_from([True, True, False]))
    def tell_of_a_payment(self, which: int, fits: bool) -> None:
        number, order = self.pick_order(which)
        event = make.notice(order, **({} if fits else {"amount": order.total_amount + 1}))
        answer = make.notify(event, self.partner.partner_id)
        expected = self.shop.pay(number) if fits else "amount_mismatch"
        assert answer.get("reason", "done") == expected
        self.events.append((event, answer))

    @precondition(lambda self: self.events)
    @rule(which=some)
    def tell_of_it_again(self, which: int) -> None:
        event, answer = self.events[which % len(self.events)]
        assert make.notify(event, self.partner.partner_id) == answer

    # Pre-made tickets, and what may become of every ticket.

    @rule(quantity=st.integers(1, 5))
    def generate(self, quantity: int) -> None:
        expected = self.shop.generate(len(self.batches), quantity)
        made = self.agree(
            expected, lambda: make.batch(quantity, of=self.partner, product_id=self.product.pk)
        )
        if expected == "done":
            self.batches.append(made)

    def tickets(self) -> list[Ticket]:
        """In the order of their making, in which the model numbers them."""
        known = {ticket.pk for ticket in self.seen}
        self.seen += Ticket.objects.exclude(pk__in=known).order_by("code")
        return self.seen

    def pick_ticket(self, which: int) -> tuple[int, Ticket]:
        number = which % len(self.shop.tickets)
        return number, self.tickets()[number]

    @precondition(lambda self: self.shop.tickets)
    @rule(which=some)
    def sell(self, which: int) -> None:
        number, ticket = self.pick_ticket(which)
        self.agree(self.shop.sell(number), lambda: make.sell(ticket))

    @precondition(lambda self: self.shop.tickets)
    @rule(which=some)
    def cancel_ticket(self, which: int) -> None:
        number, ticket = self.pick_ticket(which)
        self.agree(self.shop.cancel_ticket(number), lambda: make.cancel_ticket(ticket))

    @precondition(lambda self: self.shop.tickets)
    @rule(which=some)
    def expire_ticket(self, which: int) -> None:
        number, ticket = self.pick_ticket(which)
        self.agree(self.shop.expire_ticket(number), lambda: make.expire_ticket(ticket))

    @precondition(lambda self: self.batches)
    @rule(which=some, status=st.sampled_from(["CANCELLED", "EXPIRED"]))
    def end_rest(self, which: int, status: str) -> None:
        number = which % len(self.batches)
        end = make.cancel_rest if status == "CANCELLED" else make.expire_rest
        assert end(self.batches[number]) == self.shop.end_rest(number, status)

    @invariant()
    def the_counters_are_those_of_the_model(self) -> None:
        with connection.cursor() as cursor:  # what a commit would check
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        shop = self.shop
        assert make.pool(self.product) == (shop.ota, shop.reserved, shop.sold)
        assert make.pool(self.product, "direct") == (shop.direct, 0, 0)
        assert available("ota") == {self.product.pk: shop.available}
        assert list(reconcile.differences()) == []

    @invariant()
    def everything_is_shown_as_the_model_says(self) -> None:
        # The model counts from 0, in the order of their making.
        shown = Reservation.objects.as_shown().order_by("created_at")
        expected = self.shop.held.values()
        assert [each.shown_status for each in shown] == [each.shown for each in expected]  # type: ignore[attr-defined]
        statuses = Order.objects.values_list("status", flat=True)
        assert sorted(statuses) == sorted(self.shop.orders())
        rights = dict(Ticket.objects.values_list("pk", "status"))
        assert [rights[each.pk] for each in self.tickets()] == [
            each.status for each in self.shop.tickets
        ]


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Selling,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_any_sequence_of_calls_agrees_with_the_model() -> None:
    run(examples=10, steps=20)


@pytest.mark.proof
@pytest.mark.django_db
def test_many_long_sequences_of_calls_agree_with_the_model() -> None:
    run(examples=200, steps=50)


def does_nothing(*given: object, **facts: object) -> None:
    """A step that somebody forgot."""


def tell_one_of_each() -> None:
    """One hold is sold, one cancelled, one swept; then the model is asked."""
    machine = Selling()
    try:
        machine.open(ota=9, direct=0)
        for quantity in (1, 2, 3):
            machine.reserve(quantity)
        machine.activate(0)
        machine.cancel(1)
        machine.lapse(2)
        machine.sweep()
        machine.generate(2)
        machine.sell(1)  # the first ticket is that of the reservation
        machine.cancel_ticket(1)
        machine.end_rest(0, "CANCELLED")
        machine.the_counters_are_those_of_the_model()
    finally:
        machine.teardown()


@pytest.mark.django_db
@pytest.mark.parametrize("forgotten", ["hold", "sell", "release", "expire", "give_back"])
def test_control_the_model_notices_a_step_that_was_forgotten(
    forgotten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_one_of_each()
    monkeypatch.setattr(allocations, forgotten, does_nothing)
    with pytest.raises(AssertionError):
        tell_one_of_each()
