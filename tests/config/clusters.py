"""What is done with a PostgreSQL of one test's own."""

import psycopg

from config.embedded.postgres import Postgres


def started(server: Postgres) -> Postgres:
    server.start()
    server.wait_until_it_answers()
    server.make_database()
    return server


def ask(server: Postgres, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url) as connection:
        return connection.execute(sql).fetchall()
