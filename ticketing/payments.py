"""The inbox of payment notices: each authentic notice is stored once and has one effect."""

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

from config.actors import Actor
from config.errors import Refusal
from resellers import payment_secrets

from . import orders
from .errors import InvalidSignature
from .models import Order, PaymentNotice

log = structlog.get_logger("ota.payments")
DIRECT = "direct"
TOLERANCE = timedelta(seconds=300)
SIGNATURE = re.compile(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64}){1,5})")
Outcome = PaymentNotice.Outcome


def sign(secret: bytes, body: bytes, *, at: datetime) -> str:
    """The X-Payment-Signature of a body: `t=<unix seconds>,v1=<hex HMAC-SHA256>`."""
    stamp = int(at.timestamp())
    return f"t={stamp},v1={_mac(secret, stamp, body)}"


def authenticate(*, source: str, signature: str, body: bytes, at: datetime) -> None:
    """Check that the raw bytes were signed by their source within the last five minutes.

    Raises InvalidSignature, the same for every cause.
    """
    match = SIGNATURE.fullmatch(signature)
    stamp = int(match[1]) if match else 0
    offered = re.findall(r"[0-9a-f]{64}", match[2]) if match else ["0" * 64]
    genuine = False
    for secret in _secrets(source, at):
        expected = _mac(secret, stamp, body).encode()
        for each in offered:
            genuine |= hmac.compare_digest(expected, each.encode())
    if not genuine or abs(at.timestamp() - stamp) > TOLERANCE.total_seconds():
        raise InvalidSignature("Sign '<t>.<raw body>' with your payment secret, now.")


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
    if order.partner is None or order.partner.partner_id != source:
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
    return notice.answer


def _secrets(source: str, at: datetime) -> list[bytes]:
    if source == DIRECT:
        return [settings.PAYMENT_SECRET.encode()]
    # An unknown source is compared with a secret nobody knows: the same work, the same answer.
    # No name holds control characters, and the database refuses to be asked for NUL.
    known = payment_secrets.valid(source, at=at) if source.isprintable() else []
    return known or [secrets.token_bytes(32)]


def _mac(secret: bytes, stamp: int, body: bytes) -> str:
    return hmac.digest(secret, f"{stamp}.".encode() + body, hashlib.sha256).hex()
