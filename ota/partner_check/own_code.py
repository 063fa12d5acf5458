"""What a partner's own program has to cope with, and signatures to check it against.

No test of the server shows whether a partner's code does this; the run says what it saw of each.
"""

import base64
import hashlib
import hmac
from collections import Counter
from typing import NamedTuple


class Duty(NamedTuple):
    """A situation, what the program gets to see, what it has to do; `codes` tell of it."""

    situation: str
    sees: str
    does: str
    codes: tuple[str, ...] = ()


DUTIES = (
    Duty(
        "The hold lapses before your customer pays",
        "409 reservation_expired, or status expired",
        "Reserve again, show the new price and time; never take money for a lapsed hold.",
        ("reservation_expired",),
    ),
    Duty(
        "Somebody else was faster",
        "409 insufficient_inventory",
        "Read the inventory again and offer what is left; do not repeat the request as it is.",
        ("insufficient_inventory",),
    ),
    Duty(
        "It was done before",
        "409 with a code that ends in _already_activated or _already_confirmed, or duplicate_batch",
        "Decide by `code`: look up the order or the batch and go on from there.",
        (
            "reservation_already_activated",
            "ticket_already_activated",
            "order_already_confirmed",
            "duplicate_batch",
        ),
    ),
    Duty(
        "Too many requests",
        "429 rate_limited with Retry-After",
        "Wait for these seconds; slow down when RateLimit-Remaining is nearly 0.",
        ("rate_limited",),
    ),
    Duty(
        "The connection breaks, or no answer comes in time",
        "nothing",
        "Repeat with the same Idempotency-Key; Idempotent-Replayed: true says it was done before.",
    ),
    Duty(
        "The server is busy or away",
        "503 with Retry-After",
        "Repeat after these seconds with the same Idempotency-Key.",
        ("database_unavailable", "busy", "request_in_progress"),
    ),
    Duty(
        "The request is wrong",
        "400, 404 or 422 with `errors`",
        "Correct the places named there; a repetition gets the same answer.",
        ("validation_failed", "idempotency_conflict"),
    ),
    Duty(
        "An answer has a field, or a value, that you do not know",
        "a new release",
        "Ignore it: fields, codes and events are added without notice, none is taken away.",
    ),
    Duty(
        "A notice arrives at your webhook, perhaps twice, perhaps forged",
        "webhook-id, webhook-timestamp, webhook-signature",
        "Check the signature over the raw bytes and the time; act once per webhook-id; answer 2xx.",
    ),
)

# The example of the Standard Webhooks specification, and one of payment notices.
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  published
WEBHOOK = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
WEBHOOK_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
PAYMENT_SECRET = "demo-payment-secret-OTA_DEMO"  # noqa: S105  published
PAYMENT = ("1795183402", b'{"event_id":"evt-1","order_id":"ORD-1","status":"paid"}')
PAYMENT_SIGNATURE = (
    "t=1795183402,v1=87e21440bab004d19110f08f17b699b4d4a9cbfa026855ea4434a3ed7ee78643"
)


def webhook_signature(secret: str, notice_id: str, timestamp: str, body: bytes) -> str:
    """webhook-signature of a notice (Standard Webhooks 1.0)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([notice_id.encode(), timestamp.encode(), body])
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def payment_signature(secret: str, timestamp: str, body: bytes) -> str:
    """X-Payment-Signature of a payment notice."""
    signed = timestamp.encode() + b"." + body
    return f"t={timestamp},v1={hmac.digest(secret.encode(), signed, hashlib.sha256).hex()}"


def vectors() -> list[tuple[str, str]]:
    """Inputs and the signature your code has to make of them, as lines of the report."""
    notice_id, timestamp, body = WEBHOOK
    when, notice = PAYMENT
    return [
        ("webhook secret", WEBHOOK_SECRET),
        ("webhook-id", notice_id),
        ("webhook-timestamp", timestamp),
        ("raw body", body.decode()),
        ("webhook-signature", WEBHOOK_SIGNATURE),
        ("payment secret", PAYMENT_SECRET),
        ("t", when),
        ("raw body", notice.decode()),
        ("X-Payment-Signature", PAYMENT_SIGNATURE),
    ]


def met(duty: Duty, seen: Counter[tuple[int, str]]) -> bool:
    """Whether this run met the situation."""
    return any(code in duty.codes for _, code in seen)
