"""Scanner keys: issued once in clear, found by their public id, revoked at once."""

import re
from datetime import datetime, timedelta

from django.db import transaction

from config import credentials
from config.statements import fetch_one

from .gate_errors import ScannerRevoked
from .models import Scanner, Venue

DEMO_SHAPE = re.compile(r"venue_test_key_([0-9a-z]{1,20})")  # published, in the demo only
SEEN_EVERY = timedelta(minutes=1)


def issue(venue: Venue, label: str, *, at: datetime) -> tuple[Scanner, str]:
    """A scanner and its key `gw_scan_…`, which is never shown again."""
    _, key = credentials.new("gw_scan")
    return store(venue, label, key, at=at), key


def store(venue: Venue, label: str, key: str, *, at: datetime) -> Scanner:
    """Keep the digest of a key whose text is already decided."""
    public_id = _public_id(key)
    if public_id is None:
        raise ValueError("A scanner key must have the published format.")
    return Scanner.objects.create(
        venue=venue,
        label=label,
        public_id=public_id,
        digest=credentials.digest(key),
        created_at=at,
    )


def revoke(scanner: Scanner, *, at: datetime) -> None:
    """End a key now: the next scan with it is refused. What it scanned stays."""
    Scanner.objects.filter(pk=scanner.pk, revoked_at=None).update(revoked_at=at)


@transaction.atomic(savepoint=False)
def rotate(scanner: Scanner, *, at: datetime) -> str:
    """A new key for the same device, whose old one ends now; never shown again.

    The device stays who it is: it may undo what it scanned with the old key. Raises ScannerRevoked.
    """
    held = Scanner.objects.select_for_update(no_key=True).get(pk=scanner.pk)
    if held.revoked_at is not None:
        raise ScannerRevoked("This key was revoked. Issue a new one.")
    public_id, key = credentials.new("gw_scan")
    held.public_id, held.digest, held.last_seen_at = public_id, credentials.digest(key), None
    held.save(update_fields=["public_id", "digest", "last_seen_at"])
    return key


def find(key: str, *, at: datetime) -> Scanner | None:
    """The scanner a key belongs to, with its venue; None for every key not valid now.

    Asked of the database on every request, so that nothing about a key can be stale.
    """
    public_id = _public_id(key)
    if public_id is None:
        return None
    row = fetch_one(_FIND, {"public_id": public_id})
    if not credentials.is_of(row[0] if row else None, key) or row is None:
        return None
    _, scanner_id, label, is_live, seen, *place = row
    if not is_live:
        return None
    if seen is None or at - seen > SEEN_EVERY:
        Scanner.objects.filter(pk=scanner_id).update(last_seen_at=at)
    venue = Venue.from_db("default", VENUE_FIELDS, place)
    known = (scanner_id, venue.pk, label, public_id)
    scanner = Scanner.from_db("default", ("id", "venue_id", "label", "public_id"), known)
    scanner.venue = venue
    return scanner


def _public_id(key: str) -> str | None:
    if match := DEMO_SHAPE.fullmatch(key):
        return f"demo-{match[1]}"
    return credentials.public_id(key, "gw_scan")


VENUE_FIELDS = [field.attname for field in Venue._meta.concrete_fields]
_FIND = f"""
SELECT s.digest, s.id, s.label, s.revoked_at IS NULL AND v.is_active, s.last_seen_at,
       {", ".join(f"v.{name}" for name in VENUE_FIELDS)}
  FROM ticketing_scanner s JOIN ticketing_venue v ON v.id = s.venue_id
 WHERE s.public_id = %(public_id)s
"""  # noqa: S608  names of columns of ours; the value is bound
