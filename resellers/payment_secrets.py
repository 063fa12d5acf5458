"""The secrets partners sign payment notices with, sealed at rest, changed with an overlap."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from config import sealing

from .models import Partner, PaymentSecret

PURPOSE = "payment secrets"


@transaction.atomic
def add(
    partner: Partner,
    *,
    at: datetime,
    secret: str | None = None,
    overlap: timedelta = timedelta(days=1),
) -> str:
    """Give a partner a new secret, shown this once; the earlier ones end after `overlap`."""
    clear = secret or f"pay_{secrets.token_urlsafe(32)}"
    PaymentSecret.objects.filter(partner=partner, retires_at=None).update(retires_at=at + overlap)
    PaymentSecret.objects.create(
        partner=partner, sealed=sealing.seal(PURPOSE, clear), created_at=at
    )
    return clear


def valid(partner_id: str, *, at: datetime) -> list[bytes]:
    """The secrets a notice of this partner may be signed with now, newest first."""
    found = PaymentSecret.objects.filter(
        Q(retires_at=None) | Q(retires_at__gt=at),
        partner__partner_id=partner_id,
        partner__is_active=True,
    )
    return [opened(row).encode() for row in found]


def opened(secret: PaymentSecret) -> str:
    """A sealed secret in clear; never for display."""
    return sealing.opened(PURPOSE, secret.sealed)
