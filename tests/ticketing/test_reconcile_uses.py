"""Reconcile finds every contradiction between tickets, redemptions and scans."""

import pytest
from django.db import connection

from inventory.models import Product
from tests import gate, make
from tests.gate import BOARDING, TOKEN
from ticketing import reconcile
from ticketing.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    """One ticket is used, one has seen a mistake and two tokens, one waits."""
    made = make.product(20, functions={BOARDING: 1, TOKEN: 5})
    used, partly, _ = [make.ticket(on=made) for _ in range(3)]
    gate.use_up(used)
    gate.redeem(partly, TOKEN, 2)
    device = gate.scanner()
    mistake = gate.scan(partly, by=device)
    assert mistake.status == 200
    scan = partly.scans.latest("id")
    gate.undo(scan.scan_id, device)
    gate.scan("forged", by=device)
    return made


@pytest.fixture
def lawless(product: Product) -> None:
    """The tables without their triggers and checks, until the test is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("ticket", "redemption", "scan"):
            cursor.execute(f"ALTER TABLE ticketing_{table} DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE ticketing_ticket DROP CONSTRAINT used_tickets_are_spent")


def found() -> list[tuple[str, object, object]]:
    return [(each.what, each.counter, each.rows) for each in reconcile.differences()]


def spoil(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_nothing_is_found_where_everything_went_through_the_gate(product: Product) -> None:
    assert Ticket.objects.filter(status="USED").count() == 1
    assert found() == []


USED = "(SELECT id FROM ticketing_ticket WHERE status = 'USED')"
FULL = f'[{{"function_code": "{BOARDING}", "remaining_uses": 1}}]'
LAST = "(SELECT id FROM ticketing_redemption ORDER BY id DESC LIMIT 1)"
TOKENS = f"function_code = '{TOKEN}'"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            f"UPDATE ticketing_redemption SET remaining = 9 WHERE id = {LAST}",
            [("unbroken chains of redemptions", 0, 1), ("uses left = last redemption", 0, 1)],
        ),
        (
            f"UPDATE ticketing_redemption SET seq = seq + 1 WHERE id = {LAST}",
            [("unbroken chains of redemptions", 0, 1)],
        ),
        (
            f"DELETE FROM ticketing_redemption WHERE ticket_id IN {USED} AND seq = 5 AND {TOKENS}",
            [("uses left = last redemption", 0, 1), ("granted scans = uses taken", 9, 8)],
        ),
        (
            f"UPDATE ticketing_ticket SET entitlements = '{FULL}' WHERE id IN {USED}",
            [
                ("uses left = last redemption", 0, 2),
                ("used tickets = tickets without a use", 1, 0),
            ],
        ),
        (
            f"UPDATE ticketing_ticket SET status = 'ACTIVE' WHERE id IN {USED}",
            [
                ("used tickets = tickets without a use", 0, 1),
                ("used tickets know since when", 0, 1),
            ],
        ),
        (
            "UPDATE ticketing_scan SET result = 'refused' WHERE id ="
            " (SELECT min(id) FROM ticketing_scan)",
            [("granted scans = uses taken", 8, 9)],
        ),
        (
            f"UPDATE ticketing_ticket SET status = 'CANCELLED' WHERE id IN {USED}",
            [
                ("sold = tickets", 3, 2),
                ("no use of a cancelled ticket", 0, 1),
                ("used tickets know since when", 0, 1),
            ],
        ),
    ],
)
@pytest.mark.usefixtures("lawless")
def test_what_was_tampered_with_is_found(sql: str, expected: list[tuple[str, int, int]]) -> None:
    spoil(sql)
    assert found() == expected


def test_the_uses_of_another_product_are_not_counted_in(product: Product) -> None:
    gate.use_up(make.ticket(on=make.product(functions={TOKEN: 3})))
    assert found() == []
