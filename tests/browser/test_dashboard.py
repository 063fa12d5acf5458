"""The home of the back office in a browser: it renews itself, it fits, everybody can read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import global_settings
from django.contrib.auth.models import User
from django.test import override_settings
from playwright.sync_api import Browser, Page, Response

from inventory.models import Product
from ota import health
from ota.models import Alert
from tests import make
from tests.browser.chromium import Watched, needs_axe, needs_chromium, violations, watched

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
PASSWORD = "a long walk along the pier"


@contextmanager
def home(browser: Browser, site: str, **options: Any) -> Iterator[tuple[Watched, list[str]]]:
    """The overview as an administrator sees it, and all that was answered with an error."""
    with watched(browser, **options) as seen:
        refused: list[str] = []
        seen.page.on("response", lambda answer: refused.extend(_refused(answer)))
        seen.page.goto(f"{site}/admin/")
        seen.page.fill("[name=username]", "boss")
        seen.page.fill("[name=password]", PASSWORD)
        seen.page.press("[name=password]", "Enter")
        seen.page.locator("#ov-health").wait_for()
        yield seen, refused


def _refused(answer: Response) -> list[str]:
    return [f"{answer.status} {answer.url}"] if answer.status >= 400 else []


def world() -> Product:
    """A product that sells, and one thing of each kind that needs attention."""
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):  # the server's
        User.objects.create_superuser("boss", password=PASSWORD)
    product = make.product(ota=500, direct=50)
    make.order("CONFIRMED", on=product, quantity=40)
    make.reservation("expired", on=product)
    for part in ("beat", "worker", "sender"):
        health.beat(part, at=make.now())
    at = make.now()
    Alert.objects.create(
        rule="quiet_partner", subject="TRAVEL-1", severity="critical", first_seen_at=at,
        last_seen_at=at,
    )  # fmt: skip
    return product


def held(page: Page) -> str:
    return page.locator(".ov-legend li", has_text="held").first.inner_text()


def renew_at_once(page: Page) -> None:
    """As when its tab is seen again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@needs_axe
def test_it_renews_itself_and_everybody_can_read_it(browser: Browser, site: str) -> None:
    product = world()
    with home(browser, site, viewport=DESK) as (seen, refused):
        page = seen.page
        page.locator("details[data-key=stock] summary").click()
        page.locator("#ov-attention").evaluate("each => { window.same = 1 }")
        assert held(page) == "held 0"

        make.reservation(on=product, quantity=3)
        with page.expect_response("**/admin/overview"):
            renew_at_once(page)
        page.locator(".ov-legend li", has_text="held 3").wait_for()

        assert page.evaluate("window.same") == 1  # the page was not loaded again
        assert page.locator("details[data-key=stock]").get_attribute("open") == ""
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert violations(page) == []

        page.route("**/admin/overview", lambda route: route.abort("connectionrefused"))
        renew_at_once(page)
        page.get_by_text("could not be renewed").wait_for()
        page.unroute("**/admin/overview")
        page.context.clear_cookies()
        renew_at_once(page)
        page.get_by_text("You are signed out").wait_for()
        assert page.locator(".ov-legend li", has_text="held 3").count() == 1
        assert (seen.complaints, refused) == ([], [])

    with home(browser, site, viewport=PHONE, color_scheme="dark") as (seen, refused):
        seen.page.locator("html.dark").wait_for()
        assert violations(seen.page) == []
        assert (seen.complaints, refused) == ([], [])


@pytest.mark.proof
def test_it_asks_by_itself_and_nothing_while_it_is_hidden(browser: Browser, site: str) -> None:
    world()
    with home(browser, site, viewport=PHONE, locale="zh-CN") as (seen, refused):
        page = seen.page
        page.clock.install()
        page.reload()
        page.locator("#ov-health").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        with page.expect_response("**/admin/overview"):
            page.clock.run_for(15_000)

        page.evaluate(
            "Object.defineProperty(document, 'hidden', { value: true, configurable: true })"
        )
        page.wait_for_timeout(200)
        asked = len(seen.requests)
        page.clock.run_for(60_000)
        page.wait_for_timeout(200)
        assert len(seen.requests) == asked

        page.evaluate("Object.defineProperty(document, 'hidden', { value: false })")
        with page.expect_response("**/admin/overview"):
            renew_at_once(page)
        for width in (390, 1024, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (seen.complaints, refused) == ([], [])
