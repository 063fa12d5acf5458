"""Connections to PostgreSQL that ended while nobody used them: found before a request does."""

import select
from typing import Any

import psycopg
from django.db import connections


def close_ended(**_: Any) -> None:
    """Close the connections of this thread whose server has gone; the next query opens one anew.

    Who only waits for the next query is told nothing, unless it ends: so something to read is
    the end. It is asked of the system alone, in microseconds; a query to ask would cost as much
    as one of the request's own.
    """
    for connection in connections.all(initialized_only=True):
        link = connection.connection
        if link is not None and not connection.in_atomic_block and _has_ended(link):
            connection.close()


def _has_ended(link: psycopg.Connection[Any]) -> bool:
    if link.closed:  # found out by whoever used it last; it has no socket any more
        return True
    asked = select.poll()
    asked.register(link.pgconn.socket, select.POLLIN)
    return bool(asked.poll(0))
