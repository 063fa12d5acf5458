"""What every endpoint under /api/ota has in common: a known partner, and one effect per key."""

import functools
import json
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.bodies import raw_body
from config.api.parsing import parse
from config.api.refusals import InvalidInput
from config.api.rendering import encode
from config.api.retries import with_retries
from resellers.for_partners import ForPartners

from .. import idempotency
from ..errors import IdempotencyConflict, InvalidIdempotencyKey, RequestInProgress
from ..idempotency import Answer


class PartnerView(ForPartners):
    """An endpoint under /api/ota."""

    tags = ["OTA Integration"]


ONCE_REFUSALS = (InvalidIdempotencyKey, IdempotencyConflict, RequestInProgress)
V = TypeVar("V", bound=PartnerView)
P = ParamSpec("P")


def idempotent(
    handler: Callable[Concatenate[V, Request, P], Response],
) -> Callable[Concatenate[V, Request, P], HttpResponseBase]:
    """A POST that acts once per Idempotency-Key, and is repeated after a deadlock."""

    @functools.wraps(handler)
    def once(view: V, request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        given = request.META.get("HTTP_IDEMPOTENCY_KEY")
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
