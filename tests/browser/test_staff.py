"""Staff come in through the real pages: each role sees its own, and a new colleague enrols."""

import base64
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page

from ota import roles
from tests.browser.chromium import needs_chromium, overflowing, watched
from tests.flows.web import web_server
from tests.ota.test_roles import LETTERS, VIEWED, in_the_sidebar, listed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]
PASSWORD = "a-password-of-the-tests"


@pytest.fixture
def office(tmp_path: Path, static_files: Path) -> Iterator[str]:
    """A site that asks for two steps."""
    with web_server(tmp_path, STATIC_ROOT=str(static_files), STAFF_TWO_FACTOR="1") as url:
        yield url


@cache
def hashed() -> str:
    """As the product keeps it; the tests themselves know a faster way."""
    return PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-the-tests-only")


def employed(role: str, name: str = "") -> User:
    user = User(username=name or role.lower().replace(" ", "-"), is_staff=True, password=hashed())
    user.save()
    user.groups.add(roles.group(role))
    return user


def log_in(page: Page, office: str, name: str) -> None:
    page.goto(f"{office}/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")


def code_of(page: Page) -> str:
    """What an app shows that was given the key on the page."""
    key = page.locator("#enrolment-key").inner_text().replace(" ", "")
    totp = TOTP(base64.b32decode(key))
    totp.time = time.time()
    return f"{totp.token():06d}"


def enrol(page: Page) -> None:
    page.locator("#enrolment-key").wait_for()
    page.fill("#id_code", code_of(page))
    page.click("#code-form button")
    page.locator("#backup-codes").wait_for()


def test_each_role_logs_in_and_sees_its_own_and_comes_back_with_a_code(
    browser: Browser, office: str
) -> None:
    with watched(browser, viewport={"width": 1440, "height": 900}) as seen:
        page = seen.page
        for letter, role in LETTERS.items():
            page.context.clear_cookies()
            log_in(page, office, employed(role).username)
            enrol(page)
            page.get_by_role("link", name="I have kept them").click()
            page.locator("#nav-sidebar").wait_for()

            mine = {listed(each) for each in in_the_sidebar() if letter in VIEWED[each]}
            assert sidebar(page) & {listed(each) for each in in_the_sidebar()} == mine, role

        page.set_viewport_size({"width": 390, "height": 844})
        comes_back_with_a_code(page, office, employed("Viewer", "mei"))
        assert seen.complaints == []


def sidebar(page: Page) -> set[str]:
    """Where it leads."""
    read = "links => links.map(link => new URL(link.href).pathname)"
    return set(page.eval_on_selector_all("#nav-sidebar a[href]", read))


def comes_back_with_a_code(page: Page, office: str, colleague: User) -> None:
    page.context.clear_cookies()
    log_in(page, office, colleague.username)
    page.locator("#enrolment-picture").wait_for()
    assert overflowing(page) == []
    enrol(page)
    assert overflowing(page) == []
    backup = page.locator("#backup-codes code").first.inner_text()

    page.context.clear_cookies()
    log_in(page, office, colleague.username)
    page.fill("#id_code", "000000")
    page.click("#code-form button")
    page.get_by_text("Not right, or used before.").wait_for()
    page.fill("#id_code", backup)
    page.click("#code-form button")
    page.wait_for_url(f"{office}/admin/")

    Session.objects.all().delete()
    page.goto(f"{office}/admin/ticketing/order/")
    assert page.url == f"{office}/admin/login/?next=/admin/ticketing/order/"
