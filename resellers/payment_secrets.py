"""The secrets partners sign payment notices with, sealed at rest, changed with an overlap."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from config import sealing
from config.actors import Actor

from .models import Partner, PaymentSecret
from .partner_history import SYSTEM, Kind, remember

PURPOSE = "payment secrets"


@transaction.atomic
def add(
    partner: Partner,
    *,
    at: datetime,
    by: Actor = SYSTEM,
    secret: str | None = None,
    overlap: timedelta = timedelta(days=1),
) -> str:
    """Give a partner a new secret, shown this once; the earlier ones end after `overlap`."""
    clear = secret or f"pay_{secrets.token_urlsafe(32)}"
    until = at + overlap
    lasting = Q(retires_at=None) | Q(retires_at__gt=until)
    ending = PaymentSecret.objects.filter(lasting, partner=partner).update(retires_at=until)
    PaymentSecret.objects.create(
        partner=partner, sealed=sealing.seal(PURPOSE, clear), created_at=at
    )
    after = {"earlier_ones": ending, "they_end_at": until.isoformat()} if ending else {}
    remember(partner, Kind.SECRET_MADE, after=after, at=at, by=by)
    return clear


@transaction.atomic
def end(secret: PaymentSecret, *, at: datetime, by: Actor) -> PaymentSecret:
    """Let a secret sign nothing from now on. Twice is the same as once."""
    lasting = Q(retires_at=None) | Q(retires_at__gt=at)
    if PaymentSecret.objects.filter(lasting, pk=secret.pk).update(retires_at=at):
        made = {"made_at": secret.created_at.isoformat()}
        remember(secret.partner, Kind.SECRET_ENDED, after=made, at=at, by=by)
    return secret


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
