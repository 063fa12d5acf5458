"""Is it alive, is it ready: what load balancers and operators are told."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from ota import health, tasks
from ota.models import Heartbeat
from tests import make
from tests.openapi import Answer
from tests.partner_program import Program, refusal

SILENT = {"last_seen_seconds_ago": None}


def ask(path: str, method: str = "GET") -> Answer:
    return Program(None).call(method, path)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    health._once_applied.cache_clear()


def test_alive_is_answered_without_asking_anybody() -> None:
    answer = ask("/healthz")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_names_every_part() -> None:
    answer = ask("/readyz")
    assert (answer.status, answer.json()) == (
        200,
        {
            "status": "ok",
            "parts": {
                "database": "ok",
                "migrations": "ok",
                "cache": "ok",
                "beat": SILENT,
                "worker": SILENT,
                "sender": SILENT,
            },
        },
    )


@pytest.mark.django_db
def test_heartbeats_are_shown_by_their_age() -> None:
    health.beat("beat", at=make.now() - timedelta(seconds=90))
    tasks.worker_heartbeat()
    parts = ask("/readyz").json()["parts"]
    assert 90 <= parts["beat"]["last_seen_seconds_ago"] < 110
    assert 0 <= parts["worker"]["last_seen_seconds_ago"] < 20
    tasks.worker_heartbeat()
    tasks.sender_heartbeat()
    assert Heartbeat.objects.count() == 3


@pytest.mark.django_db
def test_beat_shows_that_it_lives_by_sending_even_if_nobody_takes_it(settings: Settings) -> None:
    tasks.beat_heartbeat(sender="ticketing.tasks.expire_overdue")
    assert Heartbeat.objects.count() == 0
    tasks.beat_heartbeat(sender=tasks.HEARTBEAT)
    assert Heartbeat.objects.get().part == "beat"


@pytest.mark.django_db
def test_without_redis_it_is_ready_but_degraded(settings: Settings) -> None:
    there, settings.REDIS_URL = settings.REDIS_URL, "unix:///nonexistent/valkey.sock"
    answer = ask("/readyz")
    settings.REDIS_URL = there
    assert (answer.status, answer.json()["parts"]["cache"]) == (200, "degraded")


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_makes_it_unready_until_it_is() -> None:
    rows = MigrationRecorder.Migration.objects.filter(app="ota")
    (last,) = rows.order_by("-name")[:1]
    last.delete()
    answer = ask("/readyz")
    assert (answer.status, answer.json()["parts"]["migrations"]) == (503, "pending")
    assert answer.headers["retry-after"] == "1"
    last.save(force_insert=True)
    assert ask("/readyz").status == 200


@pytest.fixture
def _database_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict["OPTIONS"], "host", "/nonexistent")
        yield
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_database_away")
def test_without_the_database_it_is_alive_but_not_ready() -> None:
    ready, alive = ask("/readyz"), ask("/healthz")
    assert (ready.status, ready.json()) == (
        503,
        {
            "status": "unavailable",
            "parts": {
                "database": "unavailable",
                "migrations": "unknown",
                "cache": "ok",
                "beat": None,
                "worker": None,
                "sender": None,
            },
        },
    )
    assert alive.status == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_database_away")
def test_without_the_database_a_call_is_told_to_come_again() -> None:
    for method, path in [("GET", "inventory"), ("POST", "reserve"), ("DELETE", "reservations/x")]:
        answer = Program("ota_test_key_12345").call(method, path)
        assert refusal(answer) == (503, "database_unavailable")
        assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_they_are_only_looked_at(path: str) -> None:
    assert ask(path, "HEAD").status == 200
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert ask(path, method).status == 405
    assert ask(f"{path}/").status == 404
