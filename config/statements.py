"""Hand-written SQL on Django's connection, prepared once per connection by the server.

The ORM spends more processor time on building a hot statement than PostgreSQL on
running it (`docs/decisions/0003-hand-written-statements.md`). These two functions run
such a statement inside the transaction that is open, with Django's exceptions.
"""

from collections.abc import Mapping
from typing import Any, cast

import psycopg
from django.db import connection

Row = tuple[Any, ...]


def fetch(sql: str, params: Mapping[str, object]) -> list[Row]:
    """Run one statement and return its rows, `[]` when it returns none.

    Values are bound by the server: name their types (`%(ids)s::uuid[]`) where it
    cannot infer them. JSON columns arrive as text.
    """
    if connection.queries_logged or connection.execute_wrappers:
        return _fetch_watched(sql, params)
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, params, prepare=True)
        # `description` would build an object for every column only to say that there are some.
        return cursor.fetchall() if cursor.rownumber is not None else []


def fetch_one(sql: str, params: Mapping[str, object]) -> Row | None:
    """The only row of a statement, or None."""
    rows = fetch(sql, params)
    return rows[0] if rows else None


def _fetch_watched(sql: str, params: Mapping[str, object]) -> list[Row]:
    # Django's own cursor, so that query logs and execute wrappers see the statement.
    with connection.cursor() as cursor:
        cursor.execute(sql, cast("dict[str, Any]", params))
        return cursor.fetchall() if cursor.description else []
