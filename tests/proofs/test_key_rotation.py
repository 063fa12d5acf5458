"""Keys rotate while servers are replaced one by one: every good code admits, a dead key none."""

import base64
import json
import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from qrcodes import rotation
from tests import gate, make
from tests.device import Device, device, read_qr
from tests.flows.over_http import over_http
from tests.flows.web import web_server
from tests.partner_program import Program, program
from ticketing import reconcile
from ticketing.models import Ticket

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]
Ring = list[dict[str, Any]]
THREADS = 4


class Fleet:
    """Servers of one database; a caller meets any of those that stand."""

    def __init__(self, rings: list[Ring], folder: Path, stack: ExitStack) -> None:
        self.sends = []
        for number, ring in enumerate(rings):
            place = folder / str(number)
            place.mkdir()
            url = stack.enter_context(web_server(place, QR_KEYS=json.dumps(ring)))
            self.sends.append(over_http(url))
        self.standing = [0]

    def anybody(self, by: Any) -> Any:
        """A program or a device that asks one of the servers that stand."""
        return by.over(self.sends[random.choice(self.standing)])


class Guests:
    """Threads that have codes made and redeem them, each at whatever server answers."""

    def __init__(
        self, fleet: Fleet, sellers: list[Program], gates: list[Device], tickets: list[Ticket]
    ) -> None:
        self.fleet, self.sellers, self.gates, self.tickets = fleet, sellers, gates, tickets
        self.answers: Counter[tuple[int, str]] = Counter()
        self.codes: dict[int, str] = {}
        self.over = threading.Event()
        self.failure: Exception | None = None

    def go(self, number: int) -> None:
        try:
            while not self.over.is_set():
                self.visit(number)
        except Exception as error:  # noqa: BLE001  told to the test
            self.failure = error

    def visit(self, number: int) -> None:
        code = self.tickets[number].code
        mine = self.fleet.anybody(self.sellers[number])
        made = mine.post(f"/qr/{code}", {"expiry_minutes": 60})
        self.answers[made.status, made.code] += 1
        qr = read_qr(made.json()["qr_image"])
        self.codes[kid_of(qr)] = qr
        seen = self.fleet.anybody(self.gates[number]).scan(qr)
        self.answers[seen.status, seen.code] += 1


def kid_of(token: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(token)[1:3], "big")


def test_a_rolling_rotation_refuses_no_good_code_and_a_destroyed_key_admits_none(
    tmp_path: Path, settings: Settings
) -> None:
    first = list(settings.QR_KEYS)
    staged = rotation.make(first)
    rotated = rotation.rotate(staged, at=timezone.now())
    gone = rotation.destroy(rotated, 1, at=timezone.now(), compromised=True)
    sellers = [program() for _ in range(THREADS)]
    tickets = [
        make.ticket(of=mine.owner, on=make.product(functions={gate.BOARDING: 30_000}))
        for mine in sellers
    ]
    with ExitStack() as stack:
        fleet = Fleet([first, staged, rotated, gone], tmp_path, stack)
        guests = Guests(fleet, sellers, [device() for _ in range(THREADS)], tickets)
        threads = [threading.Thread(target=guests.go, args=[n]) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        # Each new setting stands beside the one before it, then alone.
        for standing in ([0], [0, 1], [1], [1, 2], [2]):
            fleet.standing = standing
            time.sleep(2)
        guests.over.set()
        for thread in threads:
            thread.join()

        assert guests.failure is None
        assert set(guests.answers) == {(200, "")}
        assert sum(guests.answers.values()) > 200
        assert sorted(guests.codes) == [1, 2]
        fleet.standing = [3]
        last = fleet.anybody(guests.gates[0])
        assert last.scan(guests.codes[1]).code == "token_invalid"
        assert last.scan(guests.codes[2]).status == 200
        assert last.scan(gate.printed(tickets[0])).code == "token_invalid"
    assert list(reconcile.differences()) == []
