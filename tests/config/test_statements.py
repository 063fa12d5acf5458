"""Statements written by hand: values arrive whole, errors are Django's, transactions hold."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import (
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)

from config.statements import fetch, fetch_one
from inventory.models import Channel

pytestmark = pytest.mark.django_db
ONE = uuid.UUID("6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11")
AT = datetime(2026, 11, 20, 15, 4, 5, 678901, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "陳大文 'quoted' \"twice\" {a,b} \\ %(x)s $1 \n"),
        ("text", ""),
        ("text", None),
        ("int", -7),
        ("bigint", 2**62),
        ("boolean", True),
        ("boolean", False),
        ("numeric", Decimal("318.50")),
        ("uuid", ONE),
        ("date", date(2026, 12, 31)),
        ("timestamptz", AT),
        ("bytea", b"\x00\xff\\'"),
        ("uuid[]", [ONE, ONE]),
        ("bigint[]", [1, 2]),
        ("text[]", ["a,b", "{c}", 'd"e', "f\\g", "", "NULL"]),
        ("text[]", []),
    ],
)
def test_a_value_comes_back_as_it_went(kind: str, value: Any) -> None:
    assert fetch(f"SELECT %(value)s::{kind}", {"value": value}) == [(value,)]


def test_a_choice_is_sent_as_the_word_it_stands_for() -> None:
    assert fetch_one("SELECT %(channel)s::text", {"channel": Channel.OTA}) == ("ota",)


def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(ProgrammingError):
        fetch("SELECT %(value)s::text", {"value": object()})


def test_a_statement_that_returns_nothing_returns_no_rows() -> None:
    assert fetch("SELECT 1 WHERE false", {}) == []
    assert fetch_one("SELECT 1 WHERE false", {}) is None


def test_one_name_may_stand_in_several_places() -> None:
    assert fetch_one("SELECT %(a)s::int, %(b)s::int, %(a)s::int", {"a": 1, "b": 2}) == (1, 2, 1)


def test_errors_are_those_of_django() -> None:
    with pytest.raises(DataError), transaction.atomic():
        fetch("SELECT 1 / %(zero)s::int", {"zero": 0})
    with pytest.raises(IntegrityError), transaction.atomic():
        fetch("INSERT INTO resellers_partner (partner_id) VALUES (%(name)s)", {"name": "X"})


@pytest.mark.django_db(transaction=True)
def test_what_it_writes_belongs_to_the_transaction() -> None:
    insert = """
        INSERT INTO inventory_specialdate (date, multiplier) VALUES (%(day)s::date, 1.5)"""

    @transaction.atomic
    def write_and_fail() -> None:
        fetch(insert, {"day": date(2030, 1, 1)})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert fetch("SELECT date FROM inventory_specialdate", {}) == []

    with transaction.atomic():
        fetch(insert, {"day": date(2030, 1, 1)})
    assert fetch("SELECT date FROM inventory_specialdate", {}) == [(date(2030, 1, 1),)]


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_an_operational_error_and_the_next_one_works() -> None:
    (pid,) = fetch("SELECT pg_backend_pid()", {})[0]
    connection.close()
    (pid,) = fetch("SELECT pg_backend_pid()", {})[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    with pytest.raises(OperationalError):
        fetch("SELECT pg_sleep(4)", {})  # the end comes at once, or while it sleeps
    connection.close()
    assert fetch("SELECT 1", {}) == [(1,)]


def test_it_is_prepared_once_and_not_planned_again() -> None:
    sql = "SELECT %(x)s::int AS prepared_for_a_test"
    for number in range(3):
        assert fetch_one(sql, {"x": number}) == (number,)
    known = fetch(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
        " WHERE statement = 'SELECT $1::int AS prepared_for_a_test'",
        {},
    )
    assert known == [(3, 0)]
