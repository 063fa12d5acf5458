"""What every request passes: it gets a name, its path must be readable, its answer measured."""

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from structlog.contextvars import bind_contextvars, clear_contextvars

from config.api.problems import answer
from config.errors import NotFound

ACCEPTED = re.compile("[A-Za-z0-9_-]{8,64}")
Handler = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: Handler) -> Handler:
    """Every request has an id, the caller's or ours: in every log line and every answer."""

    def named(request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        name = given if ACCEPTED.fullmatch(given) else secrets.token_hex(16)
        request.request_id = name  # type: ignore[attr-defined]
        clear_contextvars()
        bind_contextvars(request_id=name)
        response = get_response(request)
        response.headers["X-Request-Id"] = name
        return response

    return named


def request_id_of(request: HttpRequest | Request) -> str:
    """The name this request was given."""
    return getattr(request, "request_id", "")


def printable_path(get_response: Handler) -> Handler:
    """Nothing of ours is called by control characters, nor may the database see them."""

    def readable(request: HttpRequest) -> HttpResponse:
        if request.path_info.isprintable():
            return get_response(request)
        return answer(request, NotFound())

    return readable


def content_length(get_response: Handler) -> Handler:
    """An answer that is known as a whole says how long it is, and need not come in chunks."""

    def measured(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.streaming and response.status_code not in (204, 304):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return measured
