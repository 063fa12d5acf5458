"""Values into compact JSON, and the choice of who does it."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_CENT = Decimal("0.01")


def money(amount: Decimal) -> int | float:
    """An amount as partners see it: 288, 318.5; rounded to the cent, halves up."""
    return _plain_number(amount.quantize(_CENT, ROUND_HALF_UP))


def _plain_number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _plain_number(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON.")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
)


class Encoded(bytes):
    """JSON that is written already; it may be a value of the object that is answered."""


def encode(value: Any) -> bytes:
    """JSON in UTF-8: decimals as numbers, moments with the offset of Hong Kong."""
    if isinstance(value, dict) and any(isinstance(each, Encoded) for each in value.values()):
        return b"{%s}" % b",".join(encode(name) + b":" + encode(value[name]) for name in value)
    return value if isinstance(value, Encoded) else _ENCODER.encode(value).encode()


class JSONRenderer(BaseRenderer):
    """What every JSON endpoint answers with."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of the body, none for None."""
        if isinstance(renderer_context, dict):
            # The framework ties the answer to itself here, until the collector comes by.
            renderer_context.pop("response", None)
        return b"" if data is None else encode(data)


class Negotiation(DefaultContentNegotiation):
    """The framework's own choice, without the search where nothing is to choose."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """The renderer and the media type to answer with."""
        accepted = request.META.get("HTTP_ACCEPT", "*/*")
        first = renderers[0]
        if accepted == "*/*" or accepted == first.media_type:
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)
