"""The API reference is drawn in a real browser, under the policy the pages are sent with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ota.pages import schema
from tests.browser.chromium import needs_chromium, watched
from tests.browser.conftest import collected
from tests.flows.web import web_server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]


@pytest.fixture
def documented(tmp_path: Path) -> Iterator[str]:
    """A site that has the files of the reference."""
    static = collected(tmp_path / "static", without=["admin", "rest_framework", "unfold"])
    with web_server(tmp_path, STATIC_ROOT=str(static)) as url:
        yield url


def test_the_reference_shows_every_operation(browser: Browser, documented: str) -> None:
    described = {told.anchor for told in schema.operations_with("internal_error")}
    assert described
    with watched(browser, viewport={"width": 1200, "height": 900}) as seen:
        seen.page.goto(f"{documented}/docs")
        links = seen.page.locator("a[href^='#/']")
        links.nth(len(described) - 1).wait_for(state="attached")
        shown = {each.get_attribute("href") for each in links.all()}

        assert described <= shown
        assert seen.complaints == []
