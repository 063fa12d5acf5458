"""The API reference is drawn in a real browser, under the policy the pages are sent with."""

import pytest
from playwright.sync_api import Browser

from ota.pages import schema
from tests.browser.chromium import needs_chromium, watched

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]


def test_the_reference_shows_every_operation(browser: Browser, site: str) -> None:
    described = {told.anchor for told in schema.operations_with("internal_error")}
    assert described
    with watched(browser, viewport={"width": 1200, "height": 900}) as seen:
        seen.page.goto(f"{site}/docs")
        links = seen.page.locator("a[href^='#/']")
        links.nth(len(described) - 1).wait_for(state="attached")
        shown = {each.get_attribute("href") for each in links.all()}

        assert described <= shown
        assert seen.complaints == []
