"""The guide of resellers holds: its commands answer what it shows."""

import json
from pathlib import Path

import pytest
from django.utils import timezone

from ota import demo
from resellers.models import ResellerChange
from tests.flows.guide import commands
from tests.flows.test_quickstart import OWN, as_shown, run
from ticketing import reconcile


@pytest.mark.django_db(transaction=True)
def test_the_guide_of_resellers_answers_what_it_shows(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tests.flows.test_quickstart.OWN", OWN | {"id", "reseller_code", "updated_at"}
    )
    demo.seed(at=timezone.now())
    blocks = commands("resellers", at=web)
    printed = run(blocks, tmp_path)

    assert len([block for block in blocks if block.kind]) == 5
    for block, output in zip(blocks, printed, strict=True):
        if block.kind == "json":
            assert as_shown(json.loads(output), json.loads(block.shown)), (block.script, output)
        if block.kind == "text":
            assert output == block.shown, block.script
    assert [row.kind for row in ResellerChange.objects.all()] == [
        "registered",
        "changed",
        "deactivated",
    ]
    assert list(reconcile.differences()) == []
