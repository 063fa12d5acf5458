"""What the database refuses at the gate, whoever asks."""

import json
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import gate
from tests.gate import BOARDING, TOKEN
from ticketing.models import Redemption, Scan, Ticket

pytestmark = pytest.mark.django_db


def run(sql: str, **values: Any) -> None:
    """A statement under the settings of production, with the checks of its commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL gangway.may_truncate = off")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql, values)


@pytest.fixture
def ticket() -> Ticket:
    """Ten tokens of which two are gone, one boarding that is gone and was given back."""
    made, device, mistake = (
        gate.ticket(FERRY_BOARDING=1, PLAYGROUND_TOKEN=10),
        gate.scanner(),
        uuid.uuid4(),
    )
    gate.redeem(made, TOKEN, 2)
    gate.scan(made, BOARDING, by=device, scan_id=mistake)
    gate.undo(mistake, device)
    made.refresh_from_db()
    return made


def rights(boardings: int, tokens: int, **more: int) -> str:
    named = {BOARDING: boardings, TOKEN: tokens, **more}
    return json.dumps([{"function_code": name, "remaining_uses": n} for name, n in named.items()])


SPEND = "UPDATE ticketing_ticket SET entitlements = %(rights)s::jsonb WHERE id = %(ticket)s"


@pytest.mark.parametrize(
    "changed",
    [
        rights(1, 7), rights(1, 9), rights(1, 10), rights(0, 8), rights(2, 8), rights(0, 7),
        rights(1, 8, VIP_GIFT=1), "[]",
    ],
)  # fmt: skip
def test_uses_do_not_change_without_a_redemption(ticket: Ticket, changed: str) -> None:
    with pytest.raises(IntegrityError, match="without a redemption"):
        run(SPEND, rights=changed, ticket=ticket.pk)
    assert gate.left(ticket) == {BOARDING: 1, TOKEN: 8}


def test_uses_do_not_fall_below_none(ticket: Ticket) -> None:
    with pytest.raises(IntegrityError, match="uses_never_negative"):
        run(SPEND, rights=rights(1, -1), ticket=ticket.pk)


def test_a_ticket_with_a_use_left_is_not_used(ticket: Ticket) -> None:
    with pytest.raises(IntegrityError, match="used_tickets_are_spent"):
        run("UPDATE ticketing_ticket SET status = 'USED' WHERE id = %(ticket)s", ticket=ticket.pk)


REDEEM = """
INSERT INTO ticketing_redemption
  (scan_id, ticket_id, function_code, seq, change, remaining, at, by, request_id)
VALUES (%(scan)s, %(ticket)s, %(function)s, %(seq)s, %(change)s, %(remaining)s, now(), '', '')
"""


@pytest.mark.parametrize(
    ("function", "seq", "change", "remaining"),
    [
        (TOKEN, 3, -1, 7),  # but the ticket has 8
        (TOKEN, 3, 1, 9),
        (TOKEN, 3, -1, 8),  # does not follow from the 8 before
        (TOKEN, 4, -1, 8),  # one is missing before it
        (TOKEN, 2, -1, 8),  # there is one already
        (TOKEN, 0, -1, 8),
        (TOKEN, 3, -2, 8),
        (TOKEN, 3, 0, 8),
        ("VIP_GIFT", 1, -1, 0),  # not on the ticket
    ],
)
def test_a_redemption_without_its_use_is_not_written(
    ticket: Ticket, function: str, seq: int, change: int, remaining: int
) -> None:
    values = {"function": function, "seq": seq, "change": change, "remaining": remaining}
    gate.scan("forged")
    before = Redemption.objects.count()
    with pytest.raises(IntegrityError):
        run(REDEEM, scan=Scan.objects.latest("id").pk, ticket=ticket.pk, **values)
    assert Redemption.objects.count() == before


def test_a_scan_takes_one_use_and_gives_one_back(ticket: Ticket) -> None:
    undone = Redemption.objects.get(change=1).scan_id
    for change in (-1, 1):
        with pytest.raises(IntegrityError):
            run(
                REDEEM,
                scan=undone,
                ticket=ticket.pk,
                function=TOKEN,
                seq=3,
                change=change,
                remaining=8,
            )


@pytest.mark.parametrize("table", ["ticketing_redemption", "ticketing_scan"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET at = at",
        "UPDATE {} SET function_code = 'OTHER'",
        "DELETE FROM {}",
        "TRUNCATE {} CASCADE",
    ],
)
def test_what_happened_at_a_gate_is_never_changed(ticket: Ticket, table: str, change: str) -> None:
    before = (list(Scan.objects.values()), list(Redemption.objects.values()))
    with pytest.raises(DatabaseError):
        run(change.format(table))
    assert (list(Scan.objects.values()), list(Redemption.objects.values())) == before


def test_a_scanner_has_one_answer_for_a_scan() -> None:
    device, scan_id = gate.scanner(), uuid.uuid4()
    gate.scan("forged", by=device, scan_id=scan_id)
    twin = Scan.objects.get()
    twin.pk = None
    with pytest.raises(IntegrityError, match="one_answer_per_scan"), transaction.atomic():
        twin.save(force_insert=True)


def test_a_refused_scan_cannot_be_made_a_granted_one() -> None:
    gate.scan(gate.use_up(gate.ticket()))
    with pytest.raises(DatabaseError):
        run("UPDATE ticketing_scan SET result = 'granted', status = 200 WHERE result = 'refused'")
    assert Scan.objects.filter(result="refused").count() == 1
