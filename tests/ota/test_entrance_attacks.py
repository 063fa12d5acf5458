"""Ways round the second step that somebody with a password would try."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django_otp.models import Device
from django_otp.oath import TOTP
from pytest_django.fixtures import Settings

from ota.entrance import two_factor
from ota.models import Authenticator
from tests import make

STEP = "/admin/second-step/"
# What is for those who have not entered: the login itself, leaving, the language of both.
OPEN = {"/admin", "/admin/login/", "/admin/logout/", "/admin/language/", f"{STEP}enrolment"}
TOGETHER = 8


@pytest.fixture
def colleague(settings: Settings) -> User:
    settings.STAFF_TWO_FACTOR = True
    user = User.objects.create_superuser("mei")
    two_factor.begin(user)
    Authenticator.objects.update(confirmed=True)
    return user


def half_way(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def addresses(patterns: Any, prefix: str = "/") -> Iterator[str]:
    """Every address, each of its arguments a 1."""
    for each in patterns:
        route = prefix + re.sub(r"\(\?P<[^>]*>[^/]*\)|<[^>]*>", "1", str(each.pattern))
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield re.sub(r"[\^$]|\\Z", "", route)


@pytest.mark.django_db
def test_no_page_of_the_office_opens_between_the_steps(colleague: User) -> None:
    client = half_way(colleague)
    asked = {each for each in addresses(get_resolver().url_patterns) if each.startswith("/admin")}

    answers = {each: client.get(each) for each in asked - OPEN}

    # The pages between lead to the office, which leads back; the step itself is shown.
    inside = {
        each
        for each, answer in answers.items()
        if answer.status_code != 302 or not answer.headers["Location"].startswith("/admin/")
    }
    assert inside == {STEP}
    assert len(asked) > 250


def codes(user: User, kind: str) -> str:
    if kind == "backup":
        return two_factor.new_backup_codes(user)[0]
    totp = TOTP(Authenticator.objects.get(user=user).bin_key)
    totp.time = time.time()
    return f"{totp.token():06d}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "backup"])
def test_of_many_who_send_one_code_at_once_one_enters(colleague: User, kind: str) -> None:
    assert entered_by(colleague, codes(colleague, kind)) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_code_opens_more_than_once(
    colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Device.from_persistent_id

    def unlocked(persistent_id: str, for_verify: bool = False) -> Any:
        found = known(persistent_id)
        if for_verify:
            time.sleep(0.5)  # all have looked before the first has written
        return found

    monkeypatch.setattr(Device, "from_persistent_id", unlocked)

    assert entered_by(colleague, codes(colleague, "app")) > 1


def entered_by(colleague: User, code: str) -> int:
    crowd = [half_way(colleague) for _ in range(TOGETHER)]
    make.in_parallel(lambda client: client.post(STEP, {"code": code}), crowd)
    return sum(client.get("/admin/password_change/").status_code == 200 for client in crowd)


@pytest.mark.django_db(transaction=True)
def test_of_guesses_sent_at_once_one_is_looked_at(colleague: User) -> None:
    crowd = [half_way(colleague) for _ in range(TOGETHER)]

    make.in_parallel(lambda client: client.post(STEP, {"code": "000000"}), crowd)

    assert Authenticator.objects.get().throttling_failure_count == 1
