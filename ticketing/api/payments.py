"""Where payment providers and partners report payments."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import rate_limits
from config.actors import Actor
from config.api.addresses import address_of
from config.api.answers import answers
from config.api.bodies import raw_body
from config.api.fields import Amount, Boolean, Choice, Pattern, Text
from config.api.middleware import request_id_of
from config.api.reading import read
from config.api.refusals import RateLimited
from config.api.retries import with_retries
from config.api.strict import Strict
from config.errors import Refusal

from .. import notices, payments
from ..errors import InvalidSignature
from ..models import RefusedNotice


class PaymentEvent(Strict):
    """What happened to the payment of an order; `event_id` is new for each event."""

    event_id = Pattern(r"[\x21-\x7e]{1,100}")
    order_id = Text(max_length=40)
    status = Choice(choices=["paid", "failed"])
    payment_reference = Pattern(r"[A-Za-z0-9._:/-]{1,64}")
    amount = Amount(min_value=0)
    currency = Pattern("[A-Z]{3}")


class NoticeAnswer(Strict):
    """What became of a notice; a repeat of it gets the same answer."""

    received = Boolean()
    applied = Boolean()
    order_id = Text(required=False)
    reason = Text(required=False, help_text="Why nothing was sold.")


@dataclass(frozen=True, slots=True)
class Source:
    """Who signed a notice: `direct`, or a partner id."""

    name: str
    is_authenticated: ClassVar[bool] = True


class SignedBySource(BaseAuthentication):
    """Checks the signature over the raw bytes; `request.user` becomes the Source."""

    absent = refused = InvalidSignature
    security = (
        "PaymentSignature",
        {
            "type": "apiKey",
            "in": "header",
            "name": "X-Payment-Signature",
            "description": "`t=<unix seconds>,v1=<hex HMAC-SHA256>` of `<t>.<raw body>`, made "
            "with the payment secret of the source that X-Payment-Source names.",
        },
    )

    def authenticate(self, request: Request) -> tuple[Source, None]:
        source = request.headers.get("X-Payment-Source", "")
        try:
            notices.authenticate(
                source=source,
                signature=request.headers.get("X-Payment-Signature", ""),
                body=raw_body(request),
                at=timezone.now(),
                request_id=request_id_of(request),
            )
        except InvalidSignature:
            _count_forgery(request)
            raise
        return Source(source), None

    def authenticate_header(self, request: Request) -> str:
        return 'Signature realm="payments"'


def _count_forgery(request: Request) -> None:
    """Raises RateLimited. A notice that is authentic is never counted, nor kept waiting."""
    limit = settings.ADDRESS_REQUESTS_PER_MINUTE
    forged = rate_limits.count("forged notices", address_of(request), limit)
    if forged.is_exceeded:
        raise RateLimited(f"Wait {forged.reset} seconds.", retry_after=max(forged.reset, 1))


SOURCE = OpenApiParameter(
    "X-Payment-Source",
    location=OpenApiParameter.HEADER,
    required=True,
    description="Whose secret signed: `direct`, or the id of a partner.",
    examples=[OpenApiExample("A partner", "OTA_DEMO")],
)


class NotifyView(APIView):
    """One inbox for every channel."""

    authentication_classes = [SignedBySource]
    tags = ["Payments"]
    max_body = 64 * 1024

    @answers(
        200,
        NoticeAnswer,
        request=PaymentEvent,
        invalid=400,
        refusals=[InvalidSignature, RateLimited],
        operation="notify_payment",
        request_example={
            "event_id": "evt-20261120-000017",
            "order_id": "ORD-1795160405123-7Q2M9XDB",
            "status": "paid",
            "payment_reference": "PAY-2026-000017",
            "amount": 576,
            "currency": "HKD",
        },
        example={"received": True, "applied": True, "order_id": "ORD-1795160405123-7Q2M9XDB"},
    )
    @extend_schema(parameters=[SOURCE])
    def post(self, request: Request) -> Response:
        """Report a payment.

        Signed with `X-Payment-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw
        body>">` by the source named in `X-Payment-Source`. An authentic notice is stored and
        answered once per event; one that cannot be applied says why and sells nothing.
        """
        source = cast(Source, request.user).name
        answer = with_retries(payments.notified)(
            source=source,
            event=_event(request, source),
            body=raw_body(request),
            at=timezone.now(),
            by=Actor(f"payment:{source}", request_id_of(request)),
        )
        return Response(answer)


def _event(request: Request, source: str) -> dict[str, Any]:
    """What a signed notice says; one that cannot be read is kept for operators, and refused."""
    try:
        return read(request, PaymentEvent, invalid=400)
    except Refusal:
        notices.keep_refused(
            RefusedNotice.Reason.MALFORMED,
            source=source,
            body=raw_body(request),
            at=timezone.now(),
            request_id=request_id_of(request),
        )
        raise
