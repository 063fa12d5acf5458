"""A headless Chromium, driven over its own protocol, and pages that report what went wrong."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, Playwright, Request

NAMES = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
AXE = Path(settings.BASE_DIR, "node_modules", "axe-core", "axe.min.js")
Picture = np.ndarray[Any, Any]

needs_chromium = pytest.mark.skipif(
    PROGRAM is None, reason="There is no Chromium; on Debian: apt-get install chromium"
)
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci")


@contextmanager
def chromium(driver: Playwright, *flags: str) -> Iterator[Browser]:
    """A browser of its own while the block runs."""
    browser = driver.chromium.launch(executable_path=PROGRAM, args=list(flags))
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Watched:
    """A page, what its browser complained about, and everything it asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(30_000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self._note(said.text))
        self.page.on("request", lambda request: self.requests.append(request))

    def _note(self, said: str) -> None:
        # An answer of 400 or 409 is one, whatever the browser calls it.
        if not said.startswith("Failed to load resource"):
            self.complaints.append(said)


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[Watched]:
    """A page as a phone of 320 points shows it, with nothing remembered."""
    context = browser.new_context(**{"viewport": {"width": 320, "height": 640}, **options})
    try:
        yield Watched(context.new_page())
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now."""
    # Not as a script of the page: its policy refuses them, and shall.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


# Text that runs out of its box, and boxes that run out of the window.
_OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  return [...document.body.querySelectorAll("*")]
    .filter((e) => e.getClientRects().length && !e.closest("svg"))
    .filter((e) => {
      const box = e.getBoundingClientRect();
      const isCut = e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1;
      return box.right > width + 0.5 || box.left < -0.5 || isCut;
    })
    .map((e) => e.tagName + "." + e.className + ": " + e.textContent.slice(0, 60));
}"""


def overflowing(page: Page) -> list[str]:
    """What does not fit beside each other in the window."""
    return page.evaluate(_OVERFLOWING)


def enlarge(page: Page, percent: int = 200) -> None:
    """As a browser shows it to somebody who chose larger letters."""
    page.evaluate("size => { document.documentElement.style.fontSize = size }", f"{percent}%")


def picture(png: bytes) -> Picture:
    """A screenshot as rows of blue, green, red."""
    drawn = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    return drawn
