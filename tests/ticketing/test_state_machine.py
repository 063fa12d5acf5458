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
from ticketing.models import Order, Reservation, Ticket

some = st.integers(0, 1000)  # which of those there are, counted round and round


class Selling(RuleBasedStateMachine):
    """One partner, one product; every example leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.partner = make.partner()
        self.reservations: list[Reservation] = []
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
        assert sorted(statuses) == sorted(each.order for each in expected if each.order)
        assert Ticket.objects.count() == self.shop.sold


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
        machine.the_counters_are_those_of_the_model()
    finally:
        machine.teardown()


@pytest.mark.django_db
@pytest.mark.parametrize("forgotten", ["hold", "sell", "release", "expire"])
def test_control_the_model_notices_a_step_that_was_forgotten(
    forgotten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_one_of_each()
    monkeypatch.setattr(allocations, forgotten, does_nothing)
    with pytest.raises(AssertionError):
        tell_one_of_each()
