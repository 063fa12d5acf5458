"""A check for schemathesis, by name: SCHEMATHESIS_HOOKS=tests.fuzzing_check. Knows no Django."""

from typing import Any

import schemathesis
from schemathesis.checks import load_all_checks

load_all_checks()

from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

# What no schema says of a value: which characters are invisible, that `{}` names nobody, what
# a ticket code looks like.
BEYOND_A_SCHEMA = {"forbidden_character", "empty", "blank", "malformed"}


@schemathesis.check
def accepted_or_documented(ctx: Any, response: Any, case: Any) -> None:
    """What fits the schema is accepted, or declined for a reason that the schema cannot hold."""
    if response.status_code == 422:
        return
    codes = {each["code"] for each in _errors(response)}
    if response.status_code != 400 or not codes or codes - BEYOND_A_SCHEMA:
        positive_data_acceptance(ctx, response, case)


def _errors(response: Any) -> list[dict[str, str]]:
    try:
        told = response.json()
    except ValueError:
        return []
    return told.get("errors", []) if isinstance(told, dict) else []
