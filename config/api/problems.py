"""How a refusal or an error sounds: application/problem+json (RFC 9457), everywhere."""

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core import exceptions as django
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.encoding import escape_uri_path
from rest_framework import exceptions as framework
from rest_framework.request import Request

from config import sqlstates
from config.api import refusals
from config.api.rendering import encode
from config.api.strict import issues
from config.errors import NotFound, NotPermitted, Refusal

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'ApiKey realm="gangway"'

# One answer for every 404: what is malformed, unknown or somebody else's looks the same.
NOWHERE = "There is nothing here under this path and id."

log = structlog.get_logger("config.api")


def document(request: HttpRequest | Request, refusal: Refusal) -> dict[str, Any]:
    """The members of the problem, those of the refusal beside the standard ones."""
    nowhere = refusal.code == NotFound.code
    return {
        **({} if nowhere else refusal.extra),
        "type": type_of(refusal.code),
        "title": refusal.title,
        "status": refusal.status,
        "detail": NOWHERE if nowhere else _advice(refusal),
        "instance": escape_uri_path(request.path),
        "code": refusal.code,
        "request_id": getattr(request, "request_id", ""),
    }


def _advice(refusal: Refusal) -> str:
    """What to do: as it was raised, else what its kind always says."""
    usual = getattr(refusal, "remedy", "") if refusal.detail == refusal.title else ""
    return usual or refusal.detail


def type_of(code: str) -> str:
    """The page that explains a code."""
    return f"{settings.PUBLIC_BASE_URL}/docs/errors/{code}"


def answer(request: HttpRequest | Request, refusal: Refusal) -> HttpResponse:
    """The refusal as a response with the headers its status asks for."""
    body = encode(document(request, refusal))
    response = HttpResponse(body, status=refusal.status, content_type=MEDIA_TYPE)
    response.problem_code = refusal.code  # type: ignore[attr-defined]  # for the request log
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        response["WWW-Authenticate"] = getattr(refusal, "challenge", CHALLENGE)
    return response


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The framework's exception handler; None for a bug, which Django then logs and answers."""
    request, view = context["request"], context.get("view")
    refusal = as_refusal(error, view)
    if refusal is None:
        return None
    if refusal.status == 401:
        _challenge(refusal, view, request)
    if refusal.status == 503:
        log.warning("ota.http.unavailable", code=refusal.code, sqlstate=sqlstates.of(error))
    return answer(request, refusal)


def _challenge(refusal: Refusal, view: Any, request: Request) -> None:
    challenge = view.get_authenticate_header(request) if view else None
    if challenge and not hasattr(refusal, "challenge"):
        refusal.challenge = challenge  # type: ignore[attr-defined]


def as_refusal(error: BaseException, view: Any = None) -> Refusal | None:
    """What an exception means to the caller; None where it means a bug."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, framework.NotAuthenticated):
        return _credential(view, "absent", refusals.MissingApiKey)
    if isinstance(error, framework.AuthenticationFailed):
        return _credential(view, "refused", refusals.InvalidApiKey)
    for kind in type(error).__mro__:
        if kind in _SPOKEN:
            return _SPOKEN[kind](error)
        if kind in _SILENT:
            return _SILENT[kind]()
    return _other(error) if isinstance(error, framework.APIException) else _gone(error)


def _credential(view: Any, answer_to: str, usual: type[Refusal]) -> Refusal:
    """Which credential is absent or refused the first authenticator of the view knows."""
    authenticators = view.get_authenticators() if view else []
    return getattr(next(iter(authenticators), None), answer_to, usual)()


def _throttled(error: Any) -> Refusal:
    return refusals.RateLimited(retry_after=max(1, round(error.wait or 1)))


def _other(error: Any) -> Refusal:
    refusal = refusals.BadRequest(str(error.detail))
    refusal.status = error.status_code
    return refusal


_SPOKEN: dict[type[BaseException], Callable[[Any], Refusal]] = {
    framework.PermissionDenied: lambda error: NotPermitted(str(error.detail)),
    framework.MethodNotAllowed: lambda error: refusals.MethodNotAllowed(str(error.detail)),
    framework.Throttled: _throttled,
    framework.ValidationError: lambda error: refusals.InvalidInput(issues(error)),
}
_SILENT: dict[type[BaseException], type[Refusal]] = {
    Http404: NotFound,
    framework.NotFound: NotFound,
    django.PermissionDenied: NotPermitted,
    framework.NotAcceptable: refusals.NotAcceptable,
    framework.UnsupportedMediaType: refusals.UnsupportedMediaType,
    django.RequestDataTooBig: refusals.BodyTooLarge,
    django.SuspiciousOperation: refusals.BadRequest,
    django.BadRequest: refusals.BadRequest,
    framework.ParseError: refusals.BadRequest,
    UnreadablePostError: refusals.BadRequest,
}


def _gone(error: BaseException) -> Refusal | None:
    driver: Any = connection.Database  # type: ignore[attr-defined]
    kinds = (OperationalError, InterfaceError, driver.OperationalError, driver.InterfaceError)
    state = sqlstates.of(error)
    if not isinstance(error, kinds) and state != sqlstates.ENDED:
        return None
    return refusals.Busy() if state in sqlstates.BUSY else refusals.DatabaseUnavailable()
