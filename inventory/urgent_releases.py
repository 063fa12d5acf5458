"""Emergency releases: asked for by one account, granted by another, within a day (R034, R035).

Every door here locks the release first and the counters last, so two who decide at the same
moment follow each other, and the second one finds it decided.
"""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from config.actors import Actor

from . import allocations
from .errors import (
    OtherAccountNeeded,
    ReleaseDecided,
    ReleaseExpired,
    RequesterOnly,
    UnknownProduct,
    UnknownRelease,
)
from .models import UrgentRelease
from .moves import Cause

TIME_TO_DECIDE = timedelta(hours=24)
Source, Status = UrgentRelease.Source, UrgentRelease.Status


@transaction.atomic
def request(
    *,
    product_id: int,
    partner: str,
    units: int,
    source: str,
    reason: str,
    account_id: int,
    at: datetime,
) -> UrgentRelease:
    """Ask for units that `partner` (its public id) needs at once; nothing moves yet."""
    pools = allocations.counters(product_id)
    needed = {"ota", "direct"} if source == Source.DIRECT else {"ota"}
    if not needed <= pools.keys():
        raise UnknownProduct(f"Product {product_id} does not have the pools for this release.")
    return UrgentRelease.objects.create(
        product_id=product_id,
        partner=partner,
        units=units,
        source=source,
        reason=reason,
        requested_by_id=account_id,
        requested_at=at,
        expires_at=at + TIME_TO_DECIDE,
    )


@transaction.atomic
def approve(
    *, release_id: uuid.UUID, account_id: int, at: datetime, by: Actor, note: str = ""
) -> UrgentRelease:
    """Move the units, as another account than the requester's.

    Raises UnknownRelease, ReleaseDecided, ReleaseExpired, OtherAccountNeeded, BelowCommitted.
    """
    release = _of_another(_open(release_id), account_id)
    _decide(release, Status.APPROVED, account_id, at, note)
    allocations.release_urgently(
        release.product_id,
        release.units,
        source=release.source,
        cause=Cause("release", release.pk),
        at=at,
        by=replace(by, reason=release.reason),
    )
    return release


@transaction.atomic
def reject(*, release_id: uuid.UUID, account_id: int, at: datetime, reason: str) -> UrgentRelease:
    """Refuse it, as another account than the requester's; nothing moves."""
    release = _of_another(_open(release_id), account_id)
    return _decide(release, Status.REJECTED, account_id, at, reason)


@transaction.atomic
def withdraw(*, release_id: uuid.UUID, account_id: int, at: datetime, reason: str) -> UrgentRelease:
    """Take back what this account has asked for itself; nothing moves."""
    release = _open(release_id)
    if release.requested_by_id != account_id:
        raise RequesterOnly("Only the account that asked for this release withdraws it.")
    return _decide(release, Status.WITHDRAWN, account_id, at, reason)


def _open(release_id: uuid.UUID) -> UrgentRelease:
    """The release, locked, still to be decided."""
    lock_release(release_id)
    # Asked again under the lock: `state` compares with the clock of the database at this moment.
    release: Any = UrgentRelease.objects.with_state().get(pk=release_id)
    if release.state == "expired":
        raise ReleaseExpired("Nobody approved this release within 24 hours. Ask for a new one.")
    if release.state != Status.REQUESTED:
        raise ReleaseDecided(f"This release is {release.get_status_display()} already.")
    return release


def lock_release(release_id: uuid.UUID) -> None:
    """Let nobody else decide this release until the transaction ends; raises UnknownRelease."""
    locked = UrgentRelease.objects.select_for_update(no_key=True).filter(pk=release_id)
    if not list(locked.order_by("pk").values_list("pk")):
        raise UnknownRelease


def _of_another(release: UrgentRelease, account_id: int) -> UrgentRelease:
    if release.requested_by_id == account_id:
        raise OtherAccountNeeded("Another account than the requester's has to decide.")
    return release


def _decide(
    release: UrgentRelease, status: str, account_id: int, at: datetime, note: str
) -> UrgentRelease:
    release.status, release.note = status, note
    release.decided_by_id, release.decided_at = account_id, at
    release.save(update_fields=["status", "note", "decided_by", "decided_at"])
    return release
