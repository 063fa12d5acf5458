"""The product's own web server and a browser, one of each for all tests in here."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, Playwright, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.browser.chromium import chromium
from tests.flows.web import web_server


@pytest.fixture(scope="session")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own files as they are served; those of the reference and the admin are many more."""
    others = ["admin", "drf_spectacular_sidecar", "rest_framework", "unfold"]
    return collected(tmp_path_factory.mktemp("static"), without=others)


def collected(folder: Path, *, without: list[str]) -> Path:
    """The folder, with what collectstatic makes of all apps but some."""
    with override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=without)
    return folder


@pytest.fixture(scope="package")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    static_files: Path,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    """Its address; what tests wrote is gone when it ends."""
    with django_db_blocker.unblock():
        try:
            with web_server(tmp_path_factory.mktemp("web"), STATIC_ROOT=str(static_files)) as url:
                yield url
        finally:
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
