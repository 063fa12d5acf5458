"""The guide of settlement holds: its commands answer what it shows, also when a week is over."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ota import demo
from resellers.models import Reseller
from tests import billing, make
from tests.flows.guide import Command, commands
from tests.flows.test_quickstart import OWN, as_shown, run
from ticketing import reconcile

CHANGES = {
    "from", "to", "reseller_id", "reseller_code", "statement_id", "period_start", "period_end",
    "checksum",
}  # fmt: skip
PAUSE = Command("touch over; while [ ! -e closed ]; do sleep 0.1; done\n")


@pytest.mark.django_db(transaction=True)
def test_the_guide_of_settlement_answers_what_it_shows(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.flows.test_quickstart.OWN", OWN | CHANGES)
    demo.seed(at=timezone.now())
    blocks = commands("settlement", at=web)
    (over,) = [n for n, block in enumerate(blocks) if "> statements.json" in block.script]
    printed = run_with_a_week_between(blocks, over, tmp_path)

    assert len([block for block in blocks if block.kind]) == 4
    for block, output in zip(blocks, printed, strict=True):
        if block.kind == "json":
            assert as_shown(json.loads(output), json.loads(block.shown)), (block.script, output)
        if block.kind == "text":
            assert output == block.shown, block.script
    assert list(reconcile.differences()) == []


def run_with_a_week_between(blocks: list[Command], over: int, folder: Path) -> list[str]:
    """What the blocks print, where the week ends before block `over`."""

    def read(_: int) -> list[str]:
        return run([*blocks[:over], PAUSE, *blocks[over:]], folder)

    def close(_: int) -> list[str]:
        where = folder / "gangway-settlement"
        for _attempt in range(600):
            if (where / "over").exists():
                break
            threading.Event().wait(0.1)
        week = timezone.localdate() + timedelta(days=7)
        billing.close(Reseller.objects.get(), week)
        (where / "closed").touch()
        return []

    printed, _ = make.in_parallel(lambda deed: deed(0), [read, close])
    assert isinstance(printed, list), printed
    return printed[:over] + printed[over + 1 :]
