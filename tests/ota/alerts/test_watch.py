"""Beat, the worker and Redis away for an hour: said, survived, and caught up with by itself."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from ota import health, tasks
from ota.alerts import evaluation, mail, parts, watch
from ota.models import Alert, ApiCall
from tests import make
from tests.mail_server import MailServer, mail_server
from tests.ota.alerts.watching import alerts, limit, told
from tests.partner_program import program

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
AWAY = "unix:///nonexistent/valkey.sock"


@pytest.fixture(autouse=True)
def _running_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "STARTED_AT", make.now() - 2 * HOUR)


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with mail_server(settings) as running:
        yield running


def beats(ago: timedelta = timedelta()) -> None:
    for part in ("beat", "worker", "sender"):
        health.beat(part, at=make.now() - ago)


def still_open() -> set[str]:
    return set(Alert.objects.filter(closed_at=None).values_list("rule", flat=True))


@pytest.mark.parametrize("rule", ["beat_silent", "worker_silent", "sender_silent"])
def test_a_silent_part_is_an_alert_until_it_is_heard(rule: str) -> None:
    beats()
    assert alerts(rule) == []
    beats(timedelta(seconds=110))
    assert alerts(rule) == []
    beats(HOUR)
    assert alerts(rule) == [("", 1)]
    assert alerts(rule) == [("", 2)]
    assert "60 minutes ago" in told(rule)
    beats()
    assert alerts(rule) == []


def test_who_has_just_started_gives_the_others_time_to_be_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts, "STARTED_AT", make.now() - timedelta(seconds=60))
    assert alerts("beat_silent") == []  # never heard
    beats(HOUR)
    assert alerts("beat_silent") == []
    limit("beat_silent", value=30)
    assert alerts("beat_silent") == [("", 1)]


def test_who_has_just_started_takes_no_alert_back_before_the_part_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beats(HOUR)
    assert alerts("beat_silent") == [("", 1)]
    monkeypatch.setattr(parts, "STARTED_AT", make.now())
    assert alerts("beat_silent") == [("", 2)]
    beats()
    assert alerts("beat_silent") == []


def test_who_has_just_started_takes_no_alert_back_about_a_part_that_was_never_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert alerts("sender_silent") == [("", 1)]
    monkeypatch.setattr(parts, "STARTED_AT", make.now())
    assert alerts("sender_silent") == [("", 2)]
    beats()
    assert alerts("sender_silent") == []


def test_redis_away_is_an_alert_until_it_answers(settings: Settings) -> None:
    beats()
    assert alerts("cache_away") == []
    there, settings.REDIS_URL = settings.REDIS_URL, AWAY
    assert alerts("cache_away") == [("", 1)]
    assert alerts("cache_away") == [("", 2)]
    assert "ConnectionError" in told("cache_away")
    settings.REDIS_URL = there
    assert alerts("cache_away") == []


def test_all_of_them_away_for_an_hour_is_said_survived_and_caught_up_with(
    settings: Settings, server: MailServer
) -> None:
    mine, product = program(), make.product(ota=120)
    beats(HOUR)
    there, settings.REDIS_URL = settings.REDIS_URL, AWAY
    for _ in range(20):
        watch.look()
    away = {"beat_silent", "worker_silent", "sender_silent", "cache_away"}
    assert still_open() == away
    assert len(server.taken) == 1  # about all four

    # Sales go on, and what they lead to is judged although nobody else could.
    held = [mine.reserved(product.pk)["reservation_id"] for _ in range(30)]
    mine.activated(held[0])
    watch.look()
    assert still_open() == {*away, "low_stock"}
    assert len(server.taken) == 2

    settings.REDIS_URL = there
    beats()
    for _ in range(3):
        tasks.judge_alerts()
        tasks.judge_trends()
        tasks.mail_alerts()
    tasks.store_calls()
    assert still_open() == {"low_stock"}
    assert ApiCall.objects.filter(status=201).count() == 31
    assert len(server.taken) == 2  # no flood: the ends are told when they have lasted
    mail.send_due(at=make.now() + evaluation.QUIET + timedelta(minutes=1))
    assert len(server.taken) == 3
    assert Alert.objects.count() == 5


def test_nothing_is_asked_of_the_web_processes_while_all_is_well() -> None:
    beats()
    make.product(ota=10)
    watch.look()
    assert still_open() == set()  # stock is judged by the worker
    tasks.judge_alerts()
    assert still_open() == {"low_stock"}
