"""What every request passes: it gets a name, its path must be readable, its answer measured."""

import re
import secrets
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from rest_framework.request import Request
from structlog.contextvars import bind_contextvars, clear_contextvars

from config.api.problems import answer
from config.errors import NotFound

REFUSED_UNREAD = frozenset({403, 429, 503})
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


def body_to_the_end(get_response: Handler) -> Handler:
    """Whoever we know hears why, even if we had no need to read what was sent.

    A server that answers and hangs up while the client is still sending is a broken
    connection to that client, not an answer. Strangers (401, 404) are not waited for.
    """

    def heard(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code in REFUSED_UNREAD and not request._read_started:  # type: ignore[attr-defined]
            with suppress(UnreadablePostError):
                request.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return response

    return heard


def content_length(get_response: Handler) -> Handler:
    """An answer that is known as a whole says how long it is, and need not come in chunks."""

    def measured(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.streaming and response.status_code not in (204, 304):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return measured
