"""Hand-written SQL on Django's connection, prepared once per connection by the server.

The ORM spends more processor time on building a hot statement than PostgreSQL on running
it, and so does a general cursor (`docs/decisions/0003-hand-written-statements.md`). These
functions run such a statement inside the transaction that is open, with Django's exceptions.
"""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

Row = tuple[Any, ...]
NUMBERS = itertools.count(1)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


def fetch(sql: str, params: Mapping[str, object]) -> list[Row]:
    """Run one statement and return its rows, `[]` when it returns none.

    Values travel as text and are bound by the server: name their types (`%(ids)s::uuid[]`)
    where it cannot infer them. JSON columns arrive as text.
    """
    if connection.queries_logged or connection.execute_wrappers:
        return _fetch_watched(sql, params)
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _statement(sql).run(connection.connection, params)


def fetch_one(sql: str, params: Mapping[str, object]) -> Row | None:
    """The only row of a statement, or None."""
    rows = fetch(sql, params)
    return rows[0] if rows else None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in PostgreSQL's own notation, and the name it is prepared under."""

    name: bytes
    sql: bytes
    order: tuple[str, ...]

    def run(self, link: "psycopg.Connection[Any]", params: Mapping[str, object]) -> list[Row]:
        values = [as_text(params[name]) for name in self.order]
        pgconn = link.pgconn
        if not link.autocommit and pgconn.transaction_status == TransactionStatus.IDLE:
            _expect(link, pgconn.exec_(b"BEGIN"))
        prepared = _prepared_on(link)
        if self.name not in prepared:
            _expect(link, pgconn.prepare(self.name, self.sql))
            prepared.add(self.name)
        result = pgconn.exec_prepared(self.name, values)  # type: ignore[arg-type]  # None is NULL
        _expect(link, result)
        if not result.ntuples:
            return []
        reading = Transformer(link)
        reading.set_pgresult(result)
        return cast(list[Row], reading.load_rows(0, result.ntuples, tuple))


@lru_cache(maxsize=256)
def _statement(sql: str) -> Statement:
    order = tuple(dict.fromkeys(PLACEHOLDER.findall(sql)))
    numbers = {name: f"${place}" for place, name in enumerate(order, 1)}
    own = PLACEHOLDER.sub(lambda found: numbers[found[1]], sql)
    return Statement(b"gangway_%d" % next(NUMBERS), own.encode(), order)


def _prepared_on(link: "psycopg.Connection[Any]") -> set[bytes]:
    """What this very connection has prepared; a new connection starts with nothing."""
    try:
        return link.gangway_prepared  # type: ignore[attr-defined]
    except AttributeError:
        known: set[bytes] = set()
        link.gangway_prepared = known  # type: ignore[attr-defined]
        return known


def _expect(link: "psycopg.Connection[Any]", result: Any) -> None:
    if result.status in GOOD:
        return
    if link.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError("the connection is lost")
    raise errors.error_from_result(result, encoding=link.info.encoding)


def as_text(value: object) -> bytes | None:
    """A value as PostgreSQL reads it in text; None is NULL."""
    if value is None:
        return None
    write = WRITERS.get(type(value)) or _writer_of_parent(type(value))
    return write(value)


def _writer_of_parent(kind: type) -> Callable[[Any], bytes]:
    """A choice of a model is a string that calls itself otherwise."""
    for parent in kind.__mro__:
        if parent in WRITERS:
            return WRITERS.setdefault(kind, WRITERS[parent])
    raise TypeError(f"{kind.__name__} cannot be sent to a statement.")


def _list(values: Any) -> bytes:
    """An array; its elements are quoted, for any of them may hold a comma or a brace."""
    parts = (as_text(value) for value in values)
    return b"{%s}" % b",".join(b"NULL" if part is None else _quoted(part) for part in parts)


def _quoted(part: bytes) -> bytes:
    return b'"%s"' % part.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


WRITERS: dict[type, Callable[[Any], bytes]] = {
    str: str.encode,
    int: lambda value: b"%d" % value,
    bool: lambda value: b"t" if value else b"f",
    bytes: lambda value: b"\\x" + value.hex().encode(),
    Decimal: lambda value: str(value).encode(),
    UUID: lambda value: str(value).encode(),
    datetime: lambda value: value.isoformat().encode(),
    date: lambda value: value.isoformat().encode(),
    list: _list,
    tuple: _list,
}


def _fetch_watched(sql: str, params: Mapping[str, object]) -> list[Row]:
    # Django's own cursor, so that query logs and execute wrappers see the statement.
    with connection.cursor() as cursor:
        cursor.execute(sql, cast("dict[str, Any]", params))
        return cursor.fetchall() if cursor.description else []
