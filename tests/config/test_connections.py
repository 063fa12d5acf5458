"""A connection that ended while nobody used it costs nobody an answer."""

import psycopg
import pytest
from django.db import OperationalError, connection

from config.connections import close_ended

pytestmark = pytest.mark.django_db(transaction=True)


def number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def ended() -> int:
    """The number of a connection of this thread that somebody has just ended."""
    mine = number()
    with psycopg.connect(connection_info()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [mine])
    return mine


def connection_info() -> str:
    assert connection.connection is not None
    return str(connection.connection.info.dsn)


def test_the_next_query_after_its_end_opens_another() -> None:
    before = ended()
    close_ended()
    assert number() != before


def test_control_without_a_look_the_next_query_fails() -> None:
    ended()
    with pytest.raises(OperationalError):
        number()
    connection.close()


def test_one_that_was_found_closed_is_opened_anew() -> None:
    before = number()
    assert connection.connection is not None
    connection.connection.close()
    close_ended()
    assert number() != before


def test_a_connection_that_is_well_stays() -> None:
    before = number()
    close_ended()
    assert number() == before
