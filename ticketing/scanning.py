"""One scan in two statements: claim its id and lock its ticket, then write what became of it.

The claim comes first, so that a repeat of the scan waits for the first to end; nothing but
the claim leads to the ticket, so the two locks are always taken in this order.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from config.actors import Actor
from config.errors import Refusal
from config.statements import fetch, fetch_one
from qrcodes.tokens import TicketQr, Token

from .models import Ticket
from .models.tickets import SHOWN_COLUMNS


class Attempt(NamedTuple):
    """A device holds a QR to a gate; `mark` stands for the QR and the function."""

    scanner: int
    scan_id: uuid.UUID
    mark: bytes
    session_code: str
    function_code: str
    request_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device is told: of a granted scan the JSON `body`, of a refused one its refusal."""

    status: int
    code: str
    body: str
    is_new: bool = True

    def refusal(self) -> Refusal:
        """The refusal as it was when it was stored."""
        told = json.loads(self.body)
        refusal = Refusal(told["detail"], **told["extra"])
        refusal.status, refusal.code, refusal.title = self.status, self.code, told["title"]
        return refusal


@dataclass(frozen=True, slots=True)
class Claim:
    """A scan of ours to answer, and its ticket, locked; None where there is no such ticket."""

    scan: int
    ticket: Ticket | None


def claim(attempt: Attempt, seen: Token | TicketQr) -> Claim | None:
    """Claim the scan and lock the ticket of the code that was seen; None for a repeat."""
    if isinstance(seen, TicketQr):
        row = fetch_one(_CLAIM_BY_CODE, {**attempt._asdict(), "code": seen.code})
    else:
        row = fetch_one(_CLAIM_BY_ID, {**attempt._asdict(), "id": seen.ticket})
    if row is None:
        return None
    scan, *shown = row
    return Claim(scan, Ticket.from_row(tuple(shown)) if shown[0] else None)


def first_answer(attempt: Attempt) -> tuple[bytes, Answer]:
    """The mark and the answer of the scan that came first with this id."""
    row = fetch_one(_FIRST, {"scanner": attempt.scanner, "scan_id": attempt.scan_id})
    if row is None:
        raise LookupError(f"Scan {attempt.scan_id} was claimed, but is not there.")
    mark, status, code, body = row
    return bytes(mark), Answer(status, code, body, is_new=False)


def grant(scan: int, ticket: Ticket, told: Mapping[str, Any], *, at: datetime, by: Actor) -> Answer:
    """Take one use of a claimed ticket and store what the device is told of it."""
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    change = _change(scan, ticket, told["function_code"], -1, at=at, by=by)
    fetch(_GRANT, {**change, "answer": body})
    return Answer(200, "", body)


def give_back(scan: int, ticket: Ticket, function_code: str, *, at: datetime, by: Actor) -> None:
    """Return the use that a scan took to its locked ticket."""
    change = _change(scan, ticket, function_code, 1, at=at, by=by)
    fetch(_GIVE_BACK, change)
    ticket.entitlements = json.loads(change["entitlements"])
    ticket.status = change["status"]


def _change(
    scan: int, ticket: Ticket, function_code: str, change: int, *, at: datetime, by: Actor
) -> dict[str, Any]:
    entitlements, status = ticket.after(function_code, change)
    return {
        "scan": scan,
        "ticket": ticket.id,
        "function_code": function_code,
        "change": change,
        "remaining": (ticket.remaining(function_code) or 0) + change,
        "entitlements": json.dumps(entitlements),
        "status": status,
        "was": ticket.status,
        "at": at,
        "by": by.name,
        "request_id": by.request_id,
    }


def refuse(claim: Claim, refusal: Refusal) -> Answer:
    """Store why a claimed scan admits nobody."""
    answer = _refused(refusal)
    fetch(_REFUSE, {"scan": claim.scan, **_answered(answer)})
    return answer


def refuse_unread(attempt: Attempt, refusal: Refusal, ticket: uuid.UUID | None) -> Answer | None:
    """Store an attempt with a code that is not good at all; None for a repeat."""
    answer = _refused(refusal)
    facts = {**attempt._asdict(), "ticket": ticket, **_answered(answer)}
    return answer if fetch_one(_REFUSE_UNREAD, facts) else None


def _answered(answer: Answer) -> dict[str, Any]:
    return {"status": answer.status, "code": answer.code, "answer": answer.body}


def _refused(refusal: Refusal) -> Answer:
    told = {"title": refusal.title, "detail": refusal.detail, "extra": refusal.extra}
    return Answer(refusal.status, refusal.code, json.dumps(told, ensure_ascii=False))


# The ticket is named at once: a later change of what is indexed would cost every index a row.
_ATTEMPT = """
INSERT INTO ticketing_scan
  (scanner_id, scan_id, mark, session_code, function_code, request_id, at,
   ticket_id, result, status, code, answer)
SELECT %(scanner)s::bigint, %(scan_id)s::uuid, %(mark)s::bytea, %(session_code)s::text,
       %(function_code)s::text, %(request_id)s::text, %(at)s::timestamptz,
       (SELECT t.id FROM ticketing_ticket t WHERE {which}), {outcome}
ON CONFLICT (scanner_id, scan_id) DO NOTHING RETURNING id"""
_CLAIM = """
WITH claimed AS ({attempt})
SELECT claimed.id, found.*
  FROM claimed
  LEFT JOIN LATERAL (
    SELECT {columns}
      FROM ticketing_ticket t JOIN inventory_product p ON p.id = t.product_id
     WHERE {which} FOR NO KEY UPDATE OF t) AS found ON true
"""


def _claiming(which: str) -> str:
    attempt = _ATTEMPT.format(which=which, outcome="'', 0, '', ''")
    return _CLAIM.format(attempt=attempt, columns=SHOWN_COLUMNS, which=which)


_CLAIM_BY_CODE = _claiming("t.code = %(code)s::text")
_CLAIM_BY_ID = _claiming("t.id = %(id)s::uuid")
_REFUSE_UNREAD = _ATTEMPT.format(
    which="t.id = %(ticket)s::uuid",
    outcome="'refused', %(status)s::smallint, %(code)s::text, %(answer)s::text",
)
_FIRST = """
SELECT mark, status, code, answer FROM ticketing_scan
 WHERE scanner_id = %(scanner)s::bigint AND scan_id = %(scan_id)s::uuid
"""
_REFUSE = """
UPDATE ticketing_scan SET result = 'refused', status = %(status)s::smallint,
       code = %(code)s::text, answer = %(answer)s::text
 WHERE id = %(scan)s::bigint
"""
_CHANGE = """
WITH changed AS (
  UPDATE ticketing_ticket
     SET entitlements = %(entitlements)s::jsonb, status = %(status)s::text,
         used_at = CASE WHEN %(status)s::text = 'USED' THEN %(at)s::timestamptz END
   WHERE id = %(ticket)s::uuid RETURNING id),
moved AS (
  INSERT INTO ticketing_ticketmove (subject_id, status, was, at, by, request_id, reason)
  SELECT id, %(status)s::text, %(was)s::text, %(at)s::timestamptz, %(by)s::text,
         %(request_id)s::text, '' FROM changed WHERE %(status)s::text <> %(was)s::text),
kept AS (
  INSERT INTO ticketing_redemption
    (scan_id, ticket_id, function_code, seq, change, remaining, at, by, request_id)
  SELECT %(scan)s::bigint, id, %(function_code)s::text,
         1 + coalesce((SELECT max(seq) FROM ticketing_redemption
                        WHERE ticket_id = %(ticket)s::uuid
                          AND function_code = %(function_code)s::text), 0),
         %(change)s::smallint, %(remaining)s::int, %(at)s::timestamptz, %(by)s::text,
         %(request_id)s::text
    FROM changed)
"""
_GRANT = f"""{_CHANGE}
UPDATE ticketing_scan SET result = 'granted', status = 200, answer = %(answer)s::text
 WHERE id = %(scan)s::bigint
"""  # noqa: S608  joined of what stands here
_GIVE_BACK = f"{_CHANGE} SELECT id FROM changed"  # noqa: S608
