"""Serializers that take what they name and nothing else, and say where they refused."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import SkipField, empty
from rest_framework.settings import api_settings

from config.api.refusals import Issue, Path
from config.api.strict_field import MALFORMED, StrictField


class Strict(StrictField, serializers.Serializer):
    """The shape of a JSON object: declared keys, their fields, nothing else.

    One instance serves every request, so `validate` may look at its argument only.
    It runs once every field is right. `raise ValidationError(detail, code)` in it is
    about the whole object, `raise refused("name", detail, code)` about one field; both
    count as well formed but not acceptable, unless the code is one of strict_field.MALFORMED.
    """

    default_error_messages = {
        "wrong_type": "Send a JSON object.",
        "unknown_field": "There is no such field here.",
    }

    @cached_property
    def inputs(self) -> dict[str, serializers.Field]:
        """The fields by the names a client sends."""
        return {name: field for name, field in self.fields.items() if not field.read_only}

    def run_validation(self, data: Any = empty) -> Any:
        """The checked values, or ValidationError whose detail mirrors the object."""
        is_empty, data = self.validate_empty_values(data)
        return data if is_empty else self.validate(self.to_internal_value(data))

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if type(data) is not dict:
            self.fail("wrong_type")
        errors = {} if data.keys() <= self.inputs.keys() else self._unknown(data)
        values: dict[str, Any] = {}
        for name, field in self.inputs.items():
            try:
                values[field.source or name] = field.run_validation(data.get(name, empty))
            except ValidationError as error:
                errors[name] = error.detail
            except SkipField:
                pass
        if errors:
            raise ValidationError(errors)
        return values

    def _unknown(self, data: dict[str, Any]) -> dict[str, Any]:
        message = str(self.error_messages["unknown_field"])
        unknown = data.keys() - self.inputs.keys()
        return {name: [ErrorDetail(message, "unknown_field")] for name in sorted(unknown)}


def refused(name: str, detail: str, code: str) -> ValidationError:
    """What `validate` raises about one field."""
    return ValidationError({name: [ErrorDetail(detail, code)]})


def issues(error: ValidationError) -> list[Issue]:
    """Every place a ValidationError is about."""
    return list(_flattened(error.detail, ()))


def _flattened(detail: Any, path: Path) -> Iterator[Issue]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            whole = key == api_settings.NON_FIELD_ERRORS_KEY
            yield from _flattened(inner, path if whole else (*path, key))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flattened(inner, path)
    else:
        code = getattr(detail, "code", "invalid")
        yield Issue(path, code, str(detail), code in MALFORMED)
