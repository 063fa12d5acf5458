"""The inbox of payment notices: each authentic notice is stored once and has one effect.

What is not authentic, or cannot be understood, has no effect; it is kept apart, for operators.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from config import rate_limits
from config.actors import Actor
from config.errors import Refusal
from resellers import payment_secrets
from resellers.models import Partner

from . import orders
from .errors import InvalidSignature
from .models import Order, PaymentNotice, RefusedNotice

log = structlog.get_logger("ota.payments")
DIRECT = "direct"
TOLERANCE = timedelta(seconds=300)
SIGNATURE = re.compile(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64}){1,5})")
MEMBERS = ("received", "applied", "order_id", "reason")  # of an answer, as they are sent
# Of one source, and of all made-up ones together: whoever floods us does not fill the disk.
REFUSED_KEPT_PER_MINUTE = 60
REFUSED_KEPT = 10_000
Outcome = PaymentNotice.Outcome
Reason = RefusedNotice.Reason


def sign(secret: bytes, body: bytes, *, at: datetime) -> str:
    """The X-Payment-Signature of a body: `t=<unix seconds>,v1=<hex HMAC-SHA256>`."""
    stamp = int(at.timestamp())
    return f"t={stamp},v1={_mac(secret, stamp, body)}"


def authenticate(
    *, source: str, signature: str, body: bytes, at: datetime, request_id: str = ""
) -> None:
    """Check that the raw bytes were signed by their source within the last five minutes.

    Raises InvalidSignature, the same for every cause; operators find the cause kept.
    """
    reason = _fault(source, signature, body, at)
    if reason:
        keep_refused(reason, source=source, body=body, at=at, request_id=request_id)
        raise InvalidSignature("Sign '<t>.<raw body>' with your payment secret, now.")


@transaction.atomic
def keep_refused(
    reason: RefusedNotice.Reason, *, source: str, body: bytes, at: datetime, request_id: str = ""
) -> None:
    """Let operators see that a notice was not taken; the same bytes again are only counted."""
    told = source[:40] if source.isprintable() else ""
    log.warning("ota.payments.rejected", source=told, reason=reason.value)
    if rate_limits.count("refused notices", _known(told), REFUSED_KEPT_PER_MINUTE).is_exceeded:
        return
    kept, is_new = RefusedNotice.objects.get_or_create(
        source=told,
        reason=reason,
        body_hash=hashlib.sha256(body).hexdigest(),
        defaults={
            "body": body[: RefusedNotice.KEPT_BYTES],
            "size": len(body),
            "request_id": request_id,
            "first_at": at,
            "last_at": at,
        },
    )
    if not is_new:
        RefusedNotice.objects.filter(pk=kept.pk).update(
            times=F("times") + 1, last_at=at, request_id=request_id
        )


def _known(source: str) -> str:
    """The source if there is one of this name, "" for every other name."""
    is_known = source == DIRECT or Partner.objects.filter(partner_id=source).exists()
    return source if is_known else ""


def forget_refused(*, at: datetime, days: int) -> int:
    """Delete refused notices but the newest of the last `days`; returns how many."""
    old = RefusedNotice.objects.filter(last_at__lt=at - timedelta(days=days))
    too_many = RefusedNotice.objects.order_by("-last_at", "-id")[REFUSED_KEPT:].values("pk")
    return old.delete()[0] + RefusedNotice.objects.filter(pk__in=too_many).delete()[0]


def _fault(source: str, signature: str, body: bytes, at: datetime) -> RefusedNotice.Reason | None:
    """Why the bytes are not authentic; None if they are. The same work for every cause."""
    match = SIGNATURE.fullmatch(signature)
    stamp = int(match[1]) if match else 0
    offered = re.findall(r"[0-9a-f]{64}", match[2]) if match else ["0" * 64]
    genuine = False
    for secret in secrets_of(source, at=at):
        expected = _mac(secret, stamp, body).encode()
        for each in offered:
            genuine |= hmac.compare_digest(expected, each.encode())
    if not match:
        return Reason.NO_SIGNATURE
    if not genuine:
        return Reason.WRONG_SIGNATURE
    is_fresh = abs(at.timestamp() - stamp) <= TOLERANCE.total_seconds()
    return None if is_fresh else Reason.STALE_SIGNATURE


@transaction.atomic
def notified(
    *, source: str, event: Mapping[str, Any], body: bytes, at: datetime, by: Actor
) -> dict[str, Any]:
    """Act once on an authentic notice and return the answer; a repeat returns the first one.

    `event` has event_id, order_id, status, payment_reference, amount, currency. What cannot
    be applied is stored with its reason and sells nothing.
    """
    notice, is_new = PaymentNotice.objects.get_or_create(
        source=source,
        event_id=event["event_id"],
        defaults={
            "body": body,
            "body_hash": hashlib.sha256(body).hexdigest(),
            "outcome": Outcome.REJECTED,
            "answer": {},
            "received_at": at,
        },
    )
    if not is_new:
        return _repeated(notice, body)
    order = Order.objects.filter(order_id=event["order_id"]).first()
    outcome, reason = _apply(order, source, event, at=at, by=by)
    return _settle(notice, order, outcome, reason, event)


def _apply(
    order: Order | None, source: str, event: Mapping[str, Any], *, at: datetime, by: Actor
) -> tuple[str, str]:
    """What became of the notice: an outcome and the reason it was not applied."""
    if order is None:
        return Outcome.REJECTED, "unknown_order"
    if order.source != source:
        return Outcome.REJECTED, "order_of_another_source"
    if event["status"] == "failed":
        return Outcome.NOTED, "payment_failed"
    if Decimal(event["amount"]) != order.total_amount or event["currency"] != order.currency:
        return Outcome.REJECTED, "amount_mismatch"
    try:
        with transaction.atomic():  # what the refusal undoes is the payment, not the notice
            orders.pay(
                partner=order.partner,
                order_id=order.order_id,
                payment_reference=event["payment_reference"],
                at=at,
                by=by,
            )
    except Refusal as refusal:
        return Outcome.REJECTED, refusal.code
    return Outcome.APPLIED, ""


def _settle(
    notice: PaymentNotice, order: Order | None, outcome: str, reason: str, event: Mapping[str, Any]
) -> dict[str, Any]:
    notice.order, notice.outcome, notice.reason = order, outcome, reason
    if outcome == Outcome.APPLIED:
        notice.answer = {"received": True, "applied": True, "order_id": event["order_id"]}
        log.info("ota.payments.applied", order_id=event["order_id"], source=notice.source)
    else:
        # Another source's order is not confirmed to exist.
        shown = "unknown_order" if reason == "order_of_another_source" else reason
        notice.answer = {"received": True, "applied": False, "reason": shown}
        log.warning(
            "ota.payments.rejected", order_id=event["order_id"], source=notice.source, reason=reason
        )
    notice.save(update_fields=["order", "outcome", "reason", "answer"])
    return notice.answer


def _repeated(notice: PaymentNotice, body: bytes) -> dict[str, Any]:
    if hashlib.sha256(body).hexdigest() != notice.body_hash:
        PaymentNotice.objects.filter(pk=notice.pk).update(changed_repeats=F("changed_repeats") + 1)
        log.warning("ota.payments.rejected", source=notice.source, reason="changed_repeat")
    # The database keeps the members of an object in an order of its own.
    return {name: notice.answer[name] for name in MEMBERS if name in notice.answer}


def secrets_of(source: str, *, at: datetime) -> list[bytes]:
    """What notices of a source may be signed with now, the newest first; never for display."""
    if source == DIRECT:
        own = [settings.PAYMENT_SECRET, *settings.PAYMENT_SECRETS_RETIRING]
        return [secret.encode() for secret in own]
    # An unknown source is compared with a secret nobody knows: the same work, the same answer.
    # No name holds control characters, and the database refuses to be asked for NUL.
    known = payment_secrets.valid(source, at=at) if source.isprintable() else []
    return known or [secrets.token_bytes(32)]


def _mac(secret: bytes, stamp: int, body: bytes) -> str:
    return hmac.digest(secret, f"{stamp}.".encode() + body, hashlib.sha256).hex()
