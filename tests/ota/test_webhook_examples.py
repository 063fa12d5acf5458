"""The code that the guide gives to partners verifies our notices, and nothing else."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from ota.models import WebhookEndpoint
from ota.webhooks import endpoints, signing
from tests import hooks

EXAMPLES = Path(settings.BASE_DIR) / "docs" / "examples" / "webhooks"
Verify = Callable[[hooks.Received, str, Path], int]


def by_stdin(*command: str) -> Verify:
    def run(request: hooks.Received, secret: str, folder: Path) -> int:
        sent = json.dumps({"headers": request.headers, "body": request.body.decode()})
        return ended([*command, secret], sent)

    return run


def by_java(request: hooks.Received, secret: str, folder: Path) -> int:
    body = folder / "body"
    body.write_bytes(request.body)
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    told = [request.headers[name] for name in names]
    small = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    return ended(["java", *small, "-cp", str(folder), "Verify", secret, *told, str(body)], "")


def ended(command: list[str], given: str) -> int:
    done = subprocess.run(command, input=given, text=True, capture_output=True, timeout=120)
    return done.returncode


def compiled(folder: Path) -> None:
    subprocess.run(["javac", "-d", folder, EXAMPLES / "Verify.java"], check=True, timeout=120)


LANGUAGES: dict[str, Verify] = {
    "python": by_stdin(sys.executable, str(EXAMPLES / "verify.py")),
    "node": by_stdin("node", str(EXAMPLES / "verify.mjs")),
    "php": by_stdin("php", str(EXAMPLES / "verify.php")),
    "javac": by_java,
}


def notice(endpoint: WebhookEndpoint, *, at: Any = None) -> hooks.Received:
    """A signed notice, with a name in it that is no ASCII."""
    body = endpoints.body("ticket.used", timezone.now(), {"note": "陳大文 – é"}).encode()
    secrets = signing.valid(endpoint, at=timezone.now())
    return hooks.Received(signing.headers("evt-1", body, secrets, at=at or timezone.now()), body)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.django_db
def test_the_example_takes_a_genuine_notice_and_no_other(language: str, tmp_path: Path) -> None:
    if language != "python" and shutil.which(language) is None:
        pytest.skip(f"{language} is not installed")
    if language == "javac":
        compiled(tmp_path)
    endpoint = hooks.endpoint()
    old = hooks.secret_of(endpoint)
    signing.add_secret(endpoint, at=timezone.now())
    genuine = notice(endpoint)
    stale = notice(endpoint, at=timezone.now() - timedelta(minutes=6))
    forged = replace(genuine, body=genuine.body.replace(b"used", b"lost"))

    def takes(request: hooks.Received, secret: str) -> bool:
        return LANGUAGES[language](request, secret, tmp_path) == 0

    assert takes(genuine, old)
    assert takes(genuine, hooks.secret_of(endpoint))
    assert not takes(forged, old)
    assert not takes(stale, old)
    assert not takes(genuine, hooks.secret_of(hooks.endpoint()))
