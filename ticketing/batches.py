"""Batches of pre-made tickets: generated in one go, and what becomes of their unsold rest."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from config.actors import Actor
from config.statements import check_references
from inventory import allocations, pricing
from inventory.errors import SoldOut
from inventory.models import Channel
from inventory.moves import Cause
from inventory.pricing import Listed, SpecialPricing
from qrcodes import keys as qr_keys
from resellers import registry
from resellers.models import Partner, Reseller

from . import codes, holding, making
from .errors import DuplicateBatch
from .models import Batch, Ticket

log = structlog.get_logger("ota.tickets")
FAILURES = (DatabaseError, allocations.Drift)
SYSTEM = Actor("system:batch-expiry")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a batch is meant for: an id or a code of the registry, or just a name."""

    intended_reseller: str = ""
    batch_purpose: str = ""
    reseller_id: int | None = None
    reseller_code: str | None = None


NOBODY = Recipient()


@transaction.atomic(savepoint=False)
def generate(
    *,
    partner: Partner,
    batch_id: str,
    product_id: int,
    quantity: int,
    at: datetime,
    by: Actor,
    distribution_mode: str = Batch.Mode.DIRECT_SALE,
    recipient: Recipient = NOBODY,
    metadata: Mapping[str, Any] | None = None,
    special_pricing: SpecialPricing | None = None,
) -> Batch:
    """A batch with all its tickets, or nothing at all.

    The units are held last, so that other sales of the product wait for one statement and
    the commit. Raises UnknownProduct, UnknownReseller, ResellerInactive, DuplicateBatch,
    SoldOut, QrNotConfigured.
    """
    listed = pricing.offered(Channel.OTA, product_id)
    prices = special_pricing.over(listed.prices) if special_pricing else listed.prices
    batch = _open(
        partner,
        batch_id,
        allocation_id=listed.allocation_id,
        product_id=product_id,
        quantity=quantity,
        distribution_mode=distribution_mode,
        reseller=_reseller(partner, recipient, at),
        intended_reseller=recipient.intended_reseller,
        batch_purpose=recipient.batch_purpose,
        pricing_snapshot=prices.as_snapshot(),
        entitlements=listed.entitlements,
        qr_kid=qr_keys.ring().active.kid,
        expires_at=at + timedelta(days=settings.BATCH_DAYS[distribution_mode]),
        created_at=at,
        **(metadata or {}),
    )
    _fill(batch, listed, at=at, by=by)
    log.info(
        "ota.tickets.bulk_generated", batch_id=batch_id, product_id=product_id, quantity=quantity
    )
    return batch


@transaction.atomic(savepoint=False)
def cancel_rest(*, partner: Partner, batch_id: str, at: datetime, by: Actor) -> int:
    """Cancel every ticket of a batch that is not sold yet; returns how many.

    Raises BatchNotFound.
    """
    batch = Batch.objects.of(partner, batch_id)
    return _release_unsold(batch, Ticket.Status.CANCELLED, at=at, by=by, stamp="cancelled_at")


@transaction.atomic(savepoint=False)
def expire_rest(*, batch: Batch, at: datetime, by: Actor) -> int:
    """Expire every ticket of a batch that is not sold yet; returns how many."""
    return _release_unsold(batch, Ticket.Status.EXPIRED, at=at, by=by)


def sweep(*, at: Callable[[], datetime], by: Actor = SYSTEM) -> int:
    """Where ENFORCE_BATCH_EXPIRY is on, expire what is unsold of every overdue batch.

    Returns how many tickets expired. Safe to repeat and to overlap; a batch that fails stops
    no other.
    """
    if not settings.ENFORCE_BATCH_EXPIRY:
        return 0
    return sum(_sweep(batch, at=at(), by=by) for batch in _overdue(at()))


def _overdue(at: datetime) -> QuerySet[Batch]:
    unsold = Ticket.objects.filter(batch=OuterRef("pk"), status=Ticket.Status.PRE_GENERATED)
    return Batch.objects.filter(Exists(unsold), expires_at__lte=at)


def _sweep(batch: Batch, *, at: datetime, by: Actor) -> int:
    try:
        with transaction.atomic():
            return expire_rest(batch=batch, at=at, by=by)
    except FAILURES:
        log.exception("ota.tickets.expiry_failed", batch=str(batch.pk))
        return 0


def _open(partner: Partner, batch_id: str, **facts: Any) -> Batch:
    """Write the batch; a second one of the same id waits for the first, then is refused."""
    batch, is_new = Batch.objects.get_or_create(partner=partner, batch_id=batch_id, defaults=facts)
    if not is_new:
        raise DuplicateBatch(f"You have a batch {batch_id} already.")
    return batch


def _fill(batch: Batch, listed: Listed, *, at: datetime, by: Actor) -> None:
    # Thousands of rows are not written to be thrown away; the hold itself decides.
    if not holding.are_free(listed, batch.quantity):
        raise SoldOut(f"Fewer than {batch.quantity} units are left.")
    making.make(batch, codes.ticket_codes(listed.type, batch.quantity, at=at), at=at, by=by)
    holding.hold(listed, batch.quantity, cause=Cause("batch", batch.id), at=at, by=by)


def _reseller(partner: Partner, recipient: Recipient, at: datetime) -> Reseller | None:
    return registry.meant(
        partner,
        reseller_id=recipient.reseller_id,
        reseller_code=recipient.reseller_code,
        name=recipient.intended_reseller,
        day=at.astimezone(codes.HONG_KONG).date(),
    )


def _release_unsold(
    batch: Batch, status: str, *, at: datetime, by: Actor, stamp: str | None = None
) -> int:
    waiting = Ticket.Status.PRE_GENERATED
    unsold = Ticket.objects.locked().filter(batch=batch, status=waiting)
    ids: list[uuid.UUID] = list(unsold.values_list("pk", flat=True))
    if not ids:
        return 0
    moved = len(Ticket.move_all(ids, waiting, status, at=at, by=by, stamp=stamp))
    check_references()
    # No ticket becomes unsold again, so a batch gives back its rest once.
    allocations.release(batch.allocation_id, moved, cause=Cause("batch", batch.id), at=at, by=by)
    log.info("ota.tickets.rest_released", batch_id=batch.batch_id, status=status, count=moved)
    return moved
