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
from config.statements import fetch_one

from .models import ApiKey, Partner

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
        environment=environment,
        label=label,
        expires_at=expires_at,
        replaces=replaces,
    )
    return row, key


def store(
    partner: Partner, key: str, permissions: Iterable[str], *, at: datetime, **facts: Any
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
    return row


@transaction.atomic
def rotate(old: ApiKey, *, at: datetime, overlap: timedelta) -> tuple[ApiKey, str]:
    """Issue a successor; the old key goes on working for `overlap`, then ends by itself."""
    new, key = issue(
        old.partner,
        old.permissions,
        at=at,
        environment=old.environment,
        label=old.label,
        replaces=old,
    )
    end = at + overlap
    if old.expires_at is None or old.expires_at > end:
        ApiKey.objects.filter(pk=old.pk).update(expires_at=end)
    return new, key


def revoke(key: ApiKey, *, at: datetime) -> None:
    """End a key now: the next request with it is refused. Its row and history stay."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at)


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


def is_well_formed(key: str) -> bool:
    """Whether a text has the format of a key, checksum included."""
    return _public_id(key) is not None


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
