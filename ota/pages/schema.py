"""The OpenAPI schema of this process: made of the code, so made once."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from config.api.problems import MEDIA_TYPE


class Operation(NamedTuple):
    """One operation that a code may be met at; `anchor` is its place in the reference."""

    method: str
    path: str
    summary: str
    status: str
    anchor: str


@cache
def document() -> dict[str, Any]:
    """The schema with every operation anybody may call."""
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def as_json() -> bytes:
    return OpenApiJsonRenderer().render(document(), renderer_context={})


@cache
def as_yaml() -> bytes:
    return OpenApiYamlRenderer().render(document(), renderer_context={})


def example_of(code: str) -> dict[str, Any] | None:
    """The problem that the schema shows for a code; None where no operation answers it."""
    examples = document()["components"]["examples"]
    return examples.get(code, {}).get("value")


def operations_with(code: str) -> list[Operation]:
    """The operations that may answer a code, by path."""
    return _operations_by_code()[code]


@cache
def _operations_by_code() -> defaultdict[str, list[Operation]]:
    found: defaultdict[str, list[Operation]] = defaultdict(list)
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            for status, code in _codes(operation):
                found[code].append(_operation(path, method, operation, status))
    return found


def _codes(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for status, response in operation["responses"].items():
        examples = response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
        for name in examples:
            yield status, name.removesuffix(f"_{status}")


def _operation(path: str, method: str, operation: dict[str, Any], status: str) -> Operation:
    tag = operation["tags"][0].replace(" ", "%20")
    anchor = f"#/{tag}/{operation['operationId']}"
    return Operation(method.upper(), path, operation["summary"], status, anchor)
