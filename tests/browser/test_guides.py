"""Guides are read on a phone and in the dark: nothing runs out of the window, axe finds nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from ota.pages.guides import FOR_PARTNERS
from tests.browser.chromium import needs_axe, needs_chromium, violations, watched

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]

PAGES = ["/docs/guides", "/docs/errors", *(f"/docs/guides/{name}" for name in FOR_PARTNERS)]
FOR_AXE = (("/docs/guides/INTEGRATION_OTA", "zh"), ("/docs/guides", "en"))
# Letters of a column that stand below each other, because there is no room beside the others.
_PRESSED = """() => [...document.querySelectorAll(".text td")]
  .filter((cell) => cell.textContent.length > 3 && cell.clientWidth < 40)
  .map((cell) => cell.textContent.slice(0, 40))"""


def opened(page: Page, site: str, language: str) -> Iterator[str]:
    """In Chinese, whose columns are pressed soonest, every page; in English each third."""
    for path in PAGES if language == "zh" else PAGES[::3]:
        page.goto(f"{site}{path}?lang={language}")
        yield path


@needs_axe
@pytest.mark.proof
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh", "dark")])
def test_a_guide_fits_on_a_phone(browser: Browser, site: str, language: str, scheme: str) -> None:
    wrong: dict[str, object] = {}
    shown = {"viewport": {"width": 390, "height": 780}, "color_scheme": scheme}
    with watched(browser, **shown) as seen:
        for path in opened(seen.page, site, language):
            width = seen.page.evaluate("document.documentElement.scrollWidth")
            found = [width] if width > 390 else []
            found += seen.page.evaluate(_PRESSED)
            found += violations(seen.page) if (path, language) in FOR_AXE else []
            wrong |= {path: found} if found else {}
        assert seen.complaints == []
    assert wrong == {}
