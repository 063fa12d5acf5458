"""The guides on integration hold: their commands, in their order, answer what they show."""

from pathlib import Path

import pytest
from django.utils import timezone

from ota import demo
from tests.flows.guide import commands
from tests.flows.test_quickstart import run
from tests.flows.web import web_server
from ticketing import reconcile
from ticketing.models import Order

# How many answers each of them shows.
GUIDES = {
    "INTEGRATION_GUIDE": 1,
    "INTEGRATION_OTA": 6,
    "OTA_QR_CODE_GUIDE": 5,
    "idempotency-and-retries": 0,
    "rate-limits": 0,
}


@pytest.mark.django_db(transaction=True)
def test_the_guides_on_integration_answer_what_they_show(tmp_path: Path) -> None:
    demo.seed(at=timezone.now())
    with web_server(tmp_path) as url:
        for name, answers in GUIDES.items():
            _holds(name, answers, url, tmp_path / name)
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
