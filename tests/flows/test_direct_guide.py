"""The guide of the direct channel holds: its commands answer what it shows."""

import json
from pathlib import Path

import pytest
from django.conf import settings as product
from django.utils import timezone

from ota import demo
from tests.flows.guide import commands
from tests.flows.test_quickstart import as_shown, run
from tests.flows.web import web_server
from ticketing import reconcile
from ticketing.models import Order


@pytest.mark.django_db(transaction=True)
def test_the_guide_of_the_direct_channel_answers_what_it_shows(tmp_path: Path) -> None:
    demo.seed(at=timezone.now())
    secrets = {"PAYMENT_SECRET": demo.DIRECT_PAYMENT_SECRET}
    with web_server(tmp_path, **secrets) as url:
        blocks = commands("direct-channel", at=url)
        printed = run(blocks, tmp_path)

    assert len([block for block in blocks if block.kind]) >= 7
    for block, output in zip(blocks, printed, strict=True):
        if block.kind == "json":
            assert as_shown(json.loads(output), json.loads(block.shown)), (block.script, output)
        if block.kind == "text":
            assert output == block.shown, block.script

    assert sorted(Order.objects.values_list("status", flat=True)) == ["CANCELLED", "CONFIRMED"]
    assert list(reconcile.differences()) == []


def test_the_figures_of_the_guide_are_those_of_the_settings() -> None:
    text = (Path(product.BASE_DIR) / "docs" / "guides" / "direct-channel.md").read_text()
    for name in ("ADDRESS", "LOGIN", "CUSTOMER"):
        setting = f"{name}_REQUESTS_PER_MINUTE"
        assert f"| {getattr(product, setting)} | `{setting}` |" in text
    assert (product.DIRECT_HOLD_MINUTES, product.DIRECT_MAX_UNITS) == (30, 20)
    assert (product.LOGIN_ATTEMPTS, product.LOGIN_ATTEMPTS_ANYWHERE) == (10, 100)
    assert product.LOGIN_LOCK_MINUTES == 15
    assert product.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"].total_seconds() == 15 * 60
    assert product.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"].days == 14
