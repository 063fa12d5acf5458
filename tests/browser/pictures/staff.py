"""Staff at their desks: each logs in once, by the real pages, and stays logged in."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page

from ota import demo, roles
from tests.browser.chromium import watched

from .shots import DESK, LOCALES

PASSWORD = "a-password-of-the-pictures"
HIRED = {"mei": "Partner manager", "jo": "Administrator", "lin": "Finance"}
_sessions: dict[str, Any] = {}


def password_of(name: str) -> str:
    """That of the demo's people, or of one who is hired for a picture."""
    known = {who: password for who, _mail, password, _role in demo.PEOPLE}
    if name in known:
        return known[name]
    hire(name, HIRED[name])
    return PASSWORD


def hire(name: str, role: str) -> User:
    user, is_new = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    if is_new:
        user.set_password(PASSWORD)
        user.save()
        user.groups.add(roles.group(role))
    return user


@contextmanager
def desk(
    browser: Browser, site: str, who: str, lang: str, viewport: Any = DESK, **options: Any
) -> Iterator[Page]:
    """A page of somebody who has logged in, both steps of it."""
    if who not in _sessions:
        _sessions[who] = _logged_in(browser, site, who)
    kept = {"storage_state": _sessions[who], "locale": LOCALES[lang], "viewport": viewport}
    with watched(browser, base_url=site, **kept, **options) as seen:
        yield seen.page
        assert seen.complaints == []


def _logged_in(browser: Browser, site: str, who: str) -> Any:
    with watched(browser, base_url=site, locale="en-GB", viewport=DESK) as seen:
        log_in(seen.page, who, password_of(who))
        seen.page.locator("#enrolment-key").wait_for()
        seen.page.fill("[name=code]", code_on(seen.page))
        seen.page.press("[name=code]", "Enter")
        seen.page.locator("#backup-codes").wait_for()
        return seen.page.context.storage_state()


def log_in(page: Page, who: str, password: str) -> None:
    page.goto(reverse("admin:index"))
    page.fill("[name=username]", who)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")


def code_on(page: Page) -> str:
    """What an app shows that was given the key on the page."""
    key = page.locator("#enrolment-key").inner_text().replace(" ", "")
    totp = TOTP(base64.b32decode(key))
    totp.time = time.time()
    return f"{totp.token():06d}"
