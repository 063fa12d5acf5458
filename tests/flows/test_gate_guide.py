"""The guide of the gate holds: its commands answer what it shows, its lists are complete."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from config.errors import Refusal
from ota import demo
from tests.flows.guide import commands
from tests.flows.test_quickstart import OWN, as_shown, run
from ticketing import gate_errors, reconcile
from ticketing.models import Scan

GUIDE = Path(settings.BASE_DIR) / "docs" / "guides" / "gate.md"
MOMENTS = {"scan_id", "redeemed_at"}
# What the guide reads QR codes with, where this machine does not have it.
READER = """#!{python}
import sys, cv2, zxingcpp
(found,) = zxingcpp.read_barcodes(cv2.imread(sys.argv[-1], cv2.IMREAD_GRAYSCALE))
print(found.text)
"""


@pytest.fixture
def _reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that reads QR codes under the name that the guide calls."""
    if shutil.which("zbarimg"):
        return
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "zbarimg"
    program.write_text(READER.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_reader")
def test_the_guide_of_the_gate_answers_what_it_shows(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.flows.test_quickstart.OWN", OWN | MOMENTS)
    demo.seed(at=timezone.now())
    blocks = commands("gate", at=web)
    printed = run(blocks, tmp_path)

    assert len([block for block in blocks if block.kind]) >= 6
    for block, output in zip(blocks, printed, strict=True):
        if block.kind == "json":
            assert as_shown(json.loads(output), json.loads(block.shown)), (block.script, output)
        if block.kind == "text":
            assert output == block.shown, block.script
    assert list(Scan.objects.order_by("id").values_list("code", flat=True)) == [
        "", "entitlement_exhausted",
    ]  # fmt: skip
    assert list(reconcile.differences()) == []


def test_every_refusal_of_the_gate_is_explained() -> None:
    told = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", GUIDE.read_text()))
    kinds = [kind for kind in vars(gate_errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if kind.__module__ == gate_errors.__name__]
    codes = {kind.code for kind in ours if issubclass(kind, Refusal)}
    elsewhere = {"missing_scanner_key", "invalid_scanner_key", "scanner_revoked"}  # never at a gate
    assert codes - elsewhere - told == set()
    assert {"token_invalid", "wrong_token_type", "token_expired", "superseded_qr"} <= told
