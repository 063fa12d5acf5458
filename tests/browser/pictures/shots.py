"""What pictures have in common: how large, in which language, and how one is taken."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser

PHONE: Any = {"width": 390, "height": 780}
DESK: Any = {"width": 1280, "height": 800}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
Take = Callable[[Browser, str], bytes]
