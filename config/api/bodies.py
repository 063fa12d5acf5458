"""The bytes of a request: declared, in one piece, not too many."""

from typing import Any, cast

from django.http import HttpRequest, UnreadablePostError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from config.api.parsing import parse
from config.api.refusals import (
    BodyTooLarge,
    Issue,
    LengthRequired,
    MalformedJson,
    UndeclaredBody,
    UnsupportedMediaType,
)

MAX_BODY = 256 * 1024
JSON = "application/json"
DECLARED = (JSON, "application/json; charset=utf-8", "application/json;charset=utf-8")


def raw_body(request: HttpRequest | Request) -> bytes:
    """The body as it was sent, at most `max_body` of the view (else 256 KiB), read once.

    Whoever needs the bytes themselves, to sign or to compare them, asks here
    first: Django's own limit knows no view.
    """
    plain = _plain(request)
    if not hasattr(plain, "_body"):
        _refuse_size(plain, _limit(request))
        plain._body = _received(plain)
    return cast(bytes, plain._body)


def json_body(request: HttpRequest | Request) -> bytes:
    """The body where it is declared as JSON, and b"" where there is none."""
    raw = raw_body(request)
    if raw:
        _refuse_declaration(_plain(request).META)
    return raw


def _plain(request: HttpRequest | Request) -> Any:
    return getattr(request, "_request", request)


def _limit(request: HttpRequest | Request) -> int:
    context = getattr(request, "parser_context", None) or {}
    return getattr(context.get("view"), "max_body", MAX_BODY)


def _refuse_size(plain: HttpRequest, limit: int) -> None:
    length = plain.META.get("CONTENT_LENGTH") or "0"
    if plain.META.get("HTTP_TRANSFER_ENCODING") and length == "0":
        raise LengthRequired
    if len(length) > 20 or not length.isdecimal() or int(length) > limit:
        raise BodyTooLarge(f"At most {limit} bytes are read here.")


def _received(plain: HttpRequest) -> bytes:
    try:
        return plain.read()
    except UnreadablePostError:
        raise MalformedJson([Issue((), "malformed_json", "The body ended early.")]) from None


def _refuse_declaration(meta: dict[str, str]) -> None:
    if meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body without Content-Encoding.")
    declared = meta.get("CONTENT_TYPE", "")
    if declared in DECLARED:
        return
    if not declared:
        raise UndeclaredBody("Send Content-Type: application/json with the body.")
    kind, _, parameter = declared.lower().replace(" ", "").partition(";")
    if kind != JSON or parameter.strip('"') not in ("", "charset=utf-8", 'charset="utf-8'):
        raise UnsupportedMediaType("Send Content-Type: application/json in UTF-8.")


class StrictJSONParser(BaseParser):
    """Makes `request.data` what read() reads, for whoever asks the framework instead."""

    media_type = JSON

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        """The object in the body."""
        return parse(json_body(parser_context["request"]))
