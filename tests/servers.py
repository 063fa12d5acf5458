"""A pytest plug-in: each run has a PostgreSQL and a Valkey of its own, gone when it ends.

Loaded by `-p` (pyproject.toml), because the settings are read before any conftest. The workers
of a parallel run share the two servers: pytest-django gives each a database of its own, and here
each gets a Redis database of its own. DATABASE_URL and REDIS_URL of the shell are never touched.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

import psycopg
import pytest

from config.embedded import CannotStart, throwaway
from config.embedded.postgres import ROLE


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["REDIS_URL"] = redis_of(worker, os.environ["REDIS_URL"])
    elif not _only_talks(early_config):
        _start(early_config)
    return (yield)


def redis_of(worker: str, url: str) -> str:
    """The Redis database of one worker: `gw3` counts and queues in number 4."""
    server, _, _ = url.rpartition("=")
    return f"{server}={int(worker.removeprefix('gw')) + 1}"


def _only_talks(config: pytest.Config) -> bool:
    options = config.known_args_namespace
    return bool(options.help or options.version)


def _start(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    running = contextlib.ExitStack()
    try:
        os.environ |= running.enter_context(throwaway.servers())
        _allow_emptying(os.environ["DATABASE_URL"])
    except CannotStart as reason:
        raise pytest.UsageError(str(reason)) from None
    config.add_cleanup(running.close)


def _allow_emptying(url: str) -> None:
    """Tables are emptied past their laws (conftest.py), which our role may not by itself."""
    with psycopg.connect(url, user="postgres", dbname="postgres") as owner:
        owner.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
