"""What every partner endpoint has in common: key, permission, rate limit, one effect, a log."""

import functools
import json
import time
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.actors import Actor
from config.api.bodies import raw_body
from config.api.middleware import request_id_of
from config.api.parsing import parse
from config.api.refusals import InvalidInput, RateLimited
from config.api.rendering import encode
from config.api.retries import with_retries
from resellers import rate_limits
from resellers.authentication import ApiKeyAuthentication, HasPermission
from resellers.keys import Caller
from resellers.models import Partner
from resellers.rate_limits import Usage

from .. import calls, idempotency
from ..errors import IdempotencyConflict, InvalidIdempotencyKey, RequestInProgress
from ..idempotency import Answer


class PartnerView(APIView):
    """An endpoint under /api/ota; subclasses read, make one call and answer."""

    tags = ["OTA Integration"]
    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [HasPermission]
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    is_rate_limited = True  # the schema asks
    usage: Usage | None = None
    caller: Caller | None = None

    @property
    def partner(self) -> Partner:
        return cast(Caller, self.caller).partner

    @property
    def by(self) -> Actor:
        """Who writes history rows: the key, and the request it acts in."""
        caller = cast(Caller, self.caller)
        return Actor(f"{caller.partner.partner_id}:{caller.key_id}", request_id_of(self.request))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        began = time.perf_counter()
        response = None
        try:
            response = super().dispatch(request, *args, **kwargs)
        finally:
            calls.note(self._call(request, response, time.perf_counter() - began))
        return response

    def perform_authentication(self, request: Request) -> None:
        """Know the partner, then count the request, whatever becomes of it."""
        super().perform_authentication(request)
        self.caller = cast(Caller, request.auth)
        # The metrics ask who it was.
        request._request.partner_id = self.partner.partner_id  # type: ignore[attr-defined]
        self.usage = rate_limits.count(self.partner)
        if self.usage.is_exceeded:
            raise RateLimited(f"Wait {self.usage.reset} seconds.", retry_after=self.usage.reset)

    def check_permissions(self, request: Request) -> None:
        """A method the path does not have is 405 to whoever is known, not a lack of permission."""
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        super().check_permissions(request)

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if self.usage:
            response["RateLimit-Limit"] = self.usage.limit
            response["RateLimit-Remaining"] = self.usage.remaining
            response["RateLimit-Reset"] = self.usage.reset
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]

    def _call(
        self, request: HttpRequest, response: HttpResponseBase | None, seconds: float
    ) -> calls.Call:
        caller, match = self.caller, request.resolver_match
        return calls.Call(
            partner_id=caller.partner.pk if caller else None,
            key_id=caller.key_id if caller else "",
            method=(request.method or "")[:10],
            route=(match.url_name if match else None) or "",
            status=response.status_code if response else 500,
            code=getattr(response, "problem_code", "") if response else "internal_error",
            milliseconds=round(seconds * 1000, 2),
            request_id=request_id_of(request),
            at=timezone.now().isoformat(),
        )


ONCE_REFUSALS = (InvalidIdempotencyKey, IdempotencyConflict, RequestInProgress)
V = TypeVar("V", bound=PartnerView)
P = ParamSpec("P")


def idempotent(
    handler: Callable[Concatenate[V, Request, P], Response],
) -> Callable[Concatenate[V, Request, P], HttpResponseBase]:
    """A POST that acts once per Idempotency-Key, and is repeated after a deadlock."""

    @functools.wraps(handler)
    def once(view: V, request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        given = request.headers.get("Idempotency-Key")
        if given is None:
            return with_retries(handler)(view, request, *args, **kwargs)
        key = idempotency.parse_key(given)
        mark = idempotency.fingerprint(request.method or "", request.path, _value(request))

        def act() -> Answer:
            response = handler(view, request, *args, **kwargs)
            return Answer(response.status_code, encode(response.data).decode())

        kept = with_retries(idempotency.once)(view.partner, key, mark, act, at=timezone.now())
        return _sent(kept)

    once.refusals = ONCE_REFUSALS  # type: ignore[attr-defined]  # the schema asks
    return once


def idempotent_by_reference(
    shown: Callable[[Any], Any],
) -> Callable[
    [Callable[Concatenate[V, Request, P], Response]],
    Callable[Concatenate[V, Request, P], HttpResponseBase],
]:
    """As `idempotent`, for answers too large to be kept: what is kept says where to look.

    The handler answers with a reference to what it made; `shown` turns it into the answer,
    outside the transaction, the first time and every time it is replayed. It may use only
    what never changes, so that the bytes are the same.
    """

    def made(
        handler: Callable[Concatenate[V, Request, P], Response],
    ) -> Callable[Concatenate[V, Request, P], HttpResponseBase]:
        by_reference = idempotent(handler)

        @functools.wraps(by_reference)
        def drawn(view: V, request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            answer = by_reference(view, request, *args, **kwargs)
            if isinstance(answer, Response):
                return Response(shown(answer.data), answer.status_code)
            kept = cast(HttpResponse, answer)
            kept.content = encode(shown(json.loads(kept.content)))
            return kept

        return drawn

    return made


def repeatable(handler: Callable[P, Response]) -> Callable[P, Response]:
    """A change that needs no key, for doing it twice is doing it once."""
    return with_retries(handler)


def _value(request: Request) -> object:
    raw = raw_body(request)
    try:
        return parse(raw) if raw else None
    except InvalidInput:
        return raw.hex()  # the handler will say what is wrong with it


def _sent(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
