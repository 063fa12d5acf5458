"""One effect per Idempotency-Key, whatever is repeated, parallel, refused or broken."""

import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from config.api.parsing import parse
from ota import idempotency
from ota.idempotency import Answer as Kept
from ota.models import IdempotencyRecord
from tests import make
from tests.openapi import Answer
from tests.partner_program import CUSTOMER, PAID, Program, expect, program, refusal
from ticketing.models import Order, Reservation, Ticket

CONFLICT = (422, "idempotency_conflict")


def wish(product_id: int, quantity: int = 1) -> dict[str, Any]:
    return {"product_id": product_id, "quantity": quantity}


def is_replay(answer: Answer) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


@contextmanager
def first_still_running(mine: Program, key: str) -> Iterator[threading.Event]:
    """A first request with this key that ends, without an answer, when the event is set."""
    claimed, may_end = threading.Event(), threading.Event()

    def act() -> Kept:
        claimed.set()
        may_end.wait(timeout=20)
        raise InterruptedError

    def run() -> None:
        try:
            idempotency.once(mine.owner, key, b"first", act, at=make.now())
        except InterruptedError:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(run)
        assert claimed.wait(timeout=10)
        try:
            yield may_end
        finally:
            may_end.set()
            running.result(timeout=20)


@pytest.mark.django_db
def test_a_repetition_gets_the_first_answer_byte_for_byte() -> None:
    mine, product = program(), make.product()
    first = mine.post("reserve", wish(product.pk), once="a")
    again = mine.post("reserve", wish(product.pk), once="a")
    assert (first.status, is_replay(first)) == (201, False)
    assert (again.status, is_replay(again)) == (201, True)
    assert again.body == first.body
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert make.pool(product) == (10, 1, 0)


@pytest.mark.django_db
def test_every_post_repeats_its_answer_and_acts_once() -> None:
    mine, product = program(), make.product()
    first, second = mine.reserved(product.pk), mine.reserved(product.pk, 2)
    sold = ("POST", f"reservations/{first['reservation_id']}/activate", PAID)
    placed = {"reservation_id": second["reservation_id"], "customer_details": CUSTOMER}
    assert_acts_once(mine, *sold, status=201)
    order = assert_acts_once(mine, "POST", "orders", placed, status=201)
    paid = {"order_id": order["order_id"], "payment_reference": "PAY-2"}
    assert_acts_once(mine, "POST", "activate", paid, status=200)
    assert make.pool(product) == (10, 0, 3)
    assert (Order.objects.count(), Ticket.objects.count()) == (2, 3)


def assert_acts_once(mine: Program, method: str, path: str, body: Any, *, status: int) -> Any:
    key = uuid.uuid4().hex
    answers = [mine.call(method, path, body, once=key) for _ in range(3)]
    assert [answer.status for answer in answers] == [status] * 3
    assert [is_replay(answer) for answer in answers] == [False, True, True]
    assert len({answer.body for answer in answers}) == 1
    return answers[0].json()


@pytest.mark.django_db
def test_the_body_counts_by_its_values_not_by_its_spelling() -> None:
    mine, product = program(), make.product()
    first = mine.post("reserve", wish(product.pk), once="a")
    other_way = f' {{"quantity" : 1, "product\\u005fid":{product.pk}}}'.encode()
    again = mine.post("reserve", other_way, once="a")
    assert (again.body, is_replay(again)) == (first.body, True)


@pytest.mark.django_db
def test_a_quoted_key_and_the_bare_one_are_the_same() -> None:
    mine, product = program(), make.product()
    first = mine.post("reserve", wish(product.pk), once='"8e03978e-40d5"')
    again = mine.post("reserve", wish(product.pk), once="8e03978e-40d5")
    assert (again.body, is_replay(again)) == (first.body, True)


@pytest.mark.django_db
def test_keys_of_1_and_255_characters_are_taken() -> None:
    mine, product = program(), make.product()
    every_character = "".join(map(chr, range(0x21, 0x7F)))
    for key in ("k", "k" * 255, every_character, '"', '"' + "k" * 255 + '"'):
        assert mine.post("reserve", wish(product.pk), once=key).status == 201
        assert is_replay(mine.post("reserve", wish(product.pk), once=key))


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", '""', "a b", "é", "k" * 256, "a\0b", "a\tb", '"' + "k" * 256])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    mine, product = program(), make.product()
    answer = mine.post("reserve", wish(product.pk), once=key)
    assert refusal(answer) == (400, "invalid_idempotency_key")
    assert make.pool(product) == (10, 0, 0)


@pytest.mark.django_db
def test_another_body_with_the_same_key_is_refused() -> None:
    mine, product = program(), make.product()
    first = mine.post("reserve", wish(product.pk), once="a")
    others = [wish(product.pk, 2), {**wish(product.pk), "x": 1}, {}, b"{", b"", b"[]"]
    for other in others:
        assert refusal(mine.post("reserve", other, once="a")) == CONFLICT, other
    assert mine.post("reserve", wish(product.pk), once="a").body == first.body
    assert make.pool(product) == (10, 1, 0)


@pytest.mark.django_db
def test_another_path_with_the_same_key_is_refused() -> None:
    mine, product = program(), make.product()
    one, other = mine.reserved(product.pk), mine.reserved(product.pk)
    paths = [f"reservations/{each['reservation_id']}/activate" for each in (one, other)]
    assert mine.post(paths[0], PAID, once="a").status == 201
    assert refusal(mine.post(paths[1], PAID, once="a")) == CONFLICT
    assert refusal(mine.post("orders", PAID, once="a")) == CONFLICT
    assert make.pool(product) == (10, 1, 1)


@pytest.mark.django_db
def test_the_same_key_of_another_partner_is_another_key() -> None:
    product, programs = make.product(), [program(), program()]
    first = [mine.post("reserve", wish(product.pk), once="a") for mine in programs]
    again = [mine.post("reserve", wish(product.pk), once="a") for mine in programs]
    assert [(answer.status, is_replay(answer)) for answer in first] == [(201, False)] * 2
    assert [(answer.body, is_replay(answer)) for answer in again] == [
        (answer.body, True) for answer in first
    ]
    assert first[0].body != first[1].body


@pytest.mark.django_db
def test_all_keys_of_a_partner_share_its_idempotency_keys() -> None:
    mine, product = program(), make.product()
    first = mine.post("reserve", wish(product.pk), once="a")
    again = program(mine.owner).post("reserve", wish(product.pk), once="a")
    assert (again.body, is_replay(again)) == (first.body, True)


@pytest.mark.django_db
def test_a_replay_still_needs_the_permission() -> None:
    mine, product = program(), make.product()
    mine.post("reserve", wish(product.pk), once="a")
    weaker = program(mine.owner, permissions=["inventory:read"])
    assert refusal(weaker.post("reserve", wish(product.pk), once="a"))[0] == 403


@pytest.mark.django_db
def test_a_refusal_stores_nothing_so_that_a_retry_is_a_new_attempt() -> None:
    mine, product = program(), make.product(ota=1)
    held = mine.reserved(product.pk)
    refusals = [
        (mine.post("reserve", wish(product.pk), once="a"), (409, "insufficient_inventory")),
        (mine.post("reserve", wish(product.pk, 0), once="a"), (422, "validation_failed")),
        (mine.post("reserve", wish(1), once="a"), (422, "unknown_product")),
        (mine.post("reserve", b"{", once="a"), (400, "malformed_json")),
        (mine.post("activate", {"order_id": "x", **_pay}, once="a"), (404, "not_found")),
    ]
    assert [refusal(answer) for answer, _ in refusals] == [expected for _, expected in refusals]
    assert IdempotencyRecord.objects.count() == 0
    mine.delete(f"reservations/{held['reservation_id']}")
    retried = mine.post("reserve", wish(product.pk), once="a")
    assert (retried.status, is_replay(retried)) == (201, False)


_pay = {"payment_reference": "PAY-1"}


@pytest.mark.django_db
def test_an_answer_is_replayed_although_the_world_has_moved_on() -> None:
    mine, product = program(), make.product()
    first = mine.post("reserve", wish(product.pk), once="a")
    mine.delete(f"reservations/{first.json()['reservation_id']}")
    product.is_active = False
    product.save()
    assert mine.post("reserve", wish(product.pk), once="a").body == first.body


@pytest.mark.django_db
def test_what_is_stored_is_the_answer_and_no_credential() -> None:
    mine, product = program(), make.product()
    answer = mine.post("reserve", wish(product.pk), once="a")
    kept = IdempotencyRecord.objects.get()
    assert (kept.partner, kept.key, kept.status) == (mine.owner, "a", 201)
    assert kept.body.encode() == answer.body


@pytest.mark.django_db
def test_answers_are_kept_a_day_and_then_forgotten() -> None:
    mine, product = program(), make.product()
    first = mine.post("reserve", wish(product.pk), once="a")
    day_after = make.now() + timedelta(hours=24)
    assert idempotency.forget(at=day_after - timedelta(minutes=1), hours=24) == 0
    assert mine.post("reserve", wish(product.pk), once="a").body == first.body
    assert idempotency.forget(at=day_after, hours=24) == 1
    assert not is_replay(mine.post("reserve", wish(product.pk), once="a"))


@pytest.mark.django_db
def test_get_and_delete_take_no_notice_of_the_header() -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    for method, path in [("GET", "orders"), ("DELETE", f"reservations/{held}")]:
        assert not is_replay(mine.call(method, path, once="a"))
        assert not is_replay(mine.call(method, path, once="a"))
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_copies_have_one_effect_and_one_answer() -> None:
    mine, product = program(), make.product()
    results = make.in_parallel(
        lambda _: mine.post("reserve", wish(product.pk), once="a"), range(20)
    )
    answers = [result for result in results if isinstance(result, Answer)]
    assert Counter(answer.status for answer in answers) == {201: 20}
    assert len({answer.body for answer in answers}) == 1
    assert Counter(map(is_replay, answers)) == {True: 19, False: 1}
    assert Reservation.objects.count() == 1
    assert make.pool(product) == (10, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_without_a_key_twenty_parallel_copies_are_twenty_wishes() -> None:
    """The control: it is the key that makes them one."""
    mine, product = program(), make.product(ota=20)
    results = make.in_parallel(lambda _: mine.post("reserve", wish(product.pk)), range(20))
    assert {result.status for result in results if isinstance(result, Answer)} == {201}
    assert Reservation.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_copies_of_a_sale_in_parallel_issue_its_tickets_once() -> None:
    mine, product = program(), make.product()
    path = f"reservations/{mine.reserved(product.pk, 3)['reservation_id']}/activate"
    results = make.in_parallel(lambda _: mine.post(path, PAID, once="a"), range(8))
    assert {result.body for result in results if isinstance(result, Answer)} == {
        results[0].body  # type: ignore[union-attr]
    }
    assert (Ticket.objects.count(), make.pool(product)) == (3, (10, 0, 3))


@pytest.mark.django_db(transaction=True)
def test_a_repetition_waits_for_a_first_attempt_that_fails_and_then_acts_itself() -> None:
    mine, product = program(), make.product()
    with first_still_running(mine, "a") as may_end:
        threading.Timer(0.4, may_end.set).start()
        answer = mine.post("reserve", wish(product.pk), once="a")
    assert (answer.status, is_replay(answer)) == (201, False)
    assert make.pool(product) == (10, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_repetition_waits_no_longer_than_the_lock_limit() -> None:
    mine, product = program(), make.product()
    with first_still_running(mine, "a"):
        answer = mine.post("reserve", wish(product.pk), once="a")
    assert refusal(answer) == (409, "request_in_progress")
    assert int(answer.headers["retry-after"]) >= 1
    assert make.pool(product) == (10, 0, 0)
    assert mine.post("reserve", wish(product.pk), once="a").status == 201


@pytest.mark.django_db(transaction=True)
def test_other_keys_do_not_wait() -> None:
    mine, product = program(), make.product()
    with first_still_running(mine, "a"):
        assert mine.post("reserve", wish(product.pk), once="b").status == 201
        assert program().post("reserve", wish(product.pk), once="a").status == 201


@pytest.mark.django_db(transaction=True)
def test_an_attempt_that_dies_in_the_middle_leaves_nothing_behind() -> None:
    mine, product = program(), make.product()

    def dies() -> Kept:
        held = make.reservation(of=mine.owner, on=product)
        assert Reservation.objects.filter(pk=held.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise AssertionError

    with pytest.raises(OperationalError):
        idempotency.once(mine.owner, "a", b"mark", dies, at=make.now())
    connection.close()

    assert (Reservation.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)
    assert make.pool(product) == (10, 0, 0)
    assert json.loads(mine.post("reserve", wish(product.pk), once="a").body)["status"] == "active"


@pytest.mark.django_db
def test_a_first_attempt_that_was_not_answered_is_answered_on_repetition() -> None:
    mine, product = program(), make.product()
    body = wish(product.pk)
    mark = idempotency.fingerprint("POST", "/api/ota/reserve", body)
    kept = Kept(201, json.dumps(mine.reserved(product.pk)))
    idempotency.once(mine.owner, "a", mark, lambda: kept, at=make.now())
    again = mine.post("reserve", body, once="a")
    assert (expect(201, again), is_replay(again)) == (json.loads(kept.body), True)


def mark(body: str) -> bytes:
    return idempotency.fingerprint("POST", "/api/ota/reserve", parse(body.encode()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1.5}', '{"a": "1.5"}'), ('{"a": 1}', '{"a": "1"}'), ('{"a": 1}', '{"a": 1.0}'),
        ('{"a": true}', '{"a": "true"}'), ('{"a": true}', '{"a": 1}'), ('{"a": null}', "{}"),
        ('{"a": null}', '{"a": "null"}'), ('{"a": 1.5}', '{"a": "NaN"}'),
        ('{"a": 1.5, "b": 2.5}', '{"a": 2.5, "b": 1.5}'), ('{"a": [1.5]}', '{"a": 1.5}'),
        ('{"a": [1.5, null]}', '{"a": [null, 1.5]}'), ('{"a": "\u00e9"}', '{"a": "e\u0301"}'),
        ('{"a": 0.1}', '{"a": 0.1000000000000000000001}'), ('{"a": []}', '{"a": {}}'),
    ],
)  # fmt: skip
def test_different_json_is_another_request(one: str, other: str) -> None:
    assert mark(one) != mark(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1.5, "b": [2.5, "x"]}', ' {"b":[2.5,"x"],\n"a":1.5} '),
        ('{"a": {"c": true, "b": null}}', '{"a":{"b":null,"c":true}}'),
        ('{"a": "\u00e9"}', '{"a": "\\u00e9"}'),
    ],
)
def test_the_same_json_written_otherwise_is_the_same_request(one: str, other: str) -> None:
    assert mark(one) == mark(other)


@pytest.mark.django_db
def test_a_number_and_the_same_number_as_text_are_different_bodies() -> None:
    mine, product = program(), make.product()
    batch = {"product_id": product.pk, "quantity": 1, "batch_id": "B-1"}
    priced = {**batch, "special_pricing": {"base_price": 1.5}}
    assert mine.post("tickets/bulk-generate", priced, once="a").status == 201
    spelt = {**batch, "special_pricing": {"base_price": "1.5"}}
    assert refusal(mine.post("tickets/bulk-generate", spelt, once="a")) == CONFLICT
