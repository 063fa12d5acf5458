"""The guide of pre-made tickets holds: its commands answer what it shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from ota import demo
from tests import make
from tests.flows.guide import FENCE, commands
from tests.flows.test_quickstart import OWN, as_shown, run
from tests.ota.test_bulk_api import wish
from tests.partner_program import expect, program
from ticketing import reconcile

GUIDE = Path(settings.BASE_DIR) / "docs" / "guides" / "pre-made-tickets.md"
MOMENTS = {"batch_id", "generated_at", "activated_at", "cancelled_at"}


@pytest.mark.django_db(transaction=True)
def test_the_guide_of_pre_made_tickets_answers_what_it_shows(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.flows.test_quickstart.OWN", OWN | MOMENTS)
    demo.seed(at=timezone.now())
    blocks = commands("pre-made-tickets", at=web)
    printed = run(blocks, tmp_path)

    assert len([block for block in blocks if block.kind]) >= 9
    for block, output in zip(blocks, printed, strict=True):
        if block.kind == "json":
            assert as_shown(json.loads(output), json.loads(block.shown)), (block.script, output)
        if block.kind == "text":
            assert output == block.shown, block.script
    assert list(reconcile.differences()) == []


@pytest.mark.django_db
def test_the_batch_for_a_reseller_is_taken_as_it_is_shown() -> None:
    (request,) = [text for kind, text in FENCE.findall(GUIDE.read_text()) if kind == "http"]
    body = request.removeprefix("POST /api/ota/tickets/bulk-generate\n\n")
    shown: dict[str, Any] = json.loads(body)
    mine, product = program(), make.product(500)
    harbour = make.reseller(mine.owner, reseller_code="HARBOUR")
    asked = wish(product.pk, **{**shown, "product_id": product.pk})
    made = expect(201, mine.post("tickets/bulk-generate", asked))
    assert (made["reseller_id"], made["total_generated"]) == (harbour.pk, 500)


def test_the_figures_of_the_guide_are_those_of_the_settings() -> None:
    assert settings.BATCH_DAYS == {"direct_sale": 7, "reseller_batch": 30}
    assert settings.ENFORCE_BATCH_EXPIRY is False
    assert "7 days, or 30 for a reseller's batch" in GUIDE.read_text()
