"""The OpenAPI schema of this process: made of the code, so made once."""

from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from config.api.problems import MEDIA_TYPE


class Operation(NamedTuple):
    """One operation that may answer a code, with which statuses; `anchor` in the reference."""

    method: str
    path: str
    summary: str
    statuses: list[str]
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
    """The operations that may answer a code, in the order of the schema."""
    return _operations_by_code()[code]


@cache
def _operations_by_code() -> defaultdict[str, list[Operation]]:
    found: defaultdict[str, list[Operation]] = defaultdict(list)
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            for code, statuses in _statuses_by_code(operation).items():
                found[code].append(_operation(path, method, operation, statuses))
    return found


def _statuses_by_code(operation: dict[str, Any]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for status, response in operation["responses"].items():
        examples = response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
        for name in examples:
            found[name.removesuffix(f"_{status}")].append(status)
    return found


def _operation(path: str, method: str, operation: dict[str, Any], statuses: list[str]) -> Operation:
    tag = operation["tags"][0].replace(" ", "%20")
    anchor = f"#/{tag}/{operation['operationId']}"
    return Operation(method.upper(), path, operation["summary"], statuses, anchor)
