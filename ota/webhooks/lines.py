"""Which notices may go next: those about the same subject stand in line, one behind the other.

An endpoint has as many lines as subjects wait. However long a line is, and however many there
are, finding who may go costs the same; else one partner's pile would keep all others waiting.
"""

import uuid
from dataclasses import dataclass

from config.statements import fetch, fetch_one

from . import outbound

LANES = 3  # senders one endpoint may keep busy
PARTNER_LANES = 4  # those of one partner together
SLOW_MILLISECONDS = 2000  # one that answers slower than this gets a single sender
LEASE_SECONDS = outbound.TIMEOUT_SECONDS + 5


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice in our hands, for as long as its lease."""

    id: int
    endpoint: uuid.UUID
    event_id: uuid.UUID
    payload: str
    attempts: int
    url: str


def due() -> list[tuple[uuid.UUID, int]]:
    """The endpoints something waits for, each with how many senders it may keep busy.

    Those that answer come first, so that they are not behind all that may hang; a partner's own
    share of senders goes to its endpoints by chance, so that none of them is left out for ever.
    """
    free: dict[int, int] = {}
    well: list[tuple[uuid.UUID, int]] = []
    doubtful: list[tuple[uuid.UUID, int]] = []
    for endpoint, partner, senders, of_partner, is_well in fetch(_DUE, LIMITS):
        number = min(senders, free.setdefault(partner, of_partner))
        if number > 0:
            free[partner] -= number
            (well if is_well else doubtful).append((endpoint, number))
    return well + doubtful


def claim(endpoint_id: uuid.UUID) -> Claimed | None:
    """The next notice of an endpoint, ours for the time of a lease; None if there is none."""
    row = fetch_one(_CLAIM, {**LIMITS, "endpoint": endpoint_id, "lease": LEASE_SECONDS})
    return Claimed(row[0], endpoint_id, *row[1:]) if row else None


LIMITS = {
    "lanes": LANES,
    "partner_lanes": PARTNER_LANES,
    "slow": SLOW_MILLISECONDS,
    "oldest": 100,  # looked at by age before lines are looked at
    "firsts": 2 * LANES + 2,  # more than others can have in their hands
}
# An endpoint that is well may keep several senders busy, any other only one.
_IS_WELL = "(e.failures = 0 AND e.last_milliseconds <= %(slow)s::int)"
SENDERS = f"""
(CASE WHEN {_IS_WELL} THEN %(lanes)s::int ELSE 1 END
 - (SELECT count(*) FROM ota_delivery h
     WHERE h.endpoint_id = e.id AND h.leased_until > statement_timestamp()))"""  # noqa: S608  joined of what stands here
SENDERS_OF_PARTNER = """
(%(partner_lanes)s::int
 - (SELECT count(*) FROM ota_webhookendpoint o JOIN ota_delivery h ON h.endpoint_id = o.id
     WHERE o.partner_id = e.partner_id AND h.leased_until > statement_timestamp()))"""
LISTENING = """
e.is_active AND e.removed_at IS NULL
AND (e.paused_until IS NULL OR e.paused_until <= statement_timestamp())"""
_IS_DUE = """
d.next_attempt_at <= statement_timestamp()
AND (d.leased_until IS NULL OR d.leased_until <= statement_timestamp())"""
# The oldest that are first in their line; where all of those wait for one before them, the
# first of every line, from one line to the next. Asked for in the order of an index, so that
# nothing else is read, whatever is thought of how many there are.
FIRSTS = f"""
SELECT c.id, c.next_attempt_at FROM (
  WITH RECURSIVE line AS (
    (SELECT d.id, d.subject, d.next_attempt_at, d.leased_until FROM ota_delivery d
      WHERE d.endpoint_id = e.id AND d.state = 'pending' ORDER BY d.subject, d.id LIMIT 1)
    UNION ALL
    SELECT n.* FROM line CROSS JOIN LATERAL (
      SELECT d.id, d.subject, d.next_attempt_at, d.leased_until FROM ota_delivery d
       WHERE d.endpoint_id = e.id AND d.state = 'pending' AND d.subject > line.subject
       ORDER BY d.subject, d.id LIMIT 1) AS n)
  (SELECT o.id, o.next_attempt_at FROM (
     SELECT d.id, d.subject, d.next_attempt_at FROM ota_delivery d
      WHERE d.endpoint_id = e.id AND d.state = 'pending' AND {_IS_DUE}
      ORDER BY d.next_attempt_at, d.id LIMIT %(oldest)s::int) AS o
    WHERE o.id = (
      SELECT b.id FROM ota_delivery b
       WHERE b.endpoint_id = e.id AND b.state = 'pending' AND b.subject >= o.subject
       ORDER BY b.subject, b.id LIMIT 1))
  UNION ALL
  SELECT d.id, d.next_attempt_at FROM line d WHERE {_IS_DUE}) AS c
 LIMIT %(firsts)s::int"""  # noqa: S608  joined of what stands here
_DUE = f"""
SELECT e.id, e.partner_id,
       least({SENDERS}, (SELECT count(DISTINCT first.id) FROM ({FIRSTS}) AS first)),
       {SENDERS_OF_PARTNER}, {_IS_WELL}
  FROM ota_webhookendpoint e JOIN resellers_partner p ON p.id = e.partner_id AND p.is_active
 WHERE {LISTENING}
 ORDER BY random()
"""  # noqa: S608  joined of what stands here
_CLAIM = f"""
WITH free AS MATERIALIZED (
  SELECT e.id, e.url
    FROM ota_webhookendpoint e
    JOIN resellers_partner p ON p.id = e.partner_id AND p.is_active
   WHERE e.id = %(endpoint)s::uuid AND {LISTENING}
     AND {SENDERS} > 0 AND {SENDERS_OF_PARTNER} > 0),
firsts AS MATERIALIZED (
  SELECT first.id, e.url FROM free e CROSS JOIN LATERAL ({FIRSTS}) AS first),
chosen AS MATERIALIZED (
  SELECT d.id AS next_id, firsts.url FROM firsts JOIN ota_delivery d ON d.id = firsts.id
   WHERE d.state = 'pending' AND {_IS_DUE}
   ORDER BY d.next_attempt_at, d.id
   LIMIT 1
     FOR NO KEY UPDATE OF d SKIP LOCKED)
UPDATE ota_delivery
   SET leased_until = statement_timestamp() + %(lease)s::float * interval '1 second',
       attempts = attempts + 1, last_attempt_at = statement_timestamp(),
       first_attempt_at = coalesce(first_attempt_at, statement_timestamp())
  FROM chosen WHERE id = next_id
RETURNING id, event_id, payload, attempts, url
"""  # noqa: S608  joined of what stands here
