"""What every test may count on."""

import gc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import flush
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from config import redis_client
from tests import canaries
from tests.flows.web import web_server

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
canaries.listen()
gc.disable()  # until all tests are known
BROWSER = "tests/browser/"


def pytest_collection_finish() -> None:
    """What stands by now stays to the end: the collector need not look at it time and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


class _BrowserTogether(LoadFileScheduling):
    """File by file, but those of the browser in one go: they share a site and a Chromium."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return _BrowserTogether(config, log)


# What Django writes of the models after a migration: no test changes it.
OF_THE_MODELS = {"django_content_type", "auth_permission"}


def _emptied(_self: DatabaseOperations, _style: Any, tables: Sequence[str], **_: bool) -> list[str]:
    """What empties the tables after a test that commits, without looking at laws.

    TRUNCATE makes new files for every table and index, and takes longer than most of the tests.
    """
    deletes = "; ".join(f'DELETE FROM "{table}"' for table in set(tables) - OF_THE_MODELS)
    return [f"SET session_replication_role = replica; {deletes}; RESET session_replication_role"]


DatabaseOperations.sql_flush = _emptied  # type: ignore[assignment, method-assign]
# To write it anew after each of them takes ten times as long as to empty the tables.
flush.emit_post_migrate_signal = lambda *_args, **_named: None  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def empty_redis() -> Iterator[None]:
    """No test finds the counters, cached answers or queued tasks of another."""
    client = redis_client.client()  # of this run, wherever the test looks for Redis
    yield
    client.flushdb()


@pytest.fixture(autouse=True)
def nobody_in_the_logs() -> Iterator[None]:
    """After every test of every run: no person and no secret stands in a line it logged."""
    canaries.HEARD.clear()
    yield
    assert canaries.found_in(canaries.HEARD) == []


@pytest.fixture(scope="session")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files that pages ask for, as they are served."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture(scope="session")
def web(
    tmp_path_factory: pytest.TempPathFactory, static_files: Path, django_db_setup: None
) -> Iterator[str]:
    """The address of the product's own web server: one for all tests, on their database.

    It watches nobody: a test without beat and worker would find alerts about them.

    It finds what a test committed, so such a test says `transactional_db`.
    """
    folder = tmp_path_factory.mktemp("web")
    quietly = {"STATIC_ROOT": str(static_files), "ALERT_WATCH_SECONDS": "0"}
    with web_server(folder, **quietly) as url:
        yield url
