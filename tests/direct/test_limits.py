"""How often anybody may call: per account, per address, and fewer times where logins begin."""

import time
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from config import rate_limits
from tests import shop
from tests.customer_program import Shopper, shopper
from tests.openapi import Answer
from tests.partner_program import program, refusal

pytestmark = pytest.mark.django_db
LIMITED = (429, "rate_limited")
AWAY = "unix:///nonexistent/valkey.sock"
ANYBODY = Shopper()
A_MINUTE = 1_800_000_000


@pytest.fixture(autouse=True)
def _no_minute_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = SimpleNamespace(time=lambda: A_MINUTE, monotonic=time.monotonic)
    monkeypatch.setattr("django_ratelimit.core.time", stopped)
    monkeypatch.setattr(rate_limits, "time", stopped)
    monkeypatch.setattr(rate_limits, "OUTAGE", rate_limits.Outage())
    monkeypatch.setattr(rate_limits, "_LOCAL", rate_limits.LocalWindows())


@pytest.fixture(params=["redis", "away"])
def limits(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Three requests of each kind, counted in Redis or, while it is away, by the process."""
    settings.ADDRESS_REQUESTS_PER_MINUTE = 8
    settings.LOGIN_REQUESTS_PER_MINUTE = 4
    settings.CUSTOMER_REQUESTS_PER_MINUTE = 3
    if request.param == "away":
        settings.REDIS_URL = AWAY
    return settings


def standing(answer: Answer) -> tuple[int, int]:
    names = ("ratelimit-limit", "ratelimit-remaining")
    return tuple(int(answer.headers[name]) for name in names)  # type: ignore[return-value]


def test_a_customer_has_requests_of_its_own(limits: Settings) -> None:
    mine, other = shopper(), shopper()
    answers = [mine.get("orders") for _ in range(4)]
    assert [standing(answer) for answer in answers[:3]] == [(3, 2), (3, 1), (3, 0)]
    assert refusal(answers[3]) == LIMITED
    assert 0 < int(answers[3].headers["retry-after"]) <= 60
    assert other.get("orders").status == 200
    assert Shopper(shop.access(mine.owner)).get("orders").status == 429  # another token of it


def test_an_address_has_requests_for_everything_together(limits: Settings) -> None:
    statuses = [ANYBODY.get("catalog").status for _ in range(5)]
    statuses += [ANYBODY.get("orders").status for _ in range(3)]
    assert statuses == [200] * 5 + [401] * 3
    assert refusal(ANYBODY.get("catalog")) == LIMITED
    assert refusal(shopper().get("orders")) == LIMITED
    assert refusal(Shopper("rubbish").get("orders")) == LIMITED


def test_fewer_requests_are_taken_where_logins_begin(limits: Settings) -> None:
    shop.account("chan@example.com")
    wrong = {"email": "chan@example.com", "password": "wrong"}
    calls = [("auth/token", wrong)] * 3 + [("auth/logout", {"refresh": "x"})]
    assert [ANYBODY.post(path, body).status for path, body in calls] == [401, 401, 401, 204]
    for path in ("auth/token", "auth/register", "auth/token/refresh", "auth/logout"):
        assert refusal(ANYBODY.post(path, wrong)) == LIMITED
    assert ANYBODY.get("catalog").status == 429  # 8 by now


def test_the_login_is_locked_while_redis_is_away_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = AWAY
    wrong = {"email": "somebody@example.com", "password": "wrong"}
    verdicts = [refusal(ANYBODY.post("auth/token", wrong)) for _ in range(11)]
    assert verdicts == [(401, "wrong_credentials")] * 10 + [(429, "login_locked")]


def test_partners_have_minutes_of_their_own(limits: Settings) -> None:
    for _ in range(9):
        ANYBODY.get("catalog")
    assert program().get("inventory").status == 200


def test_addresses_behind_a_trusted_proxy_are_told_apart(settings: Settings) -> None:
    settings.ADDRESS_REQUESTS_PER_MINUTE = 2
    settings.TRUSTED_PROXIES = 1

    def ask(forwarded: str) -> int:
        return ANYBODY.call("GET", "catalog", headers={"X-Forwarded-For": forwarded}).status

    assert [ask("203.0.113.7") for _ in range(3)] == [200, 200, 429]
    assert ask("203.0.113.8") == 200
    assert ask("203.0.113.99, 203.0.113.7") == 429  # what the caller wrote itself counts nothing


def test_without_a_trusted_proxy_nobody_chooses_an_address(settings: Settings) -> None:
    settings.ADDRESS_REQUESTS_PER_MINUTE = 2
    statuses = [
        ANYBODY.call("GET", "catalog", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status
        for n in range(3)
    ]
    assert statuses == [200, 200, 429]
