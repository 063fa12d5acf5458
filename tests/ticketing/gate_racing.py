"""How races at the gate are run: many devices, one ticket, and what each of them was told."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from tests import gate, make
from tests.ticketing.racing import Call, flat, insist, meeting, outcome
from ticketing import ending, scanning
from ticketing.models import Scanner, Ticket
from ticketing.scanning import Answer

PATIENCE = 60


def verdicts(results: Iterable[object]) -> dict[str, int]:
    """How often a scan was granted, and how often refused with which word."""
    return dict(Counter(map(_verdict, results)))


def _verdict(result: object) -> str:
    if isinstance(result, Answer):
        return result.code or "granted"
    (told,) = make.verdicts([result])
    return told


@transaction.atomic
def cancel(ticket: Ticket) -> Ticket:
    assert ticket.partner is not None
    return ending.cancel(partner=ticket.partner, code=ticket.code, at=make.now(), by=make.BY)


def patient(act: Callable[..., object], *args: Any, **facts: Any) -> Call:
    """The call as an edge makes it, of a device that obeys Retry-After."""
    return partial(insist, partial(act, *args, **facts))


def scans(tickets: list[Ticket], devices: int) -> list[object]:
    """Every device scans ticket after ticket, each of them all at the same instant."""
    meet = meeting(devices, PATIENCE)

    def work(device: Scanner) -> list[object]:
        answers = []
        for ticket in tickets:
            meet()
            answers.append(outcome(patient(gate.scan, ticket, by=device)))
        return answers

    return flat(make.in_parallel(work, [gate.scanner() for _ in range(devices)]))


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim reads its ticket as if nobody else could change it."""
    for name in ("_CLAIM_BY_CODE", "_CLAIM_BY_ID"):
        locking = getattr(scanning, name)
        assert "FOR NO KEY UPDATE OF t" in locking
        monkeypatch.setattr(scanning, name, locking.replace("FOR NO KEY UPDATE OF t", ""))


def before_granting(monkeypatch: pytest.MonkeyPatch, *calls: Call) -> None:
    """What happens between the look at a ticket and the use of it."""
    grant = scanning.grant

    def slowly(*args: Any, **facts: Any) -> Answer:
        for call in calls:
            call()
        return grant(*args, **facts)

    monkeypatch.setattr(scanning, "grant", slowly)
