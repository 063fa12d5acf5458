"""The guide of operations holds: what it has partners and staff type does what it says."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from tests import make, partner_program
from tests.flows.guide import Command, commands
from tests.flows.test_quickstart import run

THEIRS = "https://tickets.example.com"


@pytest.mark.django_db(transaction=True)
def test_the_guide_of_operations_leads_to_a_first_call_and_to_clean_books(
    web: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make.product(ota=10)
    first_call, books = commands("operations", at=web)
    script = first_call.script.replace(THEIRS, web)
    (printed,) = run(
        [Command(script.replace("THE-KEY", partner_program.program().key or ""))], tmp_path
    )

    assert list(json.loads(printed)["available_quantities"].values()) == [10]
    python, manage, command = books.script.split()
    assert (python, manage) == ("python", "manage.py")
    call_command(command)  # ends with an error where the books differ
    assert "no difference" in capsys.readouterr().out.lower()
