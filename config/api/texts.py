"""Strings as partners may send them: readable, in one normal form, nothing hidden in them."""

import re
import unicodedata
from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.strict_field import StrictField

# Control characters, line and paragraph separators, what turns the direction of writing or
# cannot be seen, and what stands for bytes that were no text. Joiners are letters' own
# business from Arabic to Sinhala, and a disguise elsewhere.
_BREAKS = "\t\n"
_CONTROLS = "\0-\x08\x0b-\x1f\x7f-\x9f"
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e007f"
)
_JOINER = "(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])"
_LINE = re.compile(f"[{_BREAKS}{_CONTROLS}{_UNSEEN}]|{_JOINER}")
_LINES = re.compile(f"[{_CONTROLS}{_UNSEEN}]|{_JOINER}")

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_LABEL}"
PHONE = r"\+?[0-9][0-9 ()-]{5,19}"


class Text(StrictField, serializers.CharField):
    """A string in any script, trimmed and in NFC, without characters one cannot see."""

    default_error_messages = {
        "wrong_type": "Send a JSON string.",
        "blank": "This may not be empty.",
        "forbidden_character": "Leave out control, bidirectional and invisible characters.",
    }
    forbidden = _LINE

    def __init__(self, *, max_length: int | None = 255, **options: Any):
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str:
            self.fail("wrong_type")
        return self.readable(data.strip() if self.trim_whitespace else data)

    def readable(self, text: str) -> str:
        """The text in NFC, refused where it hides something."""
        if text.isascii() and text.isprintable():
            return text
        if self.forbidden.search(text):
            self.fail("forbidden_character")
        return unicodedata.normalize("NFC", text)


class Lines(Text):
    """Text that may run over several lines."""

    forbidden = _LINES

    def readable(self, text: str) -> str:
        """The text with one kind of line break."""
        return super().readable(text.replace("\r\n", "\n"))


class Pattern(Text):
    """A string that matches an expression as a whole; nothing is trimmed."""

    default_error_messages = {"invalid": "Must match {pattern}."}

    def __init__(self, pattern: str, **options: Any):
        super().__init__(trim_whitespace=False, **options)
        message = self.error_messages["invalid"].format(pattern=pattern)
        # The anchors say fullmatch: $ alone would let a line feed pass.
        self.validators.append(RegexValidator(rf"\A(?:{pattern})\Z", message, code="invalid"))


@extend_schema_field({"type": "string", "format": "email"})
class Email(Pattern):
    """An e-mail address in ASCII, its domain in lower case."""

    default_error_messages = {"invalid": "Send an e-mail address in ASCII."}

    def __init__(self, **options: Any):
        super().__init__(EMAIL, **{"max_length": 254, **options})

    def to_internal_value(self, data: Any) -> str:
        local, at, domain = super().to_internal_value(data).rpartition("@")
        return f"{local}{at}{domain.lower()}"


class Phone(Pattern):
    """A phone number; kept as digits, with the plus if one was sent."""

    default_error_messages = {"invalid": "Send a phone number such as +852 9876 5432."}

    def __init__(self, **options: Any):
        super().__init__(PHONE, **{"max_length": 21, **options})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        return re.sub(r"[ ()-]", "", value) if isinstance(value, str) else value
