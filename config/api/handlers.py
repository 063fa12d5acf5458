"""What Django answers where no view of ours could: problems for programs, a page for people.

config.urls names these as handler400, handler403, handler404 and handler500.
"""

import sys
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.utils.translation import get_language, gettext, gettext_noop

from config.api.problems import answer, as_refusal
from config.api.refusals import BadRequest, InternalError
from config.errors import NotFound, NotPermitted, Refusal

# Only programs call the first; people stand before the second even without saying so.
FOR_PROGRAMS = ("/api/", "/qr/", "/venue/", "/payments/")
FOR_PEOPLE = ("/admin", "/docs", "/static")
NOT_IN_YOUR_ROLE = gettext_noop(
    "Your role does not include this page. An administrator gives roles."
)

# No template: where a page fails, a template may be why.
PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="icon" href="{static}gangway/icon.svg">
<link rel="stylesheet" href="{static}gangway/pages.css">
<main class="text"><h1>{title}</h1><p>{detail}</p><p>{request} <code>{request_id}</code></p>
<p><a href="{back}">{back_to}</a></p></main></html>
"""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or what the exception is better called, such as 413."""
    return _answer(request, as_refusal(exception) or BadRequest())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _answer(request, NotPermitted(NOT_IN_YOUR_ROLE if _in_the_back_office(request) else ""))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return _answer(request, NotFound("There is no page at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database is away or too busy."""
    error: Any = sys.exc_info()[1]
    return _answer(request, (error and as_refusal(error)) or InternalError())


def _answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return _page(request, refusal) if _for_people(request) else answer(request, refusal)


def _for_people(request: HttpRequest) -> bool:
    if request.path.startswith(FOR_PEOPLE):
        return True
    wants_page = "text/html" in request.headers.get("Accept", "")
    return wants_page and not request.path.startswith(FOR_PROGRAMS)


def _in_the_back_office(request: HttpRequest) -> bool:
    return request.path.startswith("/admin/")


def _page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    words = {
        "language": get_language() or "en",
        "title": gettext(refusal.title),
        "detail": gettext(refusal.detail),
        "static": settings.STATIC_URL,
        "request": gettext("Request"),
        "request_id": getattr(request, "request_id", ""),
        "back": "/admin/" if _in_the_back_office(request) else "/",
        "back_to": gettext("Overview" if _in_the_back_office(request) else "Start page"),
    }
    page = PAGE.format(**{name: escape(word) for name, word in words.items()})
    response = HttpResponse(page, status=refusal.status)
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response
