"""Guessing passwords of staff: locked by name and address, in the database, for a while."""

import threading
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from redis.exceptions import RedisError

from config import rate_limits
from ota.entrance import login

pytestmark = pytest.mark.django_db
PASSWORD = "a-password-of-the-tests"
LOGIN = "/admin/login/"
LIMIT = 5
LOCKED = "Too many attempts."


@pytest.fixture(autouse=True)
def colleague() -> User:
    return User.objects.create_user("mei", password=PASSWORD, is_staff=True)


def attempt(password: str = "wrong", name: str = "mei", **sent: Any) -> Any:
    return Client().post(LOGIN, {"username": name, "password": password}, **sent)


def guess(times: int, name: str = "mei", **sent: Any) -> list[int]:
    return [attempt(name=name, **sent).status_code for _ in range(times)]


def test_after_five_wrong_passwords_the_right_one_is_refused_too() -> None:
    assert guess(LIMIT - 1) == [200] * (LIMIT - 1)
    last = attempt()
    assert (last.status_code, LOCKED in last.content.decode()) == (429, True)

    right = attempt(PASSWORD)

    assert (right.status_code, LOCKED in right.content.decode()) == (429, True)
    assert "sessionid" not in right.cookies


def test_it_says_the_same_of_a_name_that_nobody_has() -> None:
    def answers(name: str) -> list[tuple[int, bool]]:
        pages = [attempt(name=name) for _ in range(LIMIT + 1)]
        return [(page.status_code, LOCKED in page.content.decode()) for page in pages]

    assert answers("mei") == answers("nobody-at-all")


def test_a_colleague_and_another_address_are_not_locked() -> None:
    User.objects.create_user("lin", password=PASSWORD, is_staff=True)
    guess(LIMIT)

    assert attempt(PASSWORD, "lin").status_code == 302
    assert attempt(PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_behind_a_proxy_the_address_is_what_the_proxy_heard(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for lie in range(LIMIT):
        attempt(HTTP_X_FORWARDED_FOR=f"10.0.0.{lie}, 2001:db8:1:2::{lie + 1}")

    assert {row.ip_address for row in AccessAttempt.objects.all()} == {"2001:db8:1:2::"}
    assert attempt(PASSWORD, HTTP_X_FORWARDED_FOR="2001:db8:1:2::99").status_code == 429
    assert attempt(PASSWORD, HTTP_X_FORWARDED_FOR="2001:db8:1:3::1").status_code == 302


def test_after_a_while_it_opens_by_itself(settings: Settings) -> None:
    guess(LIMIT)
    assert attempt(PASSWORD).status_code == 429
    ago = timedelta(minutes=settings.STAFF_LOCK_MINUTES)

    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - ago)

    assert attempt(PASSWORD).status_code == 302


def test_trying_on_makes_the_lock_no_longer() -> None:
    guess(LIMIT)
    begun = AccessAttempt.objects.get().attempt_time

    guess(3)

    assert AccessAttempt.objects.get().attempt_time == begun


def test_a_success_forgets_what_was_counted() -> None:
    guess(LIMIT - 1)
    assert attempt(PASSWORD).status_code == 302

    assert guess(LIMIT - 1) == [200] * (LIMIT - 1)


def test_an_administrator_unlocks_and_it_is_in_the_staff_log(admin_client: Client) -> None:
    guess(LIMIT)
    listed = reverse("admin:axes_accessattempt_changelist")
    assert "locked" in admin_client.get(listed).content.decode()
    row = AccessAttempt.objects.get()

    chosen = {"action": "unlock", "_selected_action": [row.pk]}
    assert "form" in admin_client.post(listed, chosen).context
    assert attempt(PASSWORD).status_code == 429
    admin_client.post(listed, {**chosen, "confirmed": "1", "reason": "called from her desk"})

    assert attempt(PASSWORD).status_code == 302
    assert LogEntry.objects.get().change_message.startswith("mei: Unlock: called from her desk")


def test_the_last_administrator_is_let_in_by_a_command() -> None:
    guess(LIMIT)

    call_command("unlock_login", "mei")

    assert attempt(PASSWORD).status_code == 302


def test_neither_the_password_nor_who_tried_it_is_kept_beside_the_count() -> None:
    attempt("my-dear-secret")

    kept = AccessAttempt.objects.get()
    assert "my-dear-secret" not in f"{kept.get_data} {kept.post_data}"


def test_without_redis_guessing_is_counted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "OUTAGE", rate_limits.Outage())
    monkeypatch.setattr("config.rate_limits.get_usage", _away)

    guess(LIMIT)

    assert attempt(PASSWORD).status_code == 429
    assert attempt(PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def _away(**_asked: Any) -> None:
    raise RedisError


def test_one_address_tries_not_more_than_so_many_names(settings: Settings) -> None:
    settings.LOGIN_REQUESTS_PER_MINUTE = 3

    one = {"REMOTE_ADDR": "192.0.2.50"}
    tried = [attempt(name=f"name-{number}", **one).status_code for number in range(5)]

    assert tried == [200, 200, 200, 429, 429]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("alone", [True, False], ids=["one at a time", "control: all at once"])
def test_guesses_sent_together_are_counted_before_the_next_is_looked_at(
    alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not alone:
        monkeypatch.setattr(login, "one_at_a_time", _nothing)
    looked_at: list[str] = []
    together = threading.Barrier(8, timeout=20)

    def looked(self: User, password: str) -> bool:
        looked_at.append(password)
        if not alone:
            together.wait()  # each of them is past the count
        return False

    monkeypatch.setattr(User, "check_password", looked)

    def run() -> None:
        try:
            attempt()
        finally:
            connection.close()

    crowd = [threading.Thread(target=run) for _ in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(timeout=30)

    assert len(looked_at) == (LIMIT if alone else 8)


def _nothing(_name: str) -> Any:
    return nullcontext()
