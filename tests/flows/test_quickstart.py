"""The quickstart holds: its own commands, in its own order, answer what it shows."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ota import demo
from tests.flows.guide import Command, as_one_script, commands
from ticketing import reconcile
from ticketing.models import Order

# What is another one in every run. All else has to be as the page says.
OWN = {
    "reservation_id", "order_id", "ticket_code", "confirmation_code", "request_id",
    "reserved_until", "expires_at", "created_at", "confirmed_at", "access", "refresh",
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_quickstart_answers_what_it_shows(web: str, tmp_path: Path) -> None:
    demo.seed(at=timezone.now())
    blocks = commands("quickstart", at=web)
    printed = run(blocks, tmp_path)

    shown = [block for block in blocks if block.kind]
    assert len(shown) >= 12
    for block, output in zip(blocks, printed, strict=True):
        if block.kind == "json":
            assert as_shown(json.loads(output), json.loads(block.shown)), (block.script, output)
        if block.kind == "text":
            assert output == block.shown, block.script

    images = sorted((tmp_path / "gangway-quickstart").glob("CRUISE-*.png"))
    assert [image.read_bytes()[:8] for image in images] == [b"\x89PNG\r\n\x1a\n"] * 2
    assert sorted(Order.objects.values_list("status", flat=True)) == ["CONFIRMED", "CONFIRMED"]
    assert list(reconcile.differences()) == []


def run(blocks: list[Command], folder: Path) -> list[str]:
    """What each block printed, all in one bash as a reader has it."""
    out = folder / "printed"
    out.mkdir()
    done = subprocess.run(
        ["bash", "-c", as_one_script(blocks)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "OUT": str(out), "LC_ALL": "C.UTF-8", "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [(out / str(n)).read_text(encoding="utf-8") for n in range(len(blocks))]


def as_shown(given: Any, shown: Any) -> bool:
    """Equal but for what is new in every run; the page may shorten a list, and a text by `…`."""
    if isinstance(shown, dict):
        return given.keys() == shown.keys() and all(
            (name in OWN and type(given[name]) is type(value)) or as_shown(given[name], value)
            for name, value in shown.items()
        )
    if isinstance(shown, list) and isinstance(given, list):
        pairs = list(zip(given, shown, strict=False))
        return len(pairs) == len(shown) and all(as_shown(*pair) for pair in pairs)
    if isinstance(shown, str) and shown.endswith("…"):
        return isinstance(given, str) and given.startswith(shown.removesuffix("…"))
    return given == shown


def test_another_value_another_field_and_a_missing_row_are_not_as_shown() -> None:
    shown = {"order_id": "ORD-1", "status": "PAID", "tickets": [{"price": 288}]}
    assert as_shown({**shown, "order_id": "ORD-2", "tickets": [{"price": 288}, {}]}, shown)
    assert not as_shown({**shown, "status": "OPEN"}, shown)
    assert not as_shown({**shown, "order_id": 2}, shown)
    assert not as_shown({**shown, "batch_id": None}, shown)
    assert not as_shown({**shown, "tickets": []}, shown)
    assert as_shown("data:image/png;base64,AB", "data:image/png;base64,A…")
    assert not as_shown("data:image/png;base64,BA", "data:image/png;base64,A…")
