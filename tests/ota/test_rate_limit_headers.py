"""Requests per minute of a partner: told on every answer, counted once over everything."""

import time
from collections import Counter
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from config import rate_limits, redis_client
from tests import make
from tests.openapi import Answer
from tests.partner_program import Program, program, refusal

LIMIT = 100
AWAY = "unix:///nonexistent/valkey.sock"


def standing(answer: Answer) -> tuple[int, int, int]:
    """(limit, remaining, reset) as an answer tells them."""
    names = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
    return tuple(int(answer.headers[name]) for name in names)  # type: ignore[return-value]


def early_in_its_minute(seconds: int = 15) -> Program:
    """A program of a partner with 100 requests a minute whose minute does not end soon."""
    while True:
        mine = program(make.partner(rate_limit=LIMIT))
        if standing(mine.get("inventory"))[2] >= seconds:
            redis_client.client().flushdb()
            return mine


@pytest.fixture
def _redis_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "_LOCAL", rate_limits.LocalWindows())
    monkeypatch.setattr(rate_limits, "OUTAGE", rate_limits.Outage())
    settings.REDIS_URL = AWAY
    # Forty seconds past the minute, for as long as the test takes.
    clock = SimpleNamespace(time=lambda: 1_800_000_040, monotonic=time.monotonic)
    monkeypatch.setattr(rate_limits, "time", clock)


@pytest.mark.django_db
def test_every_answer_to_a_known_partner_tells_what_is_left() -> None:
    mine = early_in_its_minute()
    answers = [
        mine.get("inventory"),
        mine.get("inventory", product_ids="x"),
        mine.get("orders/ORD-1"),
        mine.post("reserve", b"{"),
        mine.post("inventory", {}),
        Program(make.api_key(mine.owner, permissions=["billing:read"])[1]).get("orders"),
    ]
    assert [answer.status for answer in answers] == [200, 422, 404, 400, 405, 403]
    told = [standing(answer)[:2] for answer in answers]
    assert told == [(LIMIT, LIMIT - n) for n in range(1, 7)]
    assert all(0 < standing(answer)[2] <= 60 for answer in answers)


@pytest.mark.django_db
def test_the_request_beyond_the_limit_is_refused_until_the_minute_ends() -> None:
    mine = early_in_its_minute()
    admitted = [mine.get("inventory") for _ in range(LIMIT)]
    assert {answer.status for answer in admitted} == {200}
    assert standing(admitted[-1])[:2] == (LIMIT, 0)

    refused = mine.get("inventory")

    assert refusal(refused) == (429, "rate_limited")
    limit, remaining, reset = standing(refused)
    assert (limit, remaining) == (LIMIT, 0)
    assert int(refused.headers["retry-after"]) == reset
    assert "retry_after" not in refused.json()


@pytest.mark.django_db
def test_a_refused_request_has_no_effect() -> None:
    mine, product = early_in_its_minute(), make.product(ota=5)
    for _ in range(LIMIT):
        mine.get("inventory")
    wish = {"product_id": product.pk, "quantity": 1}
    assert mine.post("reserve", wish, once="a").status == 429
    assert make.pool(product) == (5, 0, 0)
    redis_client.client().flushdb()
    again = mine.post("reserve", wish, once="a")
    assert (again.status, "idempotent-replayed" in again.headers) == (201, False)


@pytest.mark.django_db
def test_the_keys_of_a_partner_share_its_limit_and_strangers_do_not() -> None:
    mine = early_in_its_minute()
    second = program(mine.owner)
    for each in [mine, second] * (LIMIT // 2):
        assert each.get("inventory").status == 200
    assert [each.get("inventory").status for each in (mine, second)] == [429, 429]
    assert program().get("inventory").status == 200


@pytest.mark.django_db
def test_a_changed_limit_holds_from_the_next_request_on() -> None:
    mine = early_in_its_minute()
    mine.get("inventory")
    mine.owner.rate_limit = 200
    mine.owner.save()
    assert standing(mine.get("inventory"))[0] == 200


@pytest.mark.django_db
def test_a_request_without_a_valid_key_counts_for_nobody() -> None:
    mine = early_in_its_minute()
    assert mine.key
    for key in (None, mine.key[:-1], "ota_test_key_x"):
        assert Program(key).get("inventory").status == 401
    assert standing(mine.get("inventory"))[1] == LIMIT - 1


@pytest.mark.django_db(transaction=True)
def test_never_more_than_the_limit_are_admitted_in_parallel_over_several_keys() -> None:
    mine = early_in_its_minute(30)
    programs = [mine, program(mine.owner), program(mine.owner)]

    def twenty(n: int) -> list[Answer]:
        return [programs[(n + k) % 3].get("inventory") for k in range(20)]

    results = make.in_parallel(twenty, range(8))
    answers = [answer for result in results for answer in result]  # type: ignore[union-attr]
    assert Counter(answer.status for answer in answers) == {200: LIMIT, 429: 60}
    left = [standing(answer)[1] for answer in answers if answer.status == 200]
    assert sorted(left) == list(range(LIMIT))


@pytest.mark.django_db
@pytest.mark.usefixtures("_redis_away")
def test_without_redis_requests_go_on_under_a_local_limit() -> None:
    mine, product = program(make.partner(rate_limit=LIMIT)), make.product(ota=5)
    answer = mine.post("reserve", {"product_id": product.pk, "quantity": 1})
    assert (answer.status, standing(answer)) == (201, (LIMIT, LIMIT - 1, 20))
    statuses = [mine.get("inventory").status for _ in range(LIMIT + 4)]
    assert statuses == [200] * (LIMIT - 1) + [429] * 5


@pytest.mark.django_db
def test_when_redis_is_back_it_counts_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "RETRY_REDIS_AFTER_SECONDS", 0.05)
    monkeypatch.setattr(rate_limits, "OUTAGE", rate_limits.Outage())
    there, mine = settings.REDIS_URL, early_in_its_minute()
    mine.get("inventory")
    settings.REDIS_URL = AWAY
    assert mine.get("inventory").status == 200
    settings.REDIS_URL = there
    time.sleep(0.06)
    assert standing(mine.get("inventory"))[1] == LIMIT - 2
