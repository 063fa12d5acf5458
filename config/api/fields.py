"""Values as partners may send them: one JSON type each, nothing guessed, nothing dropped.

They are fields of the framework, so the schema shows what they ask for. `from_text` is the
way of a query string into the same field. Strings stand in texts and are offered here too.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers

from config.api.strict_field import StrictField
from config.api.texts import Email, Lines, Pattern, Phone, Text

__all__ = [
    "Amount",
    "Boolean",
    "Choice",
    "Date",
    "Email",
    "Integer",
    "Lines",
    "ListOf",
    "MapOf",
    "Moment",
    "Pattern",
    "Phone",
    "StrictField",
    "Text",
    "Uuid",
]

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Integer(StrictField, serializers.IntegerField):
    """A JSON integer, by default one that fits an integer column."""

    default_error_messages = {"wrong_type": "Send a JSON integer: no string, no fraction."}

    def __init__(self, *, min_value: int = -(2**31), max_value: int = 2**31 - 1, **options: Any):
        super().__init__(min_value=min_value, max_value=max_value, **options)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("wrong_type")
        return data

    def from_text(self, text: str) -> Any:
        return int(text) if _INTEGER.fullmatch(text) else text


class Amount(StrictField, serializers.DecimalField):
    """Money in major units: a JSON number, exact, at most two decimals."""

    default_error_messages = {
        "wrong_type": "Send a JSON number, not a string.",
        "max_decimal_places": "Send at most {max_decimal_places} decimals.",
        "max_digits": "Send at most {max_digits} digits.",
        "max_whole_digits": "Send at most {max_whole_digits} digits before the point.",
    }

    def __init__(self, *, max_digits: int = 12, decimal_places: int = 2, **options: Any):
        super().__init__(
            max_digits=max_digits, decimal_places=decimal_places, coerce_to_string=False, **options
        )

    # The framework's own takes blank strings for null.
    validate_empty_values = serializers.Field.validate_empty_values

    def to_internal_value(self, data: Any) -> Decimal:
        if type(data) is not int and type(data) is not Decimal:
            self.fail("wrong_type")
        return self.quantize(self.validate_precision(Decimal(data))) + 0  # no minus zero


class Boolean(StrictField, serializers.BooleanField):
    """true or false."""

    default_error_messages = {"wrong_type": "Send true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("wrong_type")
        return data

    def from_text(self, text: str) -> Any:
        return {"true": True, "false": False}.get(text, text)


class Choice(StrictField, serializers.ChoiceField):
    """One of a few strings, written exactly so."""

    default_error_messages = {
        "wrong_type": "Send a JSON string.",
        "invalid_choice": "Send one of: {choices}.",
    }

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str:
            self.fail("wrong_type")
        if data not in self.choice_strings_to_values:
            self.fail("invalid_choice", choices=", ".join(self.choice_strings_to_values))
        return self.choice_strings_to_values[data]


class Date(StrictField, serializers.DateField):
    """A calendar date, YYYY-MM-DD."""

    default_error_messages = {
        "wrong_type": "Send a JSON string.",
        "malformed": "Send a date as YYYY-MM-DD.",
        "no_such_date": "There is no such date.",
    }

    def to_internal_value(self, value: Any) -> date:
        if type(value) is not str:
            self.fail("wrong_type")
        if not _DATE.fullmatch(value):
            self.fail("malformed")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("no_such_date")


class Moment(StrictField, serializers.DateTimeField):
    """A point in time, ISO 8601 with its offset; comes out in UTC."""

    default_error_messages = {
        "wrong_type": "Send a JSON string.",
        "malformed": "Send a time with offset, such as 2026-02-18T09:30:00+08:00 (%2B in a query).",
        "no_such_date": "There is no such time.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        if type(value) is not str:
            self.fail("wrong_type")
        if not _MOMENT.fullmatch(value):
            self.fail("malformed")
        try:
            moment = datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("no_such_date")
        # A year of slack, so that no local clock runs out of the calendar.
        if not 1 < moment.year < 9999:
            self.fail("no_such_date")
        return moment


class Uuid(StrictField, serializers.UUIDField):
    """A UUID with its dashes."""

    default_error_messages = {
        "wrong_type": "Send a JSON string.",
        "malformed": "Send a UUID with dashes.",
    }

    def to_internal_value(self, data: Any) -> UUID:
        if type(data) is not str:
            self.fail("wrong_type")
        if not _UUID.fullmatch(data):
            self.fail("malformed")
        return UUID(data)


class ListOf(StrictField, serializers.ListField):
    """A JSON array; in a query `a,b` or the parameter repeated."""

    default_error_messages = {
        "wrong_type": "Send a JSON array.",
        "min_length": "Send at least {min_length} of these.",
        "max_length": "Send at most {max_length} of these.",
    }

    def __init__(self, child: serializers.Field, *, max_length: int = 1000, **options: Any):
        super().__init__(child=child, max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        if type(data) is not list:
            self.fail("wrong_type")
        return self.run_child_validation(data[: (self.max_length or 0) + 1])

    def from_texts(self, texts: Iterable[str]) -> list[Any]:
        """The JSON values all repetitions of a query parameter stand for."""
        child: Any = self.child
        return [child.from_text(piece) for text in texts for piece in text.split(",")]


class MapOf(StrictField, serializers.DictField):
    """A JSON object whose keys are data: short and printable."""

    default_error_messages = {
        "wrong_type": "Send a JSON object.",
        "invalid_key": "Keys have 1 to 64 printable ASCII characters.",
        "empty": "Send at least one of these, or leave the object out.",
        "max_length": "Send at most {max_length} of these.",
    }
    most = 100

    def __init__(self, child: serializers.Field, **options: Any):
        super().__init__(child=child, **options)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if type(data) is not dict:
            self.fail("wrong_type")
        if not data and not self.allow_empty:
            self.fail("empty")
        if len(data) > self.most:
            self.fail("max_length", max_length=self.most)
        if not all(0 < len(key) <= 64 and key.isascii() and key.isprintable() for key in data):
            self.fail("invalid_key")
        return self.run_child_validation(data)
