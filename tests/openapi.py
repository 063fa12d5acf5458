"""Every answer of a test run is held to what the OpenAPI document says of it."""

import functools
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from django.urls import Resolver404, resolve
from drf_spectacular.generators import SchemaGenerator
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from config.api.catalogue import catalogue

PROBLEM = "application/problem+json"
OURS = ("/api/", "/payments/", "/qr/", "/venue/")
PAGE = "/qr/verify"
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
_ONE_AT_A_TIME = threading.Lock()
_RATE_LIMIT = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


@dataclass(frozen=True)
class Answer:
    """What came back, over whatever way; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The stable code of a problem, "" of anything else."""
        return self.json()["code"] if self.is_problem else ""

    @property
    def is_problem(self) -> bool:
        return self.headers.get("content-type") == PROBLEM

    @property
    def places(self) -> list[tuple[str, str]]:
        """(pointer, code) of each input error of a problem."""
        return [(each["pointer"], each["code"]) for each in self.json().get("errors", [])]


def document() -> dict[str, Any]:
    """The schema as it is published."""
    with _ONE_AT_A_TIME:  # threads that ask first together would disturb the generator
        return _document()


@functools.cache
def _document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(public=True)


@functools.cache
def operation(template: str, method: str) -> dict[str, Any] | None:
    return document()["paths"].get(template, {}).get(method.lower())


def template_of(path: str) -> str | None:
    """`/api/ota/orders/{order_id}` for a path of an order; None where nothing is served."""
    try:
        match = resolve(unquote(path.partition("?")[0]))
    except Resolver404:
        return None
    return "/" + _CONVERTER.sub(r"{\1}", match.route)


def expect_documented(method: str, path: str, answer: Answer) -> None:
    """Assert that the schema announces this answer: status, media type, body, code, headers."""
    _expect_sound_headers(answer)
    if answer.status >= 400 and path.startswith(OURS) and not path.startswith(PAGE):
        _expect_problem(path, answer)
    template = template_of(path)
    # HEAD is GET without a body.
    said = template and operation(template, "GET" if method == "HEAD" else method)
    if said:
        _expect_announced(f"{method} {template}", said, answer, is_head=method == "HEAD")


def _expect_sound_headers(answer: Answer) -> None:
    headers = answer.headers
    assert re.fullmatch("[A-Za-z0-9_-]{8,64}", headers["x-request-id"])
    assert answer.status != 500 or answer.code == "qr_not_configured", answer.body
    if answer.status == 401:
        assert headers["www-authenticate"]
    if answer.status in (429, 503):
        assert int(headers["retry-after"]) >= 1
    for name in _RATE_LIMIT:
        assert headers.get(name, "0").isdecimal()


@functools.cache
def known_codes() -> frozenset[str]:
    return frozenset(catalogue())


def _expect_problem(path: str, answer: Answer) -> None:
    assert answer.is_problem, (answer.status, answer.headers, answer.body[:200])
    if not answer.body:  # of a HEAD
        return
    problem = answer.json()
    _expect_valid(_resolved({"$ref": "#/components/schemas/Problem"}), problem)
    assert problem["status"] == answer.status
    assert problem["code"] in known_codes()
    assert problem["type"].endswith(f"/docs/errors/{problem['code']}")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert unquote(problem["instance"]) == unquote(path.partition("?")[0]) or "%" in path


def _expect_announced(
    name: str, said: dict[str, Any], answer: Answer, *, is_head: bool = False
) -> None:
    responses = said["responses"]
    assert str(answer.status) in responses, f"{name} does not announce {answer.status}"
    media = responses[str(answer.status)].get("content", {})
    if is_head or not media:
        assert answer.body == b"", f"{name} announces no body with {answer.status}"
        return
    kind = answer.headers["content-type"]
    assert kind in media, f"{name} does not announce {kind} with {answer.status}"
    if kind.startswith(("text/html", "text/csv")):
        return
    _expect_valid(media[kind]["schema"], answer.json())
    if answer.is_problem:
        announced = _codes(media[kind])
        assert answer.code in announced, f"{name} does not announce {answer.code}"


def _codes(media: dict[str, Any]) -> set[str]:
    examples = media["examples"].values()
    return {_resolved(example)["value"]["code"] for example in examples}


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    found: Any = document()
    if "$ref" not in node:
        return node
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _expect_valid(schema: dict[str, Any], value: Any) -> None:
    errors = [
        f"{error.json_path}: {error.message}"
        for error in _validator(json.dumps(schema)).iter_errors(value)
    ]
    assert errors == []


@functools.cache
def _validator(schema: str) -> OAS30Validator:
    components = {"schemas": _closed(document()["components"]["schemas"])}
    return OAS30Validator(
        {"allOf": [json.loads(schema)], "components": components},
        format_checker=oas30_format_checker,
    )


def _closed(node: Any) -> Any:
    """The same schemas, but nothing may be answered that is not announced."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {name: _closed(each) for name, each in node.items()}
    if isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed
