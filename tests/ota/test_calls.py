"""The log of partner calls: one row each, who and how it ended, nothing that is secret."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings
from redis.exceptions import RedisError

from config import redis_client
from ota import calls, tasks
from ota.models import ApiCall
from tests import make
from tests.ota.routes import ROUTES, addressed, sample
from tests.partner_program import CUSTOMER, PAID, Program, program
from tests.relay import relay

AWAY = "unix:///nonexistent/valkey.sock"


def logged() -> list[ApiCall]:
    """All calls so far, in the order they were made."""
    calls.store()
    return list(ApiCall.objects.order_by("id"))


@pytest.mark.django_db
def test_a_call_is_logged_with_partner_route_outcome_time_and_request_id() -> None:
    mine, before = program(), make.now()
    answer = mine.get("inventory", headers={"X-Request-Id": "request-0001"})
    (row,) = logged()
    assert (row.partner, row.method, row.route) == (mine.owner, "GET", "inventory")
    assert (row.status, row.code, row.request_id) == (200, "", "request-0001")
    assert answer.headers["x-request-id"] == "request-0001"
    assert row.key_id == mine.owner.keys.get().public_id
    assert before <= row.at <= make.now()
    assert 0 < row.milliseconds < 60_000


@pytest.mark.django_db
def test_every_route_is_logged_by_its_name_whatever_ids_are_in_its_path() -> None:
    mine = program()
    for route in ROUTES:
        known = sample(route)
        mine.call(route.method, addressed(route, known.ids(mine.owner)), known.body(mine.owner))
    seen = [(row.route, row.method, row.status) for row in logged()]
    assert seen == [(route.name, route.method, sample(route).status) for route in ROUTES]


@pytest.mark.django_db
def test_a_refused_call_is_logged_with_its_code() -> None:
    mine = program()
    mine.get("orders/ORD-1")
    mine.post("reserve", b"{")
    mine.call("PUT", "inventory")
    program(mine.owner, permissions=["billing:read"]).get("inventory")
    assert [(row.status, row.code) for row in logged()] == [
        (404, "not_found"),
        (400, "malformed_json"),
        (405, "method_not_allowed"),
        (403, "permission_denied"),
    ]
    assert {row.partner for row in logged()} == {mine.owner}


@pytest.mark.django_db
def test_a_call_beyond_the_limit_is_logged_as_abuse_can_be_seen_in_the_log() -> None:
    mine = program(make.partner(rate_limit=100))
    for _ in range(102):
        mine.get("inventory")
    assert (logged()[-1].status, logged()[-1].code) == (429, "rate_limited")


@pytest.mark.django_db
def test_a_call_without_a_valid_key_is_logged_without_a_partner() -> None:
    Program(None).get("inventory")
    Program("ota_test_key_nobody").get("inventory")
    assert [(row.partner, row.key_id, row.status, row.code) for row in logged()] == [
        (None, "", 401, "missing_api_key"),
        (None, "", 401, "invalid_api_key"),
    ]


@pytest.mark.django_db
def test_a_replayed_answer_is_logged_like_every_call() -> None:
    mine, wish = program(), {"product_id": make.product().pk, "quantity": 1}
    for _ in range(2):
        mine.post("reserve", wish, once="a")
    assert [row.status for row in logged()] == [201, 201]


@pytest.mark.django_db
def test_no_key_and_no_customer_is_in_the_log() -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    mine.activated(held, special_requests="wheelchair for Mrs Chan")
    mine.post(f"reservations/{held}/activate", {**PAID, "customer_details": {**CUSTOMER, "x": 1}})
    mine.get("reservations", cursor="chan@example.com")
    mine.get("orders/chan@example.com")
    waiting: Any = redis_client.client().xrange(calls.STREAM)
    rows = [list(vars(row).values()) for row in logged()]
    text = json.dumps([str(each) for each in (*waiting, *rows)], ensure_ascii=False)
    assert mine.key
    secret = mine.key[mine.key.index("_", 9) :]
    for hidden in (
        mine.key,
        secret,
        "陳大文",
        "example.com",
        "1234 5678",
        "12345678",
        "wheelchair",
    ):
        assert hidden not in text
    assert len(rows) == 5


@pytest.mark.django_db
def test_the_stream_is_emptied_into_the_table_in_order() -> None:
    mine = program()
    for n in range(3):
        mine.get("orders", headers={"X-Request-Id": f"request-000{n}"})
    assert ApiCall.objects.count() == 0  # nobody waited for the database
    assert tasks.store_calls() == 3
    assert redis_client.client().xlen(calls.STREAM) == 0
    ids = ApiCall.objects.order_by("id").values_list("request_id", flat=True)
    assert list(ids) == ["request-0000", "request-0001", "request-0002"]
    assert tasks.store_calls() == 0


@pytest.mark.django_db
def test_more_calls_than_one_bulk_are_all_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "BULK", 2)
    mine = program()
    for _ in range(5):
        mine.get("orders")
    assert calls.store() == 5
    assert ApiCall.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_calls_that_could_not_be_stored_are_still_there_for_the_next_time() -> None:
    program().get("orders")
    entry: Any = {"c": json.dumps([1, "", "GET", "orders", "no number", "", 1.0, "r" * 8, "now"])}
    bad = redis_client.client().xadd(calls.STREAM, entry)
    with pytest.raises(Exception, match="smallint"):
        calls.store()
    connection.close()
    assert redis_client.client().xlen(calls.STREAM) == 2
    redis_client.client().xdel(calls.STREAM, bad)
    assert (calls.store(), ApiCall.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_with_redis_away_a_call_is_written_at_once(settings: Settings) -> None:
    there, mine = settings.REDIS_URL, program()
    settings.REDIS_URL = AWAY
    product = make.product()
    mine.reserved(product.pk)
    assert [(row.route, row.status) for row in ApiCall.objects.all()] == [("reserve", 201)]
    settings.REDIS_URL = there


@pytest.mark.django_db
def test_a_call_that_redis_never_acknowledged_is_written_to_the_table(settings: Settings) -> None:
    there, at = settings.REDIS_URL, "2026-11-20T10:00:00+00:00"
    with relay() as between:
        settings.REDIS_URL = between.url
        redis_client.ask("PING")
        between.keep_back()
        calls.note(calls.Call(None, "", "GET", "orders", 401, "invalid_api_key", 1.5, "r" * 8, at))
        assert ApiCall.objects.count() == 0  # nobody waited
        with pytest.raises(RedisError):
            redis_client.ask("PING")
    settings.REDIS_URL = there
    assert ApiCall.objects.get().request_id == "r" * 8


@pytest.mark.django_db
def test_calls_are_kept_90_days_and_then_forgotten(settings: Settings) -> None:
    assert settings.REQUEST_LOG_DAYS == 90
    program().get("orders")
    (row,) = logged()
    assert calls.forget(at=row.at + timedelta(days=90), days=90) == 0
    assert calls.forget(at=row.at + timedelta(days=90, seconds=1), days=90) == 1
    assert ApiCall.objects.count() == 0


@pytest.mark.django_db
def test_the_hourly_task_forgets_old_calls_and_old_answers() -> None:
    mine, wish = program(), {"product_id": make.product().pk, "quantity": 1}
    mine.post("reserve", wish, once="old")
    (row,) = logged()
    ApiCall.objects.filter(pk=row.pk).update(at=row.at - timedelta(days=91))
    mine.owner.idempotency_records.update(created_at=row.at - timedelta(hours=25))
    mine.post("reserve", wish, once="new")
    tasks.forget_old_records()
    assert [row.request_id for row in ApiCall.objects.filter(pk=row.pk)] == []
    assert [kept.key for kept in mine.owner.idempotency_records.all()] == ["new"]
    assert len(logged()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "abcdefgh\nX-Evil: 1", "ééééééééé", "abc def ghi", "", "a;b;c;d;e"]
)
def test_a_request_id_that_is_none_is_replaced(given: str) -> None:
    answer = program().get("orders", headers={"X-Request-Id": given})
    name = answer.headers["x-request-id"]
    assert name != given
    assert [row.request_id for row in logged()] == [name]
    assert answer.headers.get("x-evil") is None


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["a" * 8, "z" * 64, "AZaz09_-", "6f1c6b1e-2f0e-4f5e"])
def test_a_request_id_of_the_caller_is_kept_in_answer_log_and_history(given: str) -> None:
    mine, product = program(), make.product()
    wish: dict[str, Any] = {"product_id": product.pk, "quantity": 1}
    answer = mine.post("reserve", wish, headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given
    move = product.allocations.get(channel="ota").moves.get(kind="hold")
    assert (move.request_id, [row.request_id for row in logged()]) == (given, [given])
    assert move.by == f"{mine.owner.partner_id}:{mine.owner.keys.get().public_id}"


@pytest.mark.django_db(transaction=True)
def test_a_lost_log_line_does_not_turn_a_sale_into_an_error(settings: Settings) -> None:
    """Redis is away and the table refuses: what was sold is answered as sold."""
    there, mine, product = settings.REDIS_URL, program(), make.product()
    settings.REDIS_URL = AWAY
    with no_room_in("ota_apicall"):
        answer = mine.post("reserve", {"product_id": product.pk, "quantity": 1})
    settings.REDIS_URL = there
    assert (answer.status, make.pool(product)) == (201, (10, 1, 0))
    assert ApiCall.objects.count() == 0


@contextmanager
def no_room_in(table: str) -> Iterator[None]:
    """The table takes no row; the control of what depends on it."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT no_room CHECK (false) NOT VALID")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT no_room")
