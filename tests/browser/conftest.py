"""The product's own web server and a browser, one of each for all tests in here."""

import os
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Playwright, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.browser.chromium import chromium


@pytest.fixture(scope="module")
def site(web: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Its address; what the tests of a file wrote is gone when the last of them is through."""
    yield web
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="package")
def driver() -> Iterator[Playwright]:
    """What drives browsers; the database may be used beside it.

    It runs an event loop in this thread, which Django takes for a view that forgot what it is.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as running:
            yield running
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def browser(driver: Playwright) -> Iterator[Browser]:
    with chromium(driver) as running:
        yield running
