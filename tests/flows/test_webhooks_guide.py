"""The guide of webhooks holds: its commands work, its code is the code that is tested."""

import json
import re
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from ota import demo, tasks
from ota.models import Event
from ota.webhooks.sending import SCHEDULE
from tests.flows.guide import commands
from tests.flows.test_quickstart import OWN, as_shown, run
from tests.flows.web import web_server
from tests.openapi import document

GUIDE = (Path(settings.BASE_DIR) / "docs/guides/webhooks.md").read_text(encoding="utf-8")
EXAMPLES = Path(settings.BASE_DIR) / "docs/examples/webhooks"


@pytest.mark.django_db(transaction=True)
def test_the_guide_of_webhooks_answers_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.flows.test_quickstart.OWN", OWN | {"id", "secret"})
    monkeypatch.setattr(settings, "DEMO", True)
    demo.seed(at=timezone.now())
    over = threading.Event()
    beating = threading.Thread(target=beat_until, args=(over, monkeypatch))
    with web_server(tmp_path, DEMO="1") as url:
        beating.start()
        blocks = commands("webhooks", at=url)
        try:
            printed = run(blocks, tmp_path)
        finally:
            over.set()
            beating.join()
    shown = [(block, output) for block, output in zip(blocks, printed, strict=True) if block.kind]
    assert [block.kind for block, _ in shown] == ["json", "text"]
    for block, output in shown:
        if block.kind == "json":
            assert as_shown(json.loads(output), json.loads(block.shown)), output
        else:
            assert output == block.shown


def beat_until(over: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """What beat, worker and sender do, in one thread."""

    def at_once(arguments: list[str], *, expires: int) -> None:
        tasks.send_notices(*arguments)

    monkeypatch.setattr(tasks.send_notices, "apply_async", at_once)
    try:
        while not over.wait(0.3):
            tasks.tell_partners()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("language", "file"),
    [("python", "verify.py"), ("javascript", "verify.mjs"), ("java", "Verify.java"),
     ("php", "verify.php")],
)  # fmt: skip
def test_the_code_it_shows_is_the_code_that_is_run(language: str, file: str) -> None:
    (shown,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    run = re.sub(r"TOLERANCE(_SECONDS)?\b", "300", (EXAMPLES / file).read_text(encoding="utf-8"))
    lines = {" ".join(line.split()) for line in run.splitlines()}
    whole = re.sub(r"\s+", "", run)
    for line in shown.splitlines():
        known = " ".join(line.split()) in lines or re.sub(r"\s+", "", line) in whole
        assert known or line.startswith(("import base64", "static void")), line


def test_it_names_every_event_every_error_and_every_wait() -> None:
    assert [event for event in [*Event.values, "webhook.test"] if f"`{event}`" not in GUIDE] == []
    code = (Path(settings.BASE_DIR) / "ota/webhooks/outbound.py").read_text()
    errors = {*re.findall(r'Unsent\("(\w+)"\)', code), "status", "redirect", "internal"}
    assert {error for error in errors if f"| `{error}` |" not in GUIDE} == set()
    assert SCHEDULE[:5] == (5, 30, 120, 600, 1800)
    assert "5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h" in GUIDE


def test_every_path_it_names_is_in_the_schema() -> None:
    paths = document()["paths"]
    for path in ("", "/{webhook_id}", "/{webhook_id}/rotate-secret", "/{webhook_id}/test",
                 "/{webhook_id}/deliveries", "/deliveries/{delivery_id}/replay"):  # fmt: skip
        assert f"/api/ota/webhooks{path}" in paths
