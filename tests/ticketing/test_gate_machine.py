"""Any sequence of scans, undos, cancels and reissues answers as a model in plain Python does."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
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

from tests import gate, make
from tests.gate import BOARDING, TOKEN
from tests.ticketing.gate_racing import cancel, verdicts
from tests.ticketing.racing import outcome
from ticketing import ending, reconcile, scanning
from ticketing.models import Scanner, Ticket

FUNCTIONS = st.sampled_from([BOARDING, TOKEN, "VIP_GIFT"])
some = st.integers(0, 1000)  # which of those there are, counted round and round


@dataclass
class Guest:
    """A ticket as its holder thinks of it."""

    left: dict[str, int]
    status: str = "ACTIVE"
    generation: int = 1
    standing: int = 0

    def scan(self, function: str, generation: int) -> str:
        if generation != self.generation:
            return "superseded_qr"
        if self.status != "ACTIVE":
            return f"ticket_{self.status.lower()}"
        if function not in self.left:
            return "unknown_function"
        if not self.left[function]:
            return "entitlement_exhausted"
        self.take(function, 1)
        return "granted"

    def take(self, function: str, uses: int) -> None:
        self.left[function] -= uses
        self.standing += uses
        self.status = "ACTIVE" if any(self.left.values()) else "USED"

    def end(self, status: str) -> str:
        if status == self.status == "CANCELLED":
            return "done"
        if self.status != "ACTIVE" or (status == "CANCELLED" and self.standing):
            return "ticket_not_cancellable" if status == "CANCELLED" else "illegal_status_change"
        self.status = status
        return "done"

    def reissue(self) -> str:
        if self.status != "ACTIVE":
            return f"ticket_{self.status.lower()}"
        self.generation += 1
        return "done"


@dataclass
class Shown:
    """A scan that was made, and what the model said of it."""

    scan_id: uuid.UUID
    by: Scanner
    qr: str
    function: str
    guest: int
    said: str
    answer: Any
    is_undone: bool = False


@dataclass
class Pier:
    """All guests and scans of one example."""

    guests: list[Guest] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    scans: list[Shown] = field(default_factory=list)


class Gate(RuleBasedStateMachine):
    """Two devices and a few tickets; every example leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.devices = [gate.scanner(), gate.scanner()]
        self.pier = Pier()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(uses=st.lists(st.integers(1, 3), min_size=1, max_size=3))
    def open(self, uses: list[int]) -> None:
        for number in uses:
            self.pier.tickets.append(gate.ticket(FERRY_BOARDING=1, PLAYGROUND_TOKEN=number))
            self.pier.guests.append(Guest({BOARDING: 1, TOKEN: number}))

    def pick(self, which: int) -> tuple[int, Guest, Ticket]:
        number = which % len(self.pier.guests)
        return number, self.pier.guests[number], self.pier.tickets[number]

    def agree(self, expected: str, call: Callable[[], Any]) -> Any:
        """The call ends as the model says; returns its result."""
        result = outcome(call)
        assert verdicts([result]) == {expected: 1}
        return result

    @rule(which=some, function=FUNCTIONS, device=st.integers(0, 1), old=st.booleans())
    def scan(self, which: int, function: str, device: int, old: bool) -> None:
        number, guest, ticket = self.pick(which)
        ticket.generation = 1 if old else guest.generation
        by, qr, scan_id = self.devices[device], gate.printed(ticket), uuid.uuid4()
        said = guest.scan(function, ticket.generation)
        answer = self.agree(said, lambda: gate.scan(qr, function, by=by, scan_id=scan_id))
        self.pier.scans.append(Shown(scan_id, by, qr, function, number, said, answer))

    @precondition(lambda self: self.pier.scans)
    @rule(which=some)
    def scan_again(self, which: int) -> None:
        made = self.pier.scans[which % len(self.pier.scans)]
        again = gate.scan(made.qr, made.function, by=made.by, scan_id=made.scan_id)
        assert (again.body, again.is_new) == (made.answer.body, False)

    @precondition(lambda self: self.pier.scans)
    @rule(which=some, late=st.booleans())
    def undo(self, which: int, late: bool) -> None:
        made = self.pier.scans[which % len(self.pier.scans)]
        after = timedelta(minutes=20 if late else 1)
        self.agree(self.undone(made, late), lambda: gate.undo(made.scan_id, made.by, after=after))

    def undone(self, made: Shown, late: bool) -> str:
        guest = self.pier.guests[made.guest]
        if made.said != "granted":
            return "not_undoable"
        if made.is_undone:
            return "done"
        if late:
            return "undo_too_late"
        if guest.status not in ("ACTIVE", "USED"):
            return "not_undoable"
        made.is_undone = True
        guest.take(made.function, -1)
        return "done"

    @rule(which=some)
    def cancel(self, which: int) -> None:
        _, guest, ticket = self.pick(which)
        self.agree(guest.end("CANCELLED"), lambda: cancel(ticket))

    @rule(which=some)
    def expire(self, which: int) -> None:
        _, guest, ticket = self.pick(which)

        def expire() -> Ticket:
            with transaction.atomic():
                return ending.expire(ticket_id=ticket.pk, at=make.now(), by=make.BY)

        self.agree(guest.end("EXPIRED"), expire)

    @rule(which=some)
    def reissue(self, which: int) -> None:
        _, guest, ticket = self.pick(which)
        self.agree(guest.reissue(), lambda: gate.reissue(ticket))

    @invariant()
    def every_ticket_is_as_the_model_says(self) -> None:
        for guest, ticket in zip(self.pier.guests, self.pier.tickets, strict=True):
            now = Ticket.objects.get(pk=ticket.pk)
            assert (now.status, now.generation) == (guest.status, guest.generation)
            left = {right["function_code"]: right["remaining_uses"] for right in now.entitlements}
            assert left == guest.left
        assert list(reconcile.differences()) == []


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Gate,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_any_sequence_at_the_gate_agrees_with_the_model() -> None:
    run(examples=10, steps=25)


@pytest.mark.proof
@pytest.mark.django_db
def test_many_long_sequences_at_the_gate_agree_with_the_model() -> None:
    run(examples=200, steps=50)


@pytest.mark.django_db
def test_control_the_model_notices_a_use_that_was_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def only_said(scan: int, ticket: Ticket, told: Any, **facts: Any) -> scanning.Answer:
        return scanning.Answer(200, "", "{}")

    monkeypatch.setattr(scanning, "grant", only_said)
    machine = Gate()
    try:
        machine.open([2])
        machine.scan(0, BOARDING, 0, False)
        with pytest.raises(AssertionError):
            machine.every_ticket_is_as_the_model_says()
    finally:
        machine.teardown()
