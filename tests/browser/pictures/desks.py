"""Where the guide of operations is followed: readers of one language, each as one of the staff."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from django.urls import reverse
from playwright.sync_api import Browser

from tests.browser.chromium import watched

from .reader import Reader
from .shots import DESK, LOCALES
from .staff import desk

Pictures = Iterator[tuple[str, bytes]]
SMALL: Any = {"width": 640, "height": 700}


class Office:
    """Readers of one language, whose windows are closed when `open_` is."""

    def __init__(self, browser: Browser, site: str, lang: str, open_: ExitStack) -> None:
        self.browser, self.site, self.lang, self._open = browser, site, lang, open_

    def reader(self, who: str, viewport: Any = DESK) -> Reader:
        """Somebody of the staff, at the home page."""
        opened = desk(self.browser, self.site, who, self.lang, viewport)
        reader = Reader(self._open.enter_context(opened), self.lang)
        reader.page.goto(reverse("admin:index"))
        return reader

    def stranger(self) -> Reader:
        """Somebody who has not logged in yet, before the page that asks for it."""
        options: Any = {"base_url": self.site, "locale": LOCALES[self.lang], "viewport": SMALL}
        seen = self._open.enter_context(watched(self.browser, **options))
        seen.page.goto(reverse("admin:index"))
        return Reader(seen.page, self.lang)

    def named(self, english: str, chinese: str) -> str:
        """What is typed by a reader of this language."""
        return english if self.lang == "en" else chinese
