"""The guides on integration hold: their commands, in their order, answer what they show."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from ota import demo
from resellers.permissions import required
from tests.flows.guide import commands
from tests.flows.test_quickstart import run
from tests.openapi import operation
from tests.ota.routes import ROUTES
from ticketing import reconcile
from ticketing.models import Order

# How many answers each of them shows.
GUIDES = {
    "INTEGRATION_GUIDE": 1,
    "INTEGRATION_OTA": 10,
    "OTA_QR_CODE_GUIDE": 5,
    "idempotency-and-retries": 0,
    "rate-limits": 0,
}


@pytest.mark.django_db(transaction=True)
def test_the_guides_on_integration_answer_what_they_show(web: str, tmp_path: Path) -> None:
    demo.seed(at=timezone.now())
    for name, answers in GUIDES.items():
        _holds(name, answers, web, tmp_path / name)
    assert set(Order.objects.values_list("status", flat=True)) == {"CANCELLED"}
    assert list(reconcile.differences()) == []


def _holds(name: str, answers: int, url: str, folder: Path) -> None:
    folder.mkdir()
    blocks = commands(name, at=url)
    printed = run(blocks, folder)
    assert len([block for block in blocks if block.kind]) == answers
    for block, output in zip(blocks, printed, strict=True):
        if block.kind:
            assert output == block.shown, (name, block.script)


def told() -> dict[tuple[str, str], tuple[str, str]]:
    """Permission and status of every endpoint in the table of the guide, by method and path."""
    page = Path(settings.BASE_DIR, "docs/guides/INTEGRATION_OTA.md").read_text(encoding="utf-8")
    found = {}
    for calls, permission, answer in re.findall(
        r"^\| (.+) \| `([a-z:-]+)` \| (.+) \|$", page, re.MULTILINE
    ):
        for method in re.findall(r"\b[A-Z]+\b", calls.partition("`")[0]):
            for path in re.findall(r"`(/(?!api)[^`]+)`", calls):
                whole = path if path.startswith("/qr/") else f"/api/ota{path}"
                found[method, whole] = permission, answer[:3]
    return found


def test_its_table_has_every_endpoint_with_its_permission_and_status() -> None:
    table = told()
    assert {(each.method, each.path) for each in ROUTES} == table.keys()
    for route in ROUTES:
        permission, status = table[route.method, route.path]
        assert permission == required(route.name, route.method), route
        said = operation(route.path, route.method)
        assert said, route
        assert status in said["responses"], route
