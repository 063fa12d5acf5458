"""The finished schema put right: hooks that drf-spectacular runs over it, one after the other."""

from typing import Any

NULL = {"type": "object", "nullable": True, "enum": [None]}


def without_enum_ids(result: Any, **_: Any) -> Any:
    """Without `x-spec-enum-id`, which the generator notes for itself and nobody should read."""
    if isinstance(result, dict):
        return {
            name: without_enum_ids(each)
            for name, each in result.items()
            if name != "x-spec-enum-id"
        }
    return [without_enum_ids(each) for each in result] if isinstance(result, list) else result


def with_null_beside_references(result: Any, **_: Any) -> Any:
    """With null as an alternative: OpenAPI 3.0 knows no `nullable` beside a reference."""
    if isinstance(result, list):
        return [with_null_beside_references(each) for each in result]
    if not isinstance(result, dict):
        return result
    node = {name: with_null_beside_references(each) for name, each in result.items()}
    if node.get("nullable") and "allOf" in node:
        (reference,) = node.pop("allOf")
        del node["nullable"]
        node["oneOf"] = [reference, NULL]
    return node
