"""The pictures of docs/images/, on a server with the demo data: see docs/screenshots.py."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from config import credentials
from tests.browser import film
from tests.browser.chromium import PROGRAM, chromium

from . import gates, office, operations
from .small import small


def taken(site: str, wanted: str = "") -> Iterator[tuple[str, bytes]]:
    """Each picture whose name begins so, as PNG."""
    if PROGRAM is None:
        sys.exit("Pictures need Chromium; on Debian: apt-get install chromium")
    # The page passes over keys when it has one, so that the film does not scan by itself.
    shown = credentials.new("gw_scan")[1]
    with tempfile.TemporaryDirectory() as folder:
        shot = film.shoot([shown], Path(folder) / "gate.mjpeg", noise=0, gap=0)
        with sync_playwright() as driver, chromium(driver, *film.flags(shot)) as browser:
            for name, take in {**gates.PICTURES, **office.PICTURES}.items():
                if name.startswith(wanted):
                    yield name, small(take(browser, site))
            for name, png in operations.taken(browser, site, wanted):
                yield name, small(png)
