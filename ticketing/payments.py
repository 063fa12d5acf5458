"""The inbox of payment notices: each authentic notice is stored once and has one effect."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from config.actors import Actor
from config.errors import Refusal

from . import orders
from .models import Order, PaymentNotice

log = structlog.get_logger("ota.payments")
MEMBERS = ("received", "applied", "order_id", "reason")  # of an answer, as they are sent
Outcome = PaymentNotice.Outcome


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
