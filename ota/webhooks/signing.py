"""Signatures of notices as Standard Webhooks 1.0 has them, and the secrets behind them."""

import base64
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from config import sealing

from ..models import WebhookEndpoint, WebhookSecret

PURPOSE = "webhook secrets"
PREFIX = "whsec_"
BYTES = 32
OVERLAP = timedelta(days=1)


def add_secret(endpoint: WebhookEndpoint, *, at: datetime) -> WebhookSecret:
    """Give an endpoint a new secret; the one before goes on signing for a day beside it."""
    clear = PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()
    endpoint.secrets.filter(retires_at=None).update(retires_at=at + OVERLAP)
    return endpoint.secrets.create(sealed=sealing.seal(PURPOSE, clear), created_at=at)


def opened(secret: WebhookSecret) -> str:
    """A secret in clear, `whsec_…`; for the partner it belongs to, once, and for signing."""
    return sealing.opened(PURPOSE, secret.sealed)


def valid(endpoint: WebhookEndpoint, *, at: datetime) -> list[str]:
    """The secrets notices to an endpoint are signed with now, newest first."""
    found = endpoint.secrets.filter(Q(retires_at=None) | Q(retires_at__gt=at))
    return [opened(secret) for secret in found]


def headers(
    event_id: str, body: bytes, signed_with: Iterable[str], *, at: datetime
) -> dict[str, str]:
    """What a receiver checks: webhook-id, webhook-timestamp, webhook-signature."""
    stamp = str(int(at.timestamp()))
    content = f"{event_id}.{stamp}.".encode() + body
    signatures = [f"v1,{_signature(secret, content)}" for secret in signed_with]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()
