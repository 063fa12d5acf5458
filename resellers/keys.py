"""API keys: issued once in clear, found by their public id, revoked at once.

A key reads `gw_live_<8 public id>_<43 secret>_<6 checksum>` (`gw_test_…` for tests). The
checksum turns typing errors away without asking the database; the secret has 256 bits, so
an HMAC with the pepper is all that has to be stored.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from config.statements import fetch_one

from .models import ApiKey, Partner

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SHAPE = re.compile(r"gw_(live|test)_([0-9A-Za-z]{8})_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")
DEMO_SHAPE = re.compile(r"ota_test_key_([0-9a-z]{1,20})")  # published, in the demo only
SEEN_EVERY = timedelta(minutes=10)
_NOBODY = bytes(32)


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
    public_id = _random(8)
    body = f"gw_{environment}_{public_id}_{_random(43)}"
    key = f"{body}_{_checksum(body)}"
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
        digest=_digest(key),
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
    digest = row[0] if row else _NOBODY
    if not hmac.compare_digest(digest, _digest(key)) or row is None:
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
    if match := SHAPE.fullmatch(key):
        body, _, checksum = key.rpartition("_")
        return match[2] if hmac.compare_digest(checksum, _checksum(body)) else None
    if match := DEMO_SHAPE.fullmatch(key):
        return f"demo-{match[1]}"
    return None


def _digest(key: str) -> bytes:
    return hmac.digest(settings.API_KEY_PEPPER.encode(), key.encode(), hashlib.sha256)


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    while len(digits) < 6:
        number, place = divmod(number, len(ALPHABET))
        digits = ALPHABET[place] + digits
    return digits


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


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
