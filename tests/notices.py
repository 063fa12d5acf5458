"""What payment providers send, and handing it in."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from config.actors import Actor
from ticketing import payments
from ticketing.models import Order

PROVIDER = Actor("payments:test")


def notice(of: Order, **changes: Any) -> dict[str, Any]:
    """The event a payment provider tells us of an order that was paid in full."""
    return {
        "event_id": f"evt-{uuid.uuid4().hex[:12]}",
        "order_id": of.order_id,
        "status": "paid",
        "payment_reference": "PAY-1",
        "amount": of.total_amount,
        "currency": of.currency,
    } | changes


def notify(event: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Hand an authentic notice in; returns the answer."""
    body = json.dumps(event, default=str).encode()
    return payments.notified(source=source, event=event, body=body, at=timezone.now(), by=PROVIDER)
