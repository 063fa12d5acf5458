"""What the database refuses about statements, whoever asks; and what reconcile finds without it."""

import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from tests import billing, make
from tests.billing import close, hong_kong, sell
from ticketing import reconcile, tasks
from ticketing.models import SettlementEntry, Statement, StatementLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def statement() -> Statement:
    """One of two sales in January; a third is open, and a stranger has one of its own."""
    reseller = make.reseller(reseller_code="HARBOUR")
    batch = billing.batch(of=reseller)
    for day in ("2026-01-10", "2026-01-11", "2026-02-10"):
        sell(batch, hong_kong(day))
    stranger = make.partner()
    sell(billing.batch(of=stranger), hong_kong("2026-01-10"))
    close(stranger, "2026-02-01")
    return close(reseller, "2026-02-01")[0]


def run(sql: str, **values: Any) -> None:
    """A statement under the settings of production, with the checks of its commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL gangway.may_truncate = off")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql, values)


MINE = "WHERE reseller_code = 'HARBOUR'"


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE ticketing_statement SET net = net + 1, gross = gross + 1 {MINE}",
        f"UPDATE ticketing_statement SET number = 2 {MINE}",
        f"UPDATE ticketing_statement SET checksum = repeat('0', 64) {MINE}",
        f"UPDATE ticketing_statement SET period_end = period_end + 1 {MINE}",
        f"UPDATE ticketing_statement SET reseller_name = 'x' {MINE}",
        f"DELETE FROM ticketing_statement {MINE}",
        "TRUNCATE ticketing_statement CASCADE",
        "UPDATE ticketing_statementline SET position = position + 10",
        "UPDATE ticketing_statementline SET is_adjustment = true",
        "DELETE FROM ticketing_statementline",
        "TRUNCATE ticketing_statementline",
        "UPDATE ticketing_statementmove SET reason = 'x'",
        "DELETE FROM ticketing_statementmove",
        "UPDATE ticketing_settlemententry SET gross = 1, commission = 0, net = 1",
        "DELETE FROM ticketing_settlemententry",
    ],
)
def test_what_is_closed_is_never_changed_or_deleted(statement: Statement, sql: str) -> None:
    with pytest.raises(DatabaseError) as refused:
        run(sql)
    assert refused.value.__cause__.sqlstate in ("23001", "0A000")  # type: ignore[union-attr]
    assert list(reconcile.differences()) == []


def test_a_status_does_not_move_without_a_row_that_says_why(statement: Statement) -> None:
    with pytest.raises(IntegrityError, match="does not say why"):
        run(f"UPDATE ticketing_statement SET status = 'SETTLED' {MINE}")


TAKE = """
INSERT INTO ticketing_statementline (entry_id, statement_id, position, is_adjustment)
SELECT e.id, %(statement)s, 3, false FROM ticketing_settlemententry e
 WHERE {which}
"""
OPEN = "NOT EXISTS (SELECT FROM ticketing_statementline l WHERE l.entry_id = e.id)"


def test_a_line_is_not_added_to_what_is_closed(statement: Statement) -> None:
    with pytest.raises(IntegrityError, match="is not the sum of its lines"):
        run(TAKE.format(which=OPEN), statement=statement.pk)


def test_an_entry_stands_on_one_statement_only(statement: Statement) -> None:
    taken = statement.lines.first()
    assert taken is not None
    with pytest.raises(IntegrityError, match="ticketing_statementline_pkey"):
        run(TAKE.format(which="e.id = %(entry)s"), statement=statement.pk, entry=taken.entry_id)


def test_a_statement_without_its_lines_is_refused(statement: Statement) -> None:
    again = {field.attname: getattr(statement, field.attname) for field in Statement._meta.fields}
    later = {"number": 2, "period_start": "2026-02-01", "period_end": "2026-02-28"}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS statement_has_history DEFERRED")
    with pytest.raises(IntegrityError, match="is not the sum of its lines"), transaction.atomic():
        Statement.objects.create(**{**again, "id": uuid.uuid4(), **later})


def test_numbers_and_periods_are_taken_once(statement: Statement) -> None:
    again = {field.attname: getattr(statement, field.attname) for field in Statement._meta.fields}
    later = {"period_start": "2026-02-01", "period_end": "2026-02-28"}
    for changed, law in (
        (later, "statements_are_numbered"),
        ({"number": 2}, "a_period_is_closed_once"),
    ):
        with pytest.raises(IntegrityError, match=law), transaction.atomic():
            Statement.objects.create(**{**again, "id": uuid.uuid4(), **changed})


def test_an_account_with_statements_stays(statement: Statement) -> None:
    assert statement.reseller is not None
    with pytest.raises(ProtectedError):
        statement.reseller.delete()


# --- Reconcile -------------------------------------------------------------------------------


@pytest.fixture
def lawless(statement: Statement) -> None:
    """The tables without their triggers and checks, until the test is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("statement", "statementline", "settlemententry", "ticket"):
            cursor.execute(f"ALTER TABLE ticketing_{table} DISABLE TRIGGER USER")
        for law in ("statement_net_adds_up", "statement_counts_its_lines"):
            cursor.execute(f"ALTER TABLE ticketing_statement DROP CONSTRAINT {law}")
        cursor.execute("ALTER TABLE ticketing_settlemententry DROP CONSTRAINT net_adds_up")


def found(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
    return [each.what for each in reconcile.differences()]


EQUAL = "entries = statements + open"
FIRST = "WHERE id = (SELECT min(id) FROM ticketing_settlemententry)"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", []),
        (
            f"UPDATE ticketing_statement SET gross = gross + 1 {MINE}",
            [EQUAL, "statements = their lines"],
        ),
        (f"UPDATE ticketing_statement SET number = 2 {MINE}", ["statements numbered without gaps"]),
        (f"UPDATE ticketing_statement SET checksum = '0' {MINE}", ["checksums = their lines"]),
        (
            "DELETE FROM ticketing_statementline WHERE position = 2",
            [EQUAL, "statements = their lines", "checksums = their lines"],
        ),
        (
            f"UPDATE ticketing_settlemententry SET gross = 1 {FIRST}",
            [
                EQUAL, "statements = their lines", "checksums = their lines",
                "sold pre-made tickets = entries",
            ],
        ),
        (
            "DELETE FROM ticketing_settlemententry e WHERE " + OPEN,
            ["sold pre-made tickets = entries"],
        ),
        (
            f"UPDATE ticketing_settlemententry SET kind = 'reversal' {FIRST}",
            ["checksums = their lines", "reversals = their activations"],
        ),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("lawless")
def test_what_was_tampered_with_is_found(sql: str, expected: list[str]) -> None:
    assert found(sql) == expected


def test_a_difference_says_whose_and_what(
    statement: Statement, lawless: None, capsys: pytest.CaptureFixture[str]
) -> None:
    partner = statement.partner.partner_id
    run(f"UPDATE ticketing_statement SET gross = gross + 1, net = net + 1 {MINE}")
    (said, *_) = map(str, reconcile.differences())
    assert said == (
        f"{partner} HARBOUR HKD: entries = statements + open: "
        "counter (3,864.00,86.40,777.60), rows (3,865.00,86.40,778.60)"
    )


# --- On its own ------------------------------------------------------------------------------


def test_beat_and_the_command_close_what_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    reseller = make.reseller(reseller_code="HARBOUR")
    for day in ("2025-01-10", "2025-02-10"):
        sell(billing.batch(of=reseller), hong_kong(day))
    capsys.readouterr()
    call_command("close_statements")
    name = reseller.partner.partner_id
    assert capsys.readouterr().out.splitlines() == [
        f"{name} HARBOUR-0001: 2025-01-01 to 2025-01-31, lines: 1, net 259.20 HKD",
        f"{name} HARBOUR-0002: 2025-02-01 to 2025-02-28, lines: 1, net 259.20 HKD",
        "Done: what is over is closed. New statements: 2.",
    ]
    assert tasks.close_periods() == 0
    sell(billing.batch(of=make.partner()), hong_kong("2025-01-10"))
    assert tasks.close_periods() == 1
    assert StatementLine.objects.count() == SettlementEntry.objects.count() == 3
