"""A ticket scanned, cancelled, undone and reissued at once: no order of them contradicts itself."""

import random
import uuid
from collections import Counter
from functools import partial

import pytest

from qrcodes import keys
from tests import gate, make
from tests.gate import BOARDING
from tests.ticketing.gate_racing import before_granting, cancel, patient, unlocked, verdicts
from tests.ticketing.racing import (
    Call,
    deadlocks,
    flat,
    meeting,
    one_after_the_other,
    outcome,
)
from ticketing import reconcile
from ticketing.models import Redemption
from ticketing.models.tickets import TicketQuerySet

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_confirmed_cancel_is_never_followed_by_a_granted_scan() -> None:
    before, device, chance = deadlocks(), gate.scanner(), random.Random(20261224)
    for _ in range(12):
        ticket = gate.ticket()
        deeds: list[Call] = [patient(cancel, ticket)]
        deeds += [patient(gate.scan, ticket, by=device) for _ in range(3)]
        chance.shuffle(deeds)

        found = verdicts(make.in_parallel(outcome, deeds))

        if "done" in found:
            assert found == {"done": 1, "ticket_cancelled": 3}
        else:
            assert found == {"ticket_not_cancellable": 1, "granted": 1, "ticket_used": 2}
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


def test_control_without_the_lock_a_scan_is_granted_after_the_cancel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unlocked(monkeypatch)
    ticket, seen, cancelled = gate.ticket(), meeting(2), meeting(2)
    before_granting(monkeypatch, seen, cancelled)

    def cancel_between() -> None:
        seen()
        cancel(ticket)
        cancelled()

    deeds: list[Call] = [partial(gate.scan, ticket), cancel_between]
    results = make.in_parallel(outcome, deeds)

    assert verdicts(results) == {"granted": 1, "done": 1}
    # The unit is back for sale, and its guest is on board.
    assert [each.what for each in reconcile.differences()] == ["sold = tickets"]


def test_of_reissues_at_once_each_ends_the_qr_of_the_one_before() -> None:
    ticket, before = gate.ticket(), deadlocks()

    results = make.in_parallel(outcome, [patient(gate.reissue, ticket)] * 8)

    assert verdicts(results) == {"done": 8}
    ticket.refresh_from_db()
    assert (ticket.generation, ticket.history.count()) == (9, 9)
    assert deadlocks() == before


def test_control_without_the_lock_two_reissues_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TicketQuerySet, "locked", lambda self: self)
    ticket, meet, ring = gate.ticket(), meeting(2), keys.ring

    def ring_together() -> keys.KeyRing:
        meet()  # both have read the ticket
        return ring()

    monkeypatch.setattr(keys, "ring", ring_together)
    results = make.in_parallel(outcome, [partial(gate.reissue, ticket)] * 2)

    assert verdicts(results) == {"done": 2}
    ticket.refresh_from_db()
    assert ticket.generation == 2


def test_scans_undos_cancels_and_reissues_of_some_tickets_leave_no_contradiction() -> None:
    tickets = [gate.ticket(3) for _ in range(3)]
    before, chance = deadlocks(), random.Random(20261225)
    qrs = {ticket.pk: gate.printed(ticket) for ticket in tickets}

    def work(number: int) -> list[object]:
        device, done = gate.scanner(), []
        for step in range(12):
            ticket, scan_id = tickets[(number + step) % 3], uuid.uuid4()
            calls: list[Call] = [patient(gate.scan, qrs[ticket.pk], by=device, scan_id=scan_id)]
            if (number + step) % 4:
                calls.append(patient(gate.undo, scan_id, device))
            if step == 9 and number == 0:
                calls.append(patient(cancel, tickets[0]))
            if step == 6 and number == 1:
                calls.append(patient(gate.reissue, tickets[1]))
            done += one_after_the_other(calls)
        return done

    numbers = list(range(6))
    chance.shuffle(numbers)
    results = flat(make.in_parallel(work, numbers))

    assert set(verdicts(results)) <= {
        "granted", "done", "ticket_used", "superseded_qr", "ticket_cancelled", "not_undoable",
        "ticket_not_cancellable",
    }  # fmt: skip
    assert (list(reconcile.differences()), deadlocks()) == ([], before)
    standing = Counter(Redemption.objects.standing().values_list("ticket", flat=True))
    assert [gate.left(ticket)[BOARDING] for ticket in tickets] == [
        3 - standing[ticket.pk] for ticket in tickets
    ]
