"""One effect per Idempotency-Key: the first answer commits with what it answered.

The record is claimed first, so that a repeat waits for the first to end; the answer is
stored last, so that it is there exactly if the business change is. A refusal rolls both
back: a retry after it is a new attempt.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, transaction

from config import forgetting, sqlstates
from config.statements import fetch, fetch_one
from resellers.models import Partner

from .errors import IdempotencyConflict, InvalidIdempotencyKey, RequestInProgress
from .models import IdempotencyRecord

VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A rendered 2xx answer: what is sent, stored and replayed, byte for byte."""

    status: int
    body: str
    replayed: bool = False


def parse_key(header: str) -> str:
    """The key of an Idempotency-Key header, quoted or bare; raises InvalidIdempotencyKey."""
    key = header
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not VISIBLE.fullmatch(key):
        raise InvalidIdempotencyKey("Send 1 to 255 visible ASCII characters.")
    return key


def fingerprint(method: str, path: str, body: object) -> bytes:
    """What makes two requests the same: method, path and the JSON value of the body."""
    exact: list[str] = []

    def numbered(number: object) -> float:
        # In its place stands what no body can hold; as a string it would be one that was sent.
        exact.append(str(number))
        return math.nan

    canonical = json.dumps([method, path, body], sort_keys=True, default=numbered)
    return hashlib.sha256(f"{canonical}{exact}".encode()).digest()


def once(
    partner: Partner, key: str, mark: bytes, act: Callable[[], Answer], *, at: datetime
) -> Answer:
    """Act and keep the answer, or give the answer that was kept.

    Raises IdempotencyConflict for another request with the same key, RequestInProgress when
    the first takes longer than the lock limit, and whatever `act` refuses.
    """
    with transaction.atomic():
        record = _claim(partner, key, mark, at)
        if record is None:
            return _replay(partner, key, mark)
        answer = act()
        fetch(_KEEP, {"id": record, "status": answer.status, "body": answer.body})
    return answer


def forget(*, at: datetime, hours: int) -> int:
    """Delete the answers older than `hours`; returns how many."""
    old = IdempotencyRecord.objects.filter(created_at__lt=at - timedelta(hours=hours))
    return forgetting.forget(old)


def _claim(partner: Partner, key: str, mark: bytes, at: datetime) -> int | None:
    try:
        claimed = fetch_one(_CLAIM, {"partner": partner.pk, "key": key, "mark": mark, "at": at})
    except OperationalError as error:
        if sqlstates.of(error) == sqlstates.LOCK_NOT_AVAILABLE:
            raise RequestInProgress("The first request with this key is still running.") from error
        raise
    return claimed[0] if claimed else None


def _replay(partner: Partner, key: str, mark: bytes) -> Answer:
    kept = fetch_one(_KEPT, {"partner": partner.pk, "key": key})
    if kept is None:
        # Swept between the two statements: as good as never used.
        raise RequestInProgress("Send the request again.")
    known_mark, status, body = kept
    if bytes(known_mark) != mark:
        raise IdempotencyConflict("This key was used for another request. Use a new one.")
    return Answer(status, body, replayed=True)


_CLAIM = """
INSERT INTO ota_idempotencyrecord (partner_id, key, fingerprint, body, created_at)
VALUES (%(partner)s::bigint, %(key)s::text, %(mark)s::bytea, '', %(at)s::timestamptz)
ON CONFLICT (partner_id, key) DO NOTHING RETURNING id
"""
_KEEP = """
UPDATE ota_idempotencyrecord SET status = %(status)s::smallint, body = %(body)s::text
 WHERE id = %(id)s::bigint
"""
_KEPT = """
SELECT fingerprint, status, body FROM ota_idempotencyrecord
 WHERE partner_id = %(partner)s::bigint AND key = %(key)s::text
"""
