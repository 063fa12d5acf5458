"""Requests that nobody thought of, made of the schema: no answer is undocumented, none is a 5xx."""

from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as chosen
from rest_framework.response import Response
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from tests import fuzzing, make
from tests.ota.routes import is_for_partners

EXAMPLES = 3
QUIETLY = chosen(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.django_db
def test_no_request_made_of_the_schema_gets_an_answer_that_it_does_not_announce() -> None:
    asked = 0
    for operation in fuzzing.schema().get_all_operations():
        known = operation.ok()
        if is_for_partners(known.path):
            for mode in GenerationMode:
                asked += _ask(known, mode)
    assert asked >= 100


def _ask(operation: Any, mode: GenerationMode) -> int:
    """How many requests of an operation were answered as announced."""
    _, key = make.api_key(make.partner(rate_limit=1000))
    through, sent = fuzzing.session(), []

    @seed(8)
    @QUIETLY
    @given(operation.as_strategy(mode))
    def ask(case: Any) -> None:
        sent.append(case)
        headers = {"x-api-key": key}
        fuzzing.check(case, base_url=settings.PUBLIC_BASE_URL, headers=headers, through=through)

    ask()
    return len(sent)


@pytest.mark.django_db
def test_an_answer_that_the_schema_does_not_announce_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (listing,) = [
        each.ok()
        for each in fuzzing.schema().get_all_operations()
        if each.ok().label == "GET /api/ota/batches"
    ]
    monkeypatch.setattr("ota.api.batches.BatchesView.get", lambda *_: Response({"batches": 1}))
    with pytest.raises(FailureGroup, match="Response violates schema"):
        _ask(listing, GenerationMode.POSITIVE)
