"""API keys: issued once in clear, found by their public id, revoked at once.

A key reads `gw_live_…` or, for tests, `gw_test_…`; `config.credentials` says how they are made.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from config import credentials
from config.actors import Actor
from config.statements import fetch_one

from .errors import KeyEnded
from .models import ApiKey, Partner
from .partner_history import SYSTEM, Kind, differing, of_key, remember

DEMO_SHAPE = re.compile(r"ota_test_key_([0-9a-z]{1,20})")  # published, in the demo only
SEEN_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner behind a valid key, as one look-up finds both."""

    partner: Partner
    key_id: str
    permissions: frozenset[str]


@transaction.atomic
def issue(
    partner: Partner,
    permissions: Iterable[str],
    *,
    at: datetime,
    by: Actor = SYSTEM,
    environment: str = ApiKey.Environment.LIVE,
    label: str = "",
    expires_at: datetime | None = None,
    replaces: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; returns its row and the full key, which is never shown again."""
    _, key = credentials.new(f"gw_{environment}")
    row = store(
        partner,
        key,
        permissions,
        at=at,
        by=by,
        environment=environment,
        label=label,
        expires_at=expires_at,
        replaces=replaces,
    )
    return row, key


@transaction.atomic
def store(
    partner: Partner,
    key: str,
    permissions: Iterable[str],
    *,
    at: datetime,
    by: Actor = SYSTEM,
    **facts: Any,
) -> ApiKey:
    """Keep the digest of a key whose text is already decided."""
    public_id = _public_id(key)
    if public_id is None:
        raise ValueError("A key must have the published format.")
    row = ApiKey(
        partner=partner,
        public_id=public_id,
        digest=credentials.digest(key),
        created_at=at,
        permissions=sorted(permissions),
        **facts,
    )
    row.full_clean(exclude=["digest"])
    row.save()
    remember(partner, Kind.KEY_ISSUED, key=row, after=of_key(row), at=at, by=by)
    return row


@transaction.atomic
def rotate(
    old: ApiKey, *, at: datetime, overlap: timedelta, by: Actor = SYSTEM
) -> tuple[ApiKey, str]:
    """Issue a successor; the old key goes on working for `overlap`, then ends by itself.

    Raises KeyEnded for one that works no more.
    """
    held = _live(old, at)
    new, key = issue(
        held.partner,
        held.permissions,
        at=at,
        by=by,
        environment=held.environment,
        label=held.label,
        replaces=held,
    )
    before, end = of_key(held), at + overlap
    if held.expires_at is None or held.expires_at > end:
        held.expires_at = end
        held.save(update_fields=["expires_at"])
    after = {**of_key(held), "replaced_by": new.public_id}
    told = differing(before, after)
    remember(held.partner, Kind.KEY_ROTATED, key=held, **told, at=at, by=by)
    return new, key


@transaction.atomic
def change(key: ApiKey, *, at: datetime, by: Actor = SYSTEM, **facts: Any) -> ApiKey:
    """Give a live key another label, other permissions or another expiry, from its next use on.

    No change leaves no trace. Raises KeyEnded.
    """
    held = _live(key, at)
    before = of_key(held)
    for name, value in facts.items():
        setattr(held, name, sorted(value) if name == "permissions" else value)
    after = of_key(held)
    if after != before:
        held.full_clean(exclude=["digest"])
        held.save(update_fields=list(facts))
        told = differing(before, after)
        remember(held.partner, Kind.KEY_CHANGED, key=held, **told, at=at, by=by)
    return held


@transaction.atomic
def revoke(key: ApiKey, *, at: datetime, by: Actor = SYSTEM) -> None:
    """End a key now: the next request with it is refused. Its row and history stay."""
    held = _locked(key)
    if held.revoked_at is not None:
        return
    before = of_key(held)
    held.revoked_at = at
    held.save(update_fields=["revoked_at"])
    told = differing(before, of_key(held))
    remember(held.partner, Kind.KEY_REVOKED, key=held, **told, at=at, by=by)


def find(key: str, *, at: datetime) -> Caller | None:
    """The partner a key belongs to; None for every key that is not valid now.

    Asked of the database on every request, so that nothing about a key can be stale.
    """
    public_id = _public_id(key)
    if public_id is None:
        return None
    row = fetch_one(_FIND, {"public_id": public_id})
    if not credentials.is_of(row[0] if row else None, key) or row is None:
        return None
    _, key_id, permissions, is_live, seen, *partner = row
    if not is_live:
        return None
    if seen is None or at - seen > SEEN_EVERY:
        ApiKey.objects.filter(pk=key_id).update(last_used_at=at)
    return Caller(
        partner=Partner.from_db("default", PARTNER_FIELDS, partner),
        key_id=public_id,
        permissions=frozenset(permissions),
    )


def _locked(key: ApiKey) -> ApiKey:
    locked = ApiKey.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("partner").get(pk=key.pk)


def _live(key: ApiKey, at: datetime) -> ApiKey:
    """It, locked and as it is now; raises KeyEnded."""
    held = _locked(key)
    if held.state_at(at) != ApiKey.State.LIVE:
        raise KeyEnded(f"Key {held.public_id} does not work any more. Issue a new one.")
    return held


def _public_id(key: str) -> str | None:
    if match := DEMO_SHAPE.fullmatch(key):
        return f"demo-{match[1]}"
    return credentials.public_id(key, "gw_live|gw_test")


PARTNER_FIELDS = [field.attname for field in Partner._meta.concrete_fields]
_FIND = f"""
SELECT k.digest, k.id, k.permissions,
       p.is_active AND k.revoked_at IS NULL
         AND (k.expires_at IS NULL OR k.expires_at > statement_timestamp()),
       k.last_used_at,
       {", ".join(f"p.{name}" for name in PARTNER_FIELDS)}
  FROM resellers_apikey k JOIN resellers_partner p ON p.id = k.partner_id
 WHERE k.public_id = %(public_id)s
"""  # noqa: S608  names of columns of ours; the value is bound
