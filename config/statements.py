"""Hand-written SQL on Django's connection, prepared once per connection by the server.

The ORM spends more processor time on building a hot statement than PostgreSQL on running
it, and so does the driver's cursor (`docs/decisions/0003-hand-written-statements.md`). These
functions run such a statement inside the transaction that is open, with Django's exceptions.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Row = tuple[Any, ...]
Link = psycopg.Connection[Any]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
DONE = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})


def fetch(sql: str, params: Mapping[str, object]) -> list[Row]:
    """Run one statement and return its rows, `[]` when it returns none.

    Values are bound by the server: name their types (`%(ids)s::uuid[]`) where it
    cannot infer them. JSON columns arrive as text.
    """
    connection = connections["default"]
    if connection.queries_logged or connection.execute_wrappers:
        return _fetch_watched(connection, sql, params)
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _statement(sql).run(connection.connection, params)


def fetch_one(sql: str, params: Mapping[str, object]) -> Row | None:
    """The only row of a statement, or None."""
    rows = fetch(sql, params)
    return rows[0] if rows else None


def check_references() -> None:
    """Look up what was written refers to now, and not in the commit, while locks are held.

    For thousands of rows. A connection keeps the plan of such a lookup: one made while a table
    was all but empty reads the whole table for every row. Plans are made anew first.
    """
    fetch("DISCARD PLANS", {})
    fetch("SET CONSTRAINTS ALL IMMEDIATE", {})


class Statement:
    """One statement in PostgreSQL's own notation, and the name it is prepared under."""

    __slots__ = ("formats", "name", "names", "sql")

    def __init__(self, sql: str) -> None:
        self.names = tuple(dict.fromkeys(PLACEHOLDER.findall(sql)))
        places = {name: f"${place}" for place, name in enumerate(self.names, 1)}
        self.sql = PLACEHOLDER.sub(lambda found: places[found[1]], sql).encode()
        self.name = b"gangway_%x" % id(self)
        self.formats = [PyFormat.TEXT] * len(self.names)

    def run(self, link: Link, params: Mapping[str, object]) -> list[Row]:
        """What the server answers; raises psycopg.Error."""
        types = Transformer(link)
        values = types.dump_sequence([params[name] for name in self.names], self.formats)
        server = link.pgconn
        if not link.autocommit and server.transaction_status == TransactionStatus.IDLE:
            _expect_done(server, server.exec_(b"BEGIN"))
        self._prepare(link, server)
        result = _expect_done(server, server.exec_prepared(self.name, values))  # type: ignore[arg-type]  # None is NULL
        if not result.ntuples:
            return []
        types.set_pgresult(result)
        return cast(list[Row], types.load_rows(0, result.ntuples, tuple))

    def _prepare(self, link: Link, server: PGconn) -> None:
        prepared = link.__dict__.setdefault("gangway_prepared", set())
        if self.name not in prepared:
            _expect_done(server, server.prepare(self.name, self.sql))
            prepared.add(self.name)


@cache
def _statement(sql: str) -> Statement:
    return Statement(sql)  # they are constants of modules: few, and good for ever


def _expect_done(server: PGconn, result: PGresult) -> PGresult:
    if result.status in DONE:
        return result
    if server.status == ConnStatus.BAD:  # the library says so without a code
        raise psycopg.OperationalError("the connection to PostgreSQL was lost")
    raise errors.error_from_result(result, encoding="utf-8")


def _fetch_watched(
    connection: BaseDatabaseWrapper, sql: str, params: Mapping[str, object]
) -> list[Row]:
    # Django's own cursor, so that query logs and execute wrappers see the statement.
    with connection.cursor() as cursor:
        cursor.execute(sql, cast("dict[str, Any]", params))
        return cursor.fetchall() if cursor.description else []
