"""Which payment notices are authentic, and what operators are shown of those that are not.

A notice counts when its raw bytes were signed by their source a moment ago. What is not authentic,
or cannot be understood, has no effect; it is kept apart, for operators.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from config import rate_limits
from resellers import payment_secrets
from resellers.models import Partner

from .errors import InvalidSignature
from .models import RefusedNotice

log = structlog.get_logger("ota.payments")
DIRECT = "direct"
TOLERANCE = timedelta(seconds=300)
SIGNATURE = re.compile(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64}){1,5})")
# Of one source, and of all made-up ones together: whoever floods us does not fill the disk.
REFUSED_KEPT_PER_MINUTE = 60
REFUSED_KEPT = 10_000
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
