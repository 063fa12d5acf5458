"""Thousands of requests made of the schema, with the keys of both demo partners, over HTTP."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from ota import demo
from tests.flows.web import web_server
from ticketing import reconcile

KEYS = ("ota_test_key_12345", "ota_test_key_251103")
# tests.fuzzing_check stands for the first; DELETE cancels and deactivates here, and what it ended
# can still be read.
ELSEWISE = ("positive_data_acceptance", "use_after_free")
PARTNERS_PATHS = r"^/(api/ota|qr/\{)"


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_no_request_breaks_the_product_or_its_schema(tmp_path: Path) -> None:
    demo.seed(at=timezone.now())
    with web_server(tmp_path) as url, ThreadPoolExecutor(len(KEYS)) as pool:
        told = list(pool.map(lambda key: schemathesis(url, key, tmp_path / key), KEYS))
    for status, output in told:
        assert status == 0, output[-20_000:]
        assert int(re.findall(r"(\d+) generated", output)[0]) > 1000
    assert list(reconcile.differences()) == []


def schemathesis(url: str, key: str, folder: Path) -> tuple[int, str]:
    """All its checks of all that a partner calls: exit status and report."""
    folder.mkdir()
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run",
            str(Path(settings.BASE_DIR) / "docs" / "openapi.yaml"),
            "--url", url, "--header", f"x-api-key: {key}",
            "--checks", "all", "--exclude-checks", ",".join(ELSEWISE),
            "--include-path-regex", PARTNERS_PATHS, "--max-examples", "50", "--seed", "8",
            "--rate-limit", "900/m", "--continue-on-failure", "--no-color",
        ],
        cwd=folder,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzzing_check",
            "PYTHONPATH": str(settings.BASE_DIR),
        },
        capture_output=True,
        text=True,
        timeout=1800,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr
