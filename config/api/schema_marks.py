"""What the schema generator notes for itself and nobody else should read."""

from typing import Any


def without_enum_ids(result: Any, **_: Any) -> Any:
    """The finished schema without `x-spec-enum-id`; a postprocessing hook of drf-spectacular."""
    if isinstance(result, dict):
        return {
            name: without_enum_ids(each)
            for name, each in result.items()
            if name != "x-spec-enum-id"
        }
    return [without_enum_ids(each) for each in result] if isinstance(result, list) else result
