"""The published schema: valid, complete, with examples that are true, and the one in docs/."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from django.conf import settings
from django.test import Client
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator

from config.api.catalogue import catalogue
from ota.pages import schema

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
COMMITTED_FOR = "http://127.0.0.1:8000"  # the default address
WRITE_IT = "DEBUG=1 .venv/bin/python manage.py spectacular --file docs/openapi.yaml"
DOCUMENT = schema.document()
PROBLEM = "application/problem+json"
SCHEMES = {
    "/api/ota/": "ApiKeyAuth",
    "/api/orders": "BearerAuth",
    "/payments/": "PaymentSignature",
    "/qr/": "ApiKeyAuth",
    "/venue/": "ScannerKeyAuth",
}
PAGE = "/qr/verify"  # for everybody, and no JSON


class Told(NamedTuple):
    """One operation of the schema."""

    method: str
    path: str
    operation: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def scheme(self) -> str:
        """The credentials it asks for; "" where anybody may call."""
        if self.path == PAGE:
            return ""
        return next((name for path, name in SCHEMES.items() if self.path.startswith(path)), "")

    @property
    def answer(self) -> tuple[str, dict[str, Any]]:
        """The status and the description of the one answer that is no refusal."""
        ((status, answer),) = [
            each for each in self.operation["responses"].items() if each[0].startswith("2")
        ]
        return status, answer

    @property
    def problems(self) -> dict[str, dict[str, Any]]:
        responses = self.operation["responses"].items()
        return {status: answer for status, answer in responses if status >= "4"}


OPERATIONS = [
    Told(method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
every_operation = pytest.mark.parametrize("told", OPERATIONS, ids=str)
every_operation_in_json = pytest.mark.parametrize(
    "told", [told for told in OPERATIONS if told.path != PAGE], ids=str
)


def test_it_is_valid_openapi_3_0_3() -> None:
    assert DOCUMENT["openapi"] == "3.0.3"
    assert [error.message for error in OpenAPIV30SpecValidator(DOCUMENT).iter_errors()] == []


def test_the_file_in_docs_is_what_the_code_says() -> None:
    committed = COMMITTED.read_text(encoding="utf-8")
    here = committed.replace(COMMITTED_FOR, settings.PUBLIC_BASE_URL)
    assert yaml.load(here, yaml.CSafeLoader) == DOCUMENT, f"Write it anew: {WRITE_IT}"


def test_it_is_served_as_json_and_as_yaml(client: Client) -> None:
    as_json, as_yaml = client.get("/openapi.json"), client.get("/openapi.yaml")
    assert as_json.headers["Content-Type"] == "application/json"
    assert as_yaml.headers["Content-Type"] == "application/yaml"
    assert as_json.json() == yaml.load(as_yaml.content, yaml.CSafeLoader) == DOCUMENT


def test_a_reader_who_has_it_is_not_sent_it_again(client: Client) -> None:
    first = client.get("/openapi.json")
    again = client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_security_schemes_have_their_published_names() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    facts = {name: (each["type"], each.get("name")) for name, each in schemes.items()}
    assert facts == {
        "ApiKeyAuth": ("apiKey", "x-api-key"),
        "BearerAuth": ("http", None),
        "PaymentSignature": ("apiKey", "X-Payment-Signature"),
        "ScannerKeyAuth": ("apiKey", "x-scanner-key"),
    }


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [told.operation["operationId"] for told in OPERATIONS]
    assert len(names) == len(set(names)) > 10
    assert [name for name in names if not re.fullmatch("[a-z]+(_[a-z]+)+", name)] == []


@every_operation
def test_an_operation_says_what_it_is_and_who_may_call_it(told: Told) -> None:
    described = {each["name"] for each in DOCUMENT["tags"]}
    assert set(told.operation["tags"]) <= described
    assert ("OTA Integration" in told.operation["tags"]) == told.path.startswith("/api/ota/")
    assert told.operation["summary"]
    assert told.operation["description"]
    security = [[*scheme] for scheme in told.operation.get("security", [])]
    by_token = [["BearerAuth"]] if told.scheme and told.path.startswith("/qr/") else []
    assert security == ([[told.scheme], *by_token] if told.scheme else [])


@every_operation_in_json
def test_an_operation_has_true_examples(told: Told) -> None:
    status, answer = told.answer
    bodies = [told.operation["requestBody"]] if told.method == "POST" else []
    bodies += [answer] if status != "204" else []
    assert status != "204" or "content" not in answer
    for body in bodies:
        media = body["content"]["application/json"]
        assert faults(media["schema"], media["example"]) == []


def test_the_page_for_everybody_announces_pages_and_asks_for_no_key() -> None:
    (told,) = [told for told in OPERATIONS if told.path == PAGE]
    assert told.operation.get("security", [{}]) == [{}]
    kinds = [[*each["content"]] for each in told.operation["responses"].values()]
    assert kinds == [["text/html; charset=utf-8"]] * 5


@every_operation_in_json
def test_an_operation_shows_every_refusal_as_a_problem(told: Told) -> None:
    assert {"500", "503", *(["401"] if told.scheme else [])} <= told.problems.keys()
    for status, answer in told.problems.items():
        media = answer["content"][PROBLEM]
        assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
        shown = [resolved(example)["value"] for example in media["examples"].values()]
        assert shown
        assert {str(problem["status"]) for problem in shown} == {status}


def test_every_example_of_a_problem_is_one_and_leads_to_its_page(client: Client) -> None:
    examples = DOCUMENT["components"]["examples"].values()
    assert len(examples) > 20
    for problem in (example["value"] for example in examples):
        assert faults({"$ref": "#/components/schemas/Problem"}, problem) == []
        assert problem["code"] in catalogue()
        page = problem["type"].removeprefix(settings.PUBLIC_BASE_URL)
        assert client.get(page).status_code == 200


def test_no_description_speaks_to_us_instead_of_partners() -> None:
    told = [text for text in descriptions(DOCUMENT) if "One instance serves" in text]
    assert told == []


def test_an_untrue_example_is_found() -> None:
    schema_of = {"$ref": "#/components/schemas/ReservationRequest"}
    assert faults(schema_of, {"product_id": 106, "quantity": 2}) == []
    assert faults(schema_of, {"product_id": 106, "quantity": "2"}) != []
    assert faults(schema_of, {"product_id": 106, "quantity": 2, "colour": "red"}) != []


def faults(of: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value; a key the schema does not name is a fault everywhere."""
    components = {"schemas": closed(DOCUMENT["components"]["schemas"])}
    whole = {"allOf": [of], "components": components}
    validator = OAS30Validator(whole, format_checker=oas30_format_checker)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def closed(node: Any) -> Any:
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    result = {name: closed(each) for name, each in node.items()}
    if isinstance(result.get("properties"), dict):
        result.setdefault("additionalProperties", False)
    return result


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    found: Any = DOCUMENT
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def descriptions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("description"), str):
            yield node["description"]
        for each in node.values():
            yield from descriptions(each)
    if isinstance(node, list):
        for each in node:
            yield from descriptions(each)
