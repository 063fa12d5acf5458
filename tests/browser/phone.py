"""A phone at a gate: the scanner page in a browser, and what its staff do and see."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests import gate
from tests.browser.chromium import Watched, watched
from tests.gate import BOARDING

SCANS = "**/venue/scan"  # what a page asks that scans
# Everything the big screen ever showed, and every vibration, in their order.
_DIARY = """
navigator.vibrate = (pattern) => { (window.buzzed ??= []).push(pattern); return true; };
addEventListener("DOMContentLoaded", () => {
  const screen = document.getElementById("verdict");
  window.diary = [];
  new MutationObserver(() => {
    const now = screen.hidden ? null : screen.dataset.result;
    if (now && now !== window.diary.at(-1)) window.diary.push(now);
  }).observe(screen, { attributes: true });
});
"""


class Phone:
    """`site` is opened at once; everything else is done by its staff."""

    def __init__(self, watched: Watched, site: str) -> None:
        self.watched = watched
        self.page: Page = watched.page
        self.page.add_init_script(_DIARY)
        self.page.goto(f"{site}/venue/")

    def log_in(self, key: str) -> None:
        self.enter(key)
        self.page.locator("#recent").wait_for()

    def enter(self, text: str) -> None:
        """Type it, or have a handheld reader do so."""
        self.page.fill("#typed", text)
        self.page.press("#typed", "Enter")

    def choose(self, function_code: str) -> None:
        self.page.check(f"input[value={function_code}]")

    def scan(self, text: str, until: str) -> str:
        """The word of the big screen once it shows this result."""
        self.enter(text)
        return self.shows(until)

    def shows(self, result: str) -> str:
        self.page.locator(f"#verdict[data-result={result}]").wait_for()
        return self.page.inner_text("#word")

    def next(self) -> None:
        # Not by a real click: on a slow machine a granted screen may have gone by itself.
        self.page.dispatch_event("#next", "click")
        self.page.locator("#verdict").wait_for(state="hidden")

    @property
    def said(self) -> list[str]:
        """The lines below the word."""
        return self.page.locator("#said p").all_inner_texts()

    @property
    def trouble(self) -> str:
        return self.page.locator("#trouble:visible").inner_text()

    @property
    def link(self) -> str:
        return self.page.inner_text("#link")

    @property
    def queue(self) -> list[str]:
        """The word of each of the last scans, newest first."""
        return self.page.locator("#scans li b").all_inner_texts()

    @property
    def diary(self) -> list[str]:
        return self.page.evaluate("window.diary")

    @property
    def vibrations(self) -> list[Any]:
        return [pattern for pattern in self.page.evaluate("window.buzzed ?? []") if pattern]

    def stored(self) -> dict[str, str]:
        """Everything the page keeps in this browser."""
        return self.page.evaluate("({...localStorage, ...sessionStorage})")


@contextmanager
def phone(
    browser: Browser, site: str, *functions: str, key: str = "", lang: str = "en", **options: Any
) -> Iterator[Phone]:
    """A phone whose staff are logged in at a venue with these functions, one if none is named."""
    with watched(browser, locale="zh-CN" if lang == "zh" else "en-GB", **options) as seen:
        mine = Phone(seen, site)
        mine.log_in(key or gate.keyed_scanner(*(functions or [BOARDING]))[1])
        yield mine
