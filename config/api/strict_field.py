"""What every field of ours has in common."""

from typing import Any

from rest_framework import serializers

# Codes of what could not be read at all; every other code is about a value that was read.
MALFORMED = frozenset({"required", "null", "unknown_field", "wrong_type", "malformed", "repeated"})


class StrictField(serializers.Field):
    """What all of them have in common: messages that say what to send."""

    default_error_messages = {
        "required": "This must be sent.",
        "null": "This may not be null.",
        "wrong_type": "This has the wrong JSON type.",
        "malformed": "This cannot be read.",
        "min_value": "Must be at least {min_value}.",
        "max_value": "Must be at most {max_value}.",
        "min_length": "Must have at least {min_length} characters.",
        "max_length": "Must have at most {max_length} characters.",
    }

    def from_text(self, text: str) -> Any:
        """The JSON value a query parameter stands for."""
        return text
