"""From conditions that hold to alerts: opened once, counted while they hold, closed by themselves.

A condition that comes back within QUIET of its end goes on with the same alert: what flickers is
one alert, and nobody gets mail about each turn (`docs/decisions/0020-who-watches.md`).
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import structlog
from django.db import connection, transaction

from config.statements import fetch, fetch_one

from ..models import AlertThreshold
from . import rulebook
from .rule import Group, Rule
from .rulebook import FAILED

log = structlog.get_logger("ota.alerts")
QUIET = timedelta(minutes=15)
MOST = 500  # alerts of a rule: nobody reads more, and whoever causes them must not keep us busy
LOCK = 0x616C6572  # "aler"; the second number of the lock is the group's


@dataclass(slots=True)
class Outcome:
    """How many conditions hold, and how many alerts were opened and closed."""

    holding: int = 0
    opened: int = 0
    closed: int = 0


def evaluate(group: Group, *, at: datetime) -> Outcome | None:
    """Judge the rules of a group; None where another process is judging them at this moment."""
    with _alone(group) as mine:
        return judge(rulebook.of_group(group), at=at) if mine else None


def evaluate_parts(*, at: datetime) -> Outcome:
    """Judge the parts, whoever else does: one that froze while judging must not silence us."""
    return judge(rulebook.of_group(Group.PARTS), at=at)


def judge(rules: Iterable[Rule], *, at: datetime) -> Outcome:
    """Judge rules and write what came of it. A rule that fails stops no other, and is an alert."""
    wanted = list(rules)
    limits = rulebook.thresholds(wanted)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    judged = []
    for rule in wanted:
        try:
            held = _looked(rule, limits[rule.name], at)
        except Exception as error:
            log.exception("ota.alerts.rule_failed", rule=rule.name)
            facts = {"rule": rule.name, "error": type(error).__name__}
            severity = FAILED.severity.value
            held = [
                {"rule": FAILED.name, "subject": rule.name, "severity": severity, "facts": facts}
            ]
        else:
            judged.append(rule.name)
        found.update({(each["rule"], each["subject"]): each for each in held})
    return _written(list(found.values()), judged, at)


def _looked(rule: Rule, limit: AlertThreshold, at: datetime) -> list[dict[str, Any]]:
    if not limit.is_enabled:
        return []
    numbers = {"threshold": limit.value, "minimum": limit.minimum, "minutes": limit.window_minutes}
    known = {name: value for name, value in numbers.items() if value is not None}
    with transaction.atomic():  # what a failed statement undoes is itself
        found = list(islice(rule.look(limit, at), MOST + 1))
        if len(found) > MOST:
            log.error("ota.alerts.too_many", rule=rule.name, told=MOST)
        return [
            {
                "rule": rule.name,
                "subject": condition.subject[:120],
                "severity": limit.severity,
                "facts": {**known, **condition.facts},
            }
            for condition in found[:MOST]
        ]


def _written(found: list[dict[str, Any]], judged: list[str], at: datetime) -> Outcome:
    params = {
        "found": json.dumps(found, ensure_ascii=False),
        "judged": judged,
        "failed": FAILED.name,
        "at": at,
        "again": at - QUIET,
    }
    with transaction.atomic():
        again = fetch(_AGAIN, params)
        seen = fetch(_SEEN, params)
        closed = fetch(_CLOSED, params)
    opened = [row[:4] for row in seen if row[4]]
    for pk, rule, subject, severity in [*opened, *again]:
        log.warning("ota.alerts.opened", alert=pk, rule=rule, subject=subject, severity=severity)
    for pk, rule, subject, severity in closed:
        log.info("ota.alerts.closed", alert=pk, rule=rule, subject=subject, severity=severity)
    return Outcome(holding=len(found), opened=len(opened) + len(again), closed=len(closed))


@contextmanager
def _alone(group: Group) -> Iterator[bool]:
    """Whether nobody else judges this group until the block ends."""
    key = {"lock": LOCK, "group": list(Group).index(group)}
    row = fetch_one("SELECT pg_try_advisory_lock(%(lock)s::int, %(group)s::int)", key)
    mine = bool(row and row[0])
    try:
        yield mine
    finally:
        # A connection that broke has given its lock back.
        if mine and connection.is_usable():
            fetch("SELECT pg_advisory_unlock(%(lock)s::int, %(group)s::int)", key)


_FOUND = """
jsonb_to_recordset(%(found)s::jsonb) AS f(rule text, subject text, severity text, facts jsonb)"""
# Closed a moment ago: the same alert goes on, and what was mailed about it stays mailed.
_AGAIN = f"""
UPDATE ota_alert SET closed_at = NULL
 WHERE closed_at IS NOT NULL AND id IN (
   SELECT DISTINCT ON (a.rule, a.subject) a.id
     FROM ota_alert a JOIN {_FOUND} ON f.rule = a.rule AND f.subject = a.subject
    WHERE a.closed_at > %(again)s::timestamptz AND NOT EXISTS (
      SELECT FROM ota_alert o
       WHERE o.rule = a.rule AND o.subject = a.subject AND o.closed_at IS NULL)
    ORDER BY a.rule, a.subject, a.id DESC)
RETURNING id, rule, subject, severity
"""  # noqa: S608  joined of what stands here
# Those that are open are counted first: an INSERT would use up a number each time.
_SEEN = f"""
WITH f AS (SELECT * FROM {_FOUND}),
counted AS (
  UPDATE ota_alert a
     SET count = a.count + 1, last_seen_at = %(at)s::timestamptz, facts = f.facts,
         severity = f.severity
    FROM f WHERE a.rule = f.rule AND a.subject = f.subject AND a.closed_at IS NULL
  RETURNING a.rule, a.subject)
INSERT INTO ota_alert AS a
  (rule, subject, severity, facts, count, first_seen_at, last_seen_at, note)
SELECT f.rule, f.subject, f.severity, f.facts, 1, %(at)s::timestamptz, %(at)s::timestamptz, ''
  FROM f WHERE NOT EXISTS (
    SELECT FROM counted c WHERE c.rule = f.rule AND c.subject = f.subject)
 ORDER BY f.rule, f.subject
    ON CONFLICT (rule, subject) WHERE closed_at IS NULL DO UPDATE
   SET count = a.count + 1, last_seen_at = excluded.last_seen_at, facts = excluded.facts,
       severity = excluded.severity
RETURNING id, rule, subject, severity, xmax = 0
"""  # noqa: S608
_CLOSED = f"""
UPDATE ota_alert a SET closed_at = %(at)s::timestamptz
 WHERE closed_at IS NULL
   AND (rule = ANY(%(judged)s::text[])
        OR rule = %(failed)s::text AND subject = ANY(%(judged)s::text[]))
   AND NOT EXISTS (SELECT FROM {_FOUND} WHERE f.rule = a.rule AND f.subject = a.subject)
RETURNING id, rule, subject, severity
"""  # noqa: S608
