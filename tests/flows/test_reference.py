"""The API reference is drawn in a real browser, under the policy the pages are sent with."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from ota.pages import schema
from tests.flows.web import web_server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium on this machine.")
@pytest.mark.django_db(transaction=True)
def test_the_reference_shows_every_operation(tmp_path: Path, settings: Settings) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    call_command("collectstatic", "--noinput", verbosity=0)

    with web_server(tmp_path, STATIC_ROOT=str(tmp_path / "static")) as url:
        drawn = drawn_by_chromium(f"{url}/docs", tmp_path)

    described = {told.anchor for told in schema.operations_with("internal_error")}
    shown = set(re.findall(r'href="(#/[^"]+/[a-z_]+)"', drawn))
    assert described
    assert described <= shown


def drawn_by_chromium(url: str, folder: Path) -> str:
    """The page as it stands after its scripts have run."""
    assert CHROMIUM
    done = subprocess.run(
        [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-dev-shm-usage", f"--user-data-dir={folder / 'chromium'}",
         "--virtual-time-budget=20000", "--dump-dom", url],
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    return done.stdout
