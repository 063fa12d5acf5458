"""Accounts and logins over HTTP: who is a customer is told to nobody, and guessing is slow."""

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from pytest_django import Settings

from customers import accounts
from customers.models import Account
from tests import make, shop
from tests.customer_program import Shopper, shopper
from tests.openapi import Answer
from tests.partner_program import expect, refusal

pytestmark = pytest.mark.django_db
EMAIL = "chan@example.com"
ANYBODY = Shopper()
WRONG = (401, "wrong_credentials")


def register(**changes: Any) -> Answer:
    wish = {"email": EMAIL, "password": shop.PASSWORD, **changes}
    return ANYBODY.post("auth/register", {k: v for k, v in wish.items() if v is not ...})


def log_in(email: str = EMAIL, password: str = shop.PASSWORD, **options: Any) -> Answer:
    return ANYBODY.post("auth/token", {"email": email, "password": password}, **options)


def refresh(token: str) -> Answer:
    return ANYBODY.post("auth/token/refresh", {"refresh": token})


def test_who_registers_can_log_in_and_look_at_orders() -> None:
    ANYBODY.registered(EMAIL, name="陳大文")
    mine = ANYBODY.logged_in(EMAIL)
    assert expect(200, mine.get("orders"))["total_count"] == 0
    account = Account.objects.get()
    assert (account.name, account.is_active) == ("陳大文", True)
    assert shop.PASSWORD not in account.password


def test_an_address_that_is_known_gets_the_same_answer_and_nothing_changes() -> None:
    first = register()
    before = Account.objects.values().get()
    again = register(password="another password altogether", name="Somebody Else")
    assert (again.status, again.body) == (first.status, first.body)
    assert Account.objects.values().get() == before
    assert refusal(log_in(password="another password altogether")) == WRONG
    assert log_in().status == 200


def test_the_same_address_in_other_letters_is_the_same_account() -> None:
    register(email="Chan@Example.com")
    register(email="CHAN@EXAMPLE.COM")
    assert Account.objects.get().email == EMAIL
    assert log_in("cHAN@example.COM").status == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short1!", "password_too_short"),
        ("iloveyou", "password_too_common"),
        ("8374650192", "password_entirely_numeric"),
        ("chan@example.co", "password_too_similar"),
        (" " * 12, "blank"),
        ("x" * 129, "max_length"),
        ("with a \u0000 in it", "forbidden_character"),
        ("with a \u202e in it", "forbidden_character"),
    ],
)
def test_a_weak_or_unreadable_password_is_refused(password: str, code: str) -> None:
    answer = register(password=password)
    assert answer.status in (400, 422)
    assert answer.code == "validation_failed"
    assert ("/password", code) in answer.places or answer.places == [("/password", code)]
    assert password not in answer.body.decode()
    assert not Account.objects.exists()


def test_a_password_that_is_the_name_of_its_owner_is_refused() -> None:
    answer = register(password="Wong Siu Ming", name="Wong Siu Ming")
    assert answer.places == [("/password", "password_too_similar")]


def test_a_password_is_taken_as_it_is_typed() -> None:
    spaced = "  spaces at both ends "
    register(password=spaced)
    assert refusal(log_in(password=spaced.strip())) == WRONG
    assert log_in(password=spaced).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "place"),
    [
        ({"email": ...}, 400, "/email"),
        ({"email": None}, 400, "/email"),
        ({"email": "chan"}, 422, "/email"),
        ({"email": "chan@example"}, 422, "/email"),
        ({"email": 5}, 400, "/email"),
        ({"password": ...}, 400, "/password"),
        ({"password": None}, 400, "/password"),
        ({"name": "x" * 101}, 422, "/name"),
        ({"is_staff": True}, 400, "/is_staff"),
        ({"is_active": False}, 400, "/is_active"),
    ],
    ids=str,
)
def test_a_registration_that_is_not_as_documented_is_refused(
    changes: dict[str, Any], status: int, place: str
) -> None:
    answer = register(**changes)
    assert refusal(answer) == (status, "validation_failed")
    assert answer.places[0][0] == place
    assert not Account.objects.exists()


def test_wrong_password_unknown_address_and_closed_account_get_the_same_answer() -> None:
    shop.account(EMAIL)
    closed = shop.account("closed@example.com")
    Account.objects.filter(pk=closed.pk).update(is_active=False)
    erased = shop.account("erased@example.com")
    accounts.erase(erased, at=make.now())
    answers = [
        log_in(password="wrong"),
        log_in("nobody@example.com"),
        log_in("closed@example.com"),
        log_in("erased@example.com"),
        log_in("erased@example.com", "x"),
    ]
    assert {refusal(answer) for answer in answers} == {WRONG}
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        'Bearer realm="customers"'
    }
    told = [{**answer.json(), "request_id": ""} for answer in answers]
    assert [each for each in told if each != told[0]] == []


class Slow(PBKDF2PasswordHasher):
    iterations = 300_000


@pytest.fixture
def _slow_hashes(settings: Settings) -> None:
    """As in production a hash takes longer than everything else together, if not as long."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Slow"]
    settings.LOGIN_ATTEMPTS = 1000


def seconds(*calls: Any, times: int = 5) -> list[float]:
    """The median time of each call, taken in turns so that a busy machine is fair to all."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for call, each in zip(calls, taken, strict=True):
            began = time.process_time()
            call()
            each.append(time.process_time() - began)
    return [median(each) for each in taken]


@pytest.mark.usefixtures("_slow_hashes")
def test_nobody_learns_from_the_time_an_answer_takes_who_is_a_customer() -> None:
    shop.account(EMAIL)
    numbers: Iterator[int] = iter(range(1000))
    known, unknown, taken, new = seconds(
        lambda: log_in(password="wrong"),
        lambda: log_in("nobody@example.com", "wrong"),
        lambda: register(),
        lambda: register(email=f"new-{next(numbers)}@example.com"),
    )
    assert 0.6 < known / unknown < 1.6
    assert 0.6 < taken / new < 1.6


@pytest.mark.usefixtures("_slow_hashes")
def test_control_without_the_work_for_nobody_the_time_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop.account(EMAIL)
    monkeypatch.setattr(accounts, "make_password", lambda _: "")
    known, unknown = seconds(
        lambda: log_in(password="wrong"), lambda: log_in("nobody@example.com", "wrong")
    )
    assert known / unknown > 3


def test_ten_wrong_passwords_lock_the_login_even_for_the_right_one() -> None:
    shop.account(EMAIL)
    assert [refusal(log_in(password="wrong")) for _ in range(10)] == [WRONG] * 10
    locked = log_in()
    assert refusal(locked) == (429, "login_locked")
    assert 800 < int(locked.headers["retry-after"]) <= 900


def test_an_address_nobody_has_is_locked_just_the_same() -> None:
    answers = [refusal(log_in("nobody@example.com", "wrong")) for _ in range(11)]
    assert answers == [WRONG] * 10 + [(429, "login_locked")]


def test_the_lock_of_one_customer_is_not_that_of_another_nor_of_another_place() -> None:
    shop.account(EMAIL)
    shop.account("wong@example.com")
    for _ in range(11):
        log_in(password="wrong")
    assert log_in("wong@example.com").status == 200
    assert refusal(log_in()) == (429, "login_locked")


def test_right_passwords_lock_nobody_out() -> None:
    shop.account(EMAIL)
    for _ in range(9):
        log_in(password="wrong")
    assert [log_in().status for _ in range(15)] == [200] * 15
    assert [refusal(log_in(password="wrong")) for _ in range(10)] == [WRONG] * 10


def test_a_member_of_staff_is_no_customer() -> None:
    users = get_user_model().objects
    users.create_superuser("chan@example.com", EMAIL, shop.PASSWORD)
    assert refusal(log_in()) == WRONG


def test_a_refresh_token_works_once_and_gives_a_new_one() -> None:
    shop.account(EMAIL)
    first = expect(200, log_in())
    second = expect(200, refresh(first["refresh"]))
    assert second["refresh"] != first["refresh"]
    assert Shopper(second["access"]).get("orders").status == 200
    assert refusal(refresh(first["refresh"])) == (401, "invalid_refresh_token")
    assert refresh(second["refresh"]).status == 200


def test_an_access_token_is_no_refresh_token_nor_the_other_way_round() -> None:
    shop.account(EMAIL)
    pair = expect(200, log_in())
    assert refusal(refresh(pair["access"])) == (401, "invalid_refresh_token")
    assert refusal(Shopper(pair["refresh"]).get("orders")) == (401, "invalid_token")


@pytest.mark.parametrize("text", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."])
def test_what_is_no_token_renews_nothing(text: str) -> None:
    assert refusal(refresh(text)) == (401, "invalid_refresh_token")


def test_a_login_that_was_ended_cannot_be_renewed() -> None:
    shop.account(EMAIL)
    pair = expect(200, log_in())
    for _ in range(2):
        assert ANYBODY.post("auth/logout", {"refresh": pair["refresh"]}).status == 204
    assert refusal(refresh(pair["refresh"])) == (401, "invalid_refresh_token")
    other = expect(200, log_in())
    assert refresh(other["refresh"]).status == 200


def test_logging_out_with_what_is_no_token_is_no_error_and_tells_nothing() -> None:
    assert ANYBODY.post("auth/logout", {"refresh": "x"}).status == 204


def test_a_login_ends_with_its_account() -> None:
    mine = shopper()
    pair = expect(200, log_in(str(mine.owner.email)))
    Account.objects.filter(pk=mine.owner.pk).update(is_active=False)
    assert refusal(refresh(pair["refresh"])) == (401, "invalid_refresh_token")
    assert refusal(Shopper(pair["access"]).get("orders")) == (401, "invalid_token")


@pytest.mark.django_db(transaction=True)
def test_a_refresh_token_used_twenty_times_at_once_works_once() -> None:
    shop.account(EMAIL)
    token = expect(200, log_in())["refresh"]
    answers = make.in_parallel(lambda _: refresh(token), range(20))
    verdicts = [refusal(answer) for answer in answers if isinstance(answer, Answer)]
    assert sorted(verdicts) == [(200, "")] + [(401, "invalid_refresh_token")] * 19


@pytest.mark.django_db(transaction=True)
def test_twenty_registrations_of_one_address_at_once_make_one_account() -> None:
    answers = make.in_parallel(lambda _: register(), range(20))
    assert {answer.status for answer in answers if isinstance(answer, Answer)} == {201}
    assert Account.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_thirty_guesses_at_once_count_like_thirty_one_after_the_other() -> None:
    shop.account(EMAIL)
    answers = make.in_parallel(lambda _: log_in(password="wrong"), range(30))
    verdicts = [refusal(answer) for answer in answers if isinstance(answer, Answer)]
    assert sorted(verdicts) == [WRONG] * 10 + [(429, "login_locked")] * 20
