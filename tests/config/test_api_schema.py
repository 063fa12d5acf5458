"""The schema is valid OpenAPI 3.0.3 and says what the views and the HTTP ground do."""

from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import validate

from config.api.catalogue import catalogue

pytestmark = pytest.mark.urls("tests.config.api_site")

PROBLEM = "application/problem+json"


@pytest.fixture
def schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_it_is_valid_and_without_warnings(schema: dict[str, Any], tmp_path: Any) -> None:
    validate(schema)
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "o.yaml"))
    assert schema["openapi"] == "3.0.3"


def test_an_operation_is_named_and_described_by_its_view(schema: dict[str, Any]) -> None:
    post = schema["paths"]["/api/wishes"]["post"]
    assert (post["operationId"], post["summary"], post["description"]) == (
        "make_wish",
        "Make a wish",
        "It is echoed.",
    )
    assert post["tags"] == ["wishes"]
    assert post["security"] == [{"ApiKey": []}]
    assert post["responses"]["201"]["content"]["application/json"]["example"] == {
        "product_id": 106,
        "price": 288,
    }


def test_every_problem_a_caller_may_meet_is_listed(schema: dict[str, Any]) -> None:
    responses = schema["paths"]["/api/wishes"]["post"]["responses"]
    met = {
        status: sorted(response["content"][PROBLEM]["examples"])
        for status, response in responses.items()
        if status != "201"
    }
    assert met == {
        "400": ["malformed_json", "undeclared_body", "validation_failed_400"],
        "401": ["invalid_api_key", "missing_api_key"],
        "406": ["not_acceptable"],
        "409": ["out_of_seats"],
        "411": ["length_required"],
        "413": ["body_too_large"],
        "415": ["unsupported_media_type"],
        "422": ["validation_failed"],
        "500": ["internal_error"],
        "503": ["busy", "database_unavailable"],
    }


def test_requests_are_closed_and_answers_open(schema: dict[str, Any]) -> None:
    shapes = schema["components"]["schemas"]
    assert shapes["WishRequest"]["additionalProperties"] is False
    assert shapes["GuestRequest"]["additionalProperties"] is False
    assert "additionalProperties" not in shapes["Echo"]


def test_what_a_field_refuses_the_schema_shows(schema: dict[str, Any]) -> None:
    shown = schema["components"]["schemas"]["WishRequest"]["properties"]
    assert shown["quantity"] == {"type": "integer", "minimum": 1, "maximum": 100}
    assert shown["reference"]["pattern"] == "^(?:[A-Za-z0-9-]{1,20})$"
    assert (shown["price"]["type"], shown["price"]["minimum"]) == ("number", 0)
    assert shown["tags"]["maxItems"] == 3
    assert shown["kind"]["enum"] == ["adult", "child"]


def test_headers_are_shown_on_every_answer(schema: dict[str, Any]) -> None:
    responses = schema["paths"]["/api/wishes"]["post"]["responses"]
    assert {"X-Request-Id"} == set.intersection(
        *(set(each["headers"]) for each in responses.values())
    )
    assert "Retry-After" in responses["503"]["headers"]
    assert "WWW-Authenticate" in responses["401"]["headers"]


def test_paging_is_shown_in_parameters_and_answer(schema: dict[str, Any]) -> None:
    get = schema["paths"]["/api/users"]["get"]
    named = {each["name"] for each in get["parameters"]}
    assert named == {"page", "limit", "page_size", "cursor", "ids", "kind"}
    shape = schema["components"]["schemas"]["UserRowList"]["properties"]
    assert set(shape) == {"users", "total_count", "page", "page_size", "next_cursor"}


def test_the_catalogue_tells_every_code_what_to_do() -> None:
    entries = catalogue()
    assert entries["out_of_seats"].status == 409
    assert entries["out_of_seats"].meaning == "Fewer seats are left than were asked for."
    for code in ("validation_failed", "not_found", "permission_denied", "busy", "rate_limited"):
        assert entries[code].remedy
    assert list(entries) == sorted(entries)
