"""Races for uses of tickets, run as races, with a control that shows what the lock is for."""

import itertools
import uuid
from collections import Counter
from functools import partial

import pytest

from tests import gate, make
from tests.gate import BOARDING, TOKEN
from tests.ticketing.gate_racing import before_granting, patient, scans, unlocked, verdicts
from tests.ticketing.racing import Call, deadlocks, meeting, outcome
from ticketing import reconcile
from ticketing.models import Redemption, Scan, Ticket
from ticketing.scanning import Answer

pytestmark = pytest.mark.django_db(transaction=True)


# --- The last use ----------------------------------------------------------------------------


def single_use(tickets: int) -> list[Ticket]:
    batch = make.batch(tickets, product_id=make.product(tickets).pk)
    return [make.sell(ticket)[0] for ticket in batch.tickets.all()]


# --- The last use ----------------------------------------------------------------------------


def each_is_granted_once(number: int) -> None:
    tickets, before = single_use(number), deadlocks()

    answers = scans(tickets, 20)

    assert verdicts(answers) == {"granted": number, "ticket_used": 19 * number}
    assert Counter(Redemption.objects.values_list("ticket", flat=True)) == {
        ticket.pk: 1 for ticket in tickets
    }
    assert set(Ticket.objects.values_list("status", flat=True)) == {"USED"}
    assert Scan.objects.count() == 20 * number
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


def test_of_20_scanners_at_once_one_is_granted_a_single_use() -> None:
    each_is_granted_once(5)


@pytest.mark.proof
def test_of_20_scanners_on_each_of_200_tickets_one_is_granted() -> None:
    each_is_granted_once(200)


def test_ten_uses_under_25_scans_at_once_are_ten() -> None:
    ticket, before = gate.ticket(10), deadlocks()

    answers = scans([ticket], 25)

    assert verdicts(answers) == {"granted": 10, "ticket_used": 15}
    assert gate.left(ticket) == {BOARDING: 0}
    uses = Redemption.objects.order_by("seq").values_list("seq", "remaining")
    assert list(uses) == [(n, 10 - n) for n in range(1, 11)]
    assert (list(reconcile.differences()), deadlocks()) == ([], before)


def test_two_functions_of_a_ticket_at_once_both_count_and_the_last_makes_it_used() -> None:
    ticket = gate.ticket(FERRY_BOARDING=8, PLAYGROUND_TOKEN=8)
    calls = [patient(gate.scan, ticket, function) for function in (BOARDING, TOKEN) * 8]

    answers = make.in_parallel(outcome, calls)

    assert verdicts(answers) == {"granted": 16}
    assert gate.left(ticket) == {BOARDING: 0, TOKEN: 0}
    ticket.refresh_from_db()
    assert (ticket.status, list(reconcile.differences())) == ("USED", [])


def test_control_without_the_lock_two_take_the_last_use(monkeypatch: pytest.MonkeyPatch) -> None:
    unlocked(monkeypatch)
    before_granting(monkeypatch, meeting(2))  # both believe that the use is theirs

    answers = scans([gate.ticket()], 2)

    # What the law of the database refuses is a bug of ours, not an answer.
    assert verdicts(answers) == {"granted": 1, "IntegrityError": 1}


def test_a_device_that_scans_all_day_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tickets have nothing in common: the lock of one makes no scan of another wait."""
    slow, quick, meet = gate.ticket(), gate.ticket(), meeting(2)
    turns = itertools.count()
    before_granting(monkeypatch, lambda: [meet(), meet()] if not next(turns) else None)

    def quickly() -> Answer:
        meet()  # the other one has its lock
        answer = gate.scan(quick)
        meet()
        return answer

    calls: list[Call] = [partial(gate.scan, slow), quickly]
    answers = make.in_parallel(outcome, calls)

    assert verdicts(answers) == {"granted": 2}


# --- The same scan, many times ---------------------------------------------------------------


def test_a_scan_sent_20_times_at_once_has_one_answer_and_takes_one_use() -> None:
    ticket, device, scan_id = gate.ticket(5), gate.scanner(), uuid.uuid4()

    scan = patient(gate.scan, ticket, by=device, scan_id=scan_id)
    answers = make.in_parallel(outcome, [scan] * 20)

    assert verdicts(answers) == {"granted": 20}
    assert len({answer.body for answer in answers if isinstance(answer, Answer)}) == 1
    assert Counter(answer.is_new for answer in answers if isinstance(answer, Answer)) == {
        True: 1, False: 19,
    }  # fmt: skip
    assert gate.left(ticket) == {BOARDING: 4}
    assert list(reconcile.differences()) == []


def test_a_refused_scan_sent_20_times_at_once_is_stored_once() -> None:
    device = gate.scanner()
    for shown in ("forged", gate.printed(gate.use_up(gate.ticket()))):
        scan_id = uuid.uuid4()
        scan = patient(gate.scan, shown, by=device, scan_id=scan_id)
        answers = make.in_parallel(outcome, [scan] * 20)
        assert len({(a.status, a.body) for a in answers if isinstance(a, Answer)}) == 1
        assert Scan.objects.filter(scan_id=scan_id).count() == 1


def test_of_two_tickets_under_one_scan_id_one_is_redeemed() -> None:
    device = gate.scanner()
    for _ in range(5):
        tickets, scan_id = [gate.ticket(), gate.ticket()], uuid.uuid4()
        calls = [patient(gate.scan, ticket, by=device, scan_id=scan_id) for ticket in tickets]
        answers = make.in_parallel(outcome, calls)
        assert verdicts(answers) == {"granted": 1, "scan_id_conflict": 1}
        assert sum(gate.left(ticket)[BOARDING] for ticket in tickets) == 1


def test_an_undo_sent_20_times_at_once_gives_one_use_back() -> None:
    ticket, device, scan_id = gate.ticket(3), gate.scanner(), uuid.uuid4()
    gate.scan(ticket, by=device, scan_id=scan_id)

    sights = make.in_parallel(outcome, [patient(gate.undo, scan_id, device)] * 20)

    assert make.verdicts(sights) == {"done": 20}
    assert gate.left(ticket) == {BOARDING: 3}
    assert (Redemption.objects.count(), list(reconcile.differences())) == (2, [])
