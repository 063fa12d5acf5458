"""How long a login of staff lasts, and what ends it before."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db
OFFICE = "/admin/"
MINUTE, HOUR = 60, 3600


@pytest.fixture
def colleague() -> User:
    user = User.objects.create_user("mei", password="a-password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_product"))
    return user


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def is_inside(client: Client, **sent: Any) -> bool:
    return client.get(OFFICE, **sent).status_code == 200


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    passed = 0.0
    real = time.time

    def pass_by(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        monkeypatch.setattr("config.staff_sessions.time.time", lambda: real() + passed)

    return pass_by


def test_it_ends_half_an_hour_after_the_last_click(
    colleague: User, later: Callable[[float], None], settings: Settings
) -> None:
    client = entered(colleague)
    idle = settings.STAFF_IDLE_MINUTES * MINUTE
    for _ in range(3):
        later(idle - 20)
        assert is_inside(client)
    later(idle)

    ended = client.get(OFFICE, follow=True)

    assert "Your session has ended" in ended.content.decode()
    assert not is_inside(client)
    assert not Session.objects.exists()


def test_what_a_page_fetches_by_itself_is_no_click(
    colleague: User, later: Callable[[float], None], settings: Settings
) -> None:
    client = entered(colleague)
    for _ in range(settings.STAFF_IDLE_MINUTES - 1):
        later(MINUTE)
        assert is_inside(client, HTTP_SEC_FETCH_MODE="cors")
    later(2 * MINUTE)

    assert not is_inside(client, HTTP_SEC_FETCH_MODE="cors")


def test_it_ends_after_a_working_day_however_busy_it_was(
    colleague: User, later: Callable[[float], None], settings: Settings
) -> None:
    client = entered(colleague)
    quarters = settings.STAFF_SESSION_HOURS * 4
    for _ in range(quarters - 1):
        later(HOUR / 4)
        assert is_inside(client)
    later(HOUR / 4)

    assert not is_inside(client)


def test_a_login_that_began_before_there_were_limits_is_asked_again(colleague: User) -> None:
    client = entered(colleague)
    session = client.session
    del session["staff_since"]
    session.save()

    assert not is_inside(client)


def test_a_new_password_ends_all_others(colleague: User) -> None:
    here, elsewhere = entered(colleague), entered(colleague)
    changed = {"old_password": "a-password", "new_password1": "b-pass-8word"}
    here.post(reverse("admin:password_change"), changed | {"new_password2": "b-pass-8word"})

    assert (is_inside(here), is_inside(elsewhere)) == (True, False)


def test_an_account_that_was_closed_and_opened_again_logs_in_again(colleague: User) -> None:
    client = entered(colleague)
    User.objects.update(is_active=False)
    assert not is_inside(client)
    User.objects.update(is_active=True)

    assert not is_inside(client)


def edited(admin_client: Client, user: User, **changed: object) -> None:
    form = {
        "username": user.username, "is_active": "on", "is_staff": "on", "user_permissions":
        [each.pk for each in user.user_permissions.all()], "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00", "reason": "as agreed", **changed,
    }  # fmt: skip
    page = reverse("admin:auth_user_change", args=[user.pk])
    answer = admin_client.post(page, {name: value for name, value in form.items() if value})
    assert answer.status_code == 302


def test_another_role_ends_the_session_and_another_name_does_not(
    colleague: User, admin_client: Client
) -> None:
    client = entered(colleague)
    edited(admin_client, colleague, first_name="Mei")
    assert is_inside(client)

    edited(admin_client, colleague, user_permissions=None)

    assert not is_inside(client)
    assert is_inside(admin_client)
    client = entered(colleague)
    edited(admin_client, colleague, is_active=None, user_permissions=None)
    assert Session.objects.count() == 1


def test_an_administrator_logs_a_colleague_out_everywhere(
    colleague: User, admin_client: Client
) -> None:
    clients = [entered(colleague) for _ in range(3)]

    page = reverse("admin:auth_user_log_out_everywhere", args=[colleague.pk])
    answer = admin_client.post(page, {"reason": "lost laptop"}, follow=True)

    assert "Sessions ended: 3." in answer.content.decode()
    assert [is_inside(each) for each in clients] == [False] * 3
    assert is_inside(admin_client)


def test_a_session_costs_no_statement_on_every_page(
    colleague: User,
    later: Callable[[float], None],
    django_assert_num_queries: Any,
) -> None:
    client = entered(colleague)
    page = reverse("admin:set_language")  # asks for the session and nothing else
    later(30)
    with django_assert_num_queries(2):  # the session and whose it is
        client.get(page)


def test_the_cookie_lasts_a_working_day(colleague: User, settings: Settings) -> None:
    right = {"username": "mei", "password": "a-password"}
    cookie = Client().post("/admin/login/", right).cookies["sessionid"]

    assert cookie["max-age"] == settings.STAFF_SESSION_HOURS * HOUR
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
