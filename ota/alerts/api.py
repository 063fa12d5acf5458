"""Misuse of the API, and answers that are not what they usually are; read from the call log."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from config.statements import fetch

from ..models import AlertThreshold
from .rule import Condition, Group, Limit, Link, Rule, Severity, minutes, share, since

CODE_ROUTES = ["qr", "qr-info", "ticket-activate", "ticket-cancel"]
USUAL = timedelta(hours=24)  # what the usual share of errors is taken from
STRETCH = timedelta(hours=4)  # of which the beginning is looked at
MOST_OF_A_STRETCH = 5000  # calls, about
FEWEST_USUAL = 50  # calls, before anything is usual
SMALLEST_USUAL = 5.0  # per cent: of next to none, a few errors are many times as many
REFUSED = Link(_("Its refused calls"), "ota_apicall", "outcome=4&partner__id__exact=%(pk)s")
UNKNOWN = Link(
    _("Calls without a valid key"), "ota_apicall", "outcome=4&key=unknown", lacking="partner"
)


def api_abuse(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Bursts of refused calls by partner, and by all who have no valid key together."""
    params = {"since": since(threshold, at), "value": threshold.value}
    for pk, partner, calls, *by_status in fetch(_ABUSE, params):
        facts = dict(zip(("s401", "s403", "s404", "s429"), by_status, strict=True))
        who = {"pk": pk or "", "partner": partner or ""}
        yield Condition(partner or "", {**who, "calls": calls, **facts})


def code_guessing(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Partners that ask for many ticket codes they do not have."""
    params = {"since": since(threshold, at), "value": threshold.value, "routes": CODE_ROUTES}
    for pk, partner, missed in fetch(_GUESSED, params):
        yield Condition(partner, {"pk": pk, "partner": partner, "missed": missed})


def gate_guessing(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Scanners that are shown many codes that are none of ours."""
    params = {"since": since(threshold, at), "value": threshold.value}
    for pk, scanner, name, venue, refused in fetch(_SHOWN, params):
        facts = {"pk": pk, "scanner": name or scanner, "venue": venue, "refused": refused}
        yield Condition(scanner, facts)


def api_failures(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Routes that fail by our own fault."""
    params = {"since": since(threshold, at), "minimum": threshold.minimum}
    for route, calls, failed in fetch(_FAILED, params):
        part = share(failed, calls)
        if part > (threshold.value or 0):
            facts = {"route": route, "calls": calls, "failed": failed, "share": part}
            yield Condition(route, facts)


def api_errors(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Routes that refuse partners many times as often as on the day before."""
    begins = since(threshold, at)
    params = {
        "since": begins,
        "usual": begins - USUAL,
        "stretch": STRETCH,
        "most": STRETCH / timedelta(minutes=threshold.window_minutes or 1) / MOST_OF_A_STRETCH,
        "minimum": threshold.minimum,
    }
    for route, calls, errors, usual_calls, usual_errors in fetch(_ERRORS, params):
        now, usual = share(errors, calls), share(usual_errors, usual_calls)
        known = usual_calls >= FEWEST_USUAL
        if known and now > (threshold.value or 0) * max(usual, SMALLEST_USUAL):
            facts = {"route": route, "calls": calls, "errors": errors, "share": now}
            yield Condition(route, {**facts, "usual": usual})


_ABUSE = """
SELECT p.id, p.partner_id, count(*), count(*) FILTER (WHERE status = 401),
       count(*) FILTER (WHERE status = 403), count(*) FILTER (WHERE status = 404),
       count(*) FILTER (WHERE status = 429)
  FROM ota_apicall c LEFT JOIN resellers_partner p ON p.id = c.partner_id
 WHERE c.at > %(since)s::timestamptz AND status IN (401, 403, 404, 429)
 GROUP BY p.id HAVING count(*) >= %(value)s::int ORDER BY p.partner_id
"""
_GUESSED = """
SELECT p.id, p.partner_id, count(*)
  FROM ota_apicall c JOIN resellers_partner p ON p.id = c.partner_id
 WHERE c.at > %(since)s::timestamptz AND status = 404 AND route = ANY(%(routes)s::text[])
 GROUP BY p.id HAVING count(*) >= %(value)s::int ORDER BY p.partner_id
"""
_SHOWN = """
SELECT d.id, d.public_id, d.label, v.code, s.refused
  FROM (SELECT scanner_id, count(*) AS refused FROM ticketing_scan
         WHERE at > %(since)s::timestamptz AND code = 'token_invalid'
         GROUP BY scanner_id HAVING count(*) >= %(value)s::int) AS s
  JOIN ticketing_scanner d ON d.id = s.scanner_id JOIN ticketing_venue v ON v.id = d.venue_id
 ORDER BY d.id
"""
_FAILED = """
SELECT route, count(*), count(*) FILTER (WHERE status >= 500)
  FROM ota_apicall WHERE at > %(since)s::timestamptz
 GROUP BY route HAVING count(*) FILTER (WHERE status >= 500) >= %(minimum)s::int ORDER BY route
"""
# Of a busy day only the beginning of every fourth hour is looked at: thousands of calls say as
# much about what is usual as a million.
_ERRORS = """
WITH recent AS MATERIALIZED (
  SELECT route, count(*) AS calls, count(*) FILTER (WHERE status >= 400) AS errors
    FROM ota_apicall WHERE at > %(since)s::timestamptz AND partner_id IS NOT NULL
   GROUP BY route),
looked AS MATERIALIZED (
  SELECT %(stretch)s::interval / greatest(1, sum(calls) * %(most)s::float) AS span FROM recent),
before AS (
  SELECT d.route, sum(d.calls)::bigint AS calls, sum(d.errors)::bigint AS errors
    FROM looked
   CROSS JOIN generate_series(%(usual)s::timestamptz, %(since)s::timestamptz - interval '1 second',
                              %(stretch)s::interval) AS s(begins)
   CROSS JOIN LATERAL (
     SELECT route, count(*) AS calls, count(*) FILTER (WHERE status >= 400) AS errors
       FROM ota_apicall
      WHERE at > s.begins AND at <= s.begins + looked.span AND partner_id IS NOT NULL
      GROUP BY route) AS d
   GROUP BY d.route)
SELECT route, r.calls, r.errors, coalesce(b.calls, 0), coalesce(b.errors, 0)
  FROM recent r LEFT JOIN before b USING (route)
 WHERE r.errors >= %(minimum)s::int ORDER BY route
"""
ROUTE = Link(_("Calls of this route"), "ota_apicall", "q=%(route)s")
RULES = (
    Rule(
        name="api_abuse",
        look=api_abuse,
        group=Group.QUICK,
        severity=Severity.WARNING,
        value=Limit(100, 1, 1_000_000, _("Speaks from so many refused calls on")),
        window=minutes(10),
        title=_("The API is misused"),
        says=_(
            "%(calls)s calls of %(partner)s were refused within %(span)s (limit %(threshold)s):"
            " %(s401)s × 401, %(s403)s × 403, %(s404)s × 404, %(s429)s × 429."
        ),
        means=_("A program runs wild, uses a revoked key, or somebody looks for a way in."),
        todo=_(
            "Look at the calls. Tell the partner; if it does not stop, lower its rate limit or"
            " revoke the key. Strangers are blocked in front of the product."
        ),
        links=(REFUSED, UNKNOWN),
    ),
    Rule(
        name="code_guessing",
        look=code_guessing,
        group=Group.QUICK,
        severity=Severity.CRITICAL,
        value=Limit(20, 1, 100_000, _("Speaks from so many unknown codes on")),
        window=minutes(10),
        title=_("A partner tries ticket codes"),
        says=_(
            "%(partner)s asked for %(missed)s ticket codes within %(span)s that are"
            " not its own or do not exist; the limit is %(threshold)s."
        ),
        means=_("Somebody with this key guesses codes, or its records are wrong."),
        todo=_("Revoke the key that asked, then speak with the partner. Guesses found nothing."),
        links=(REFUSED,),
    ),
    Rule(
        name="gate_guessing",
        look=gate_guessing,
        group=Group.QUICK,
        severity=Severity.WARNING,
        value=Limit(20, 1, 100_000, _("Speaks from so many invalid codes on")),
        window=minutes(10),
        title=_("A scanner is shown invalid codes"),
        says=_(
            "Scanner %(scanner)s at %(venue)s was shown %(refused)s codes within %(span)s"
            " that are none of ours; the limit is %(threshold)s."
        ),
        means=_("Forged tickets are tried at this gate, or it reads other people's codes."),
        todo=_("Call the gate. If nobody there knows of it, revoke the scanner's key."),
        links=(Link(_("Its scans"), "ticketing_scan", "scanner__id__exact=%(pk)s&result=refused"),),
    ),
    Rule(
        name="api_failures",
        look=api_failures,
        group=Group.QUICK,
        severity=Severity.CRITICAL,
        value=Limit(2, 0, 100, _("Speaks above this share, in per cent")),
        minimum=Limit(3, 1, 100_000, _("From so many failures on")),
        window=minutes(10),
        title=_("Calls of partners fail"),
        says=_(
            "%(failed)s of %(calls)s calls of %(route)s in %(span)s ended with a status"
            " of 500 or more: %(share)s %%, more than %(threshold)s %%."
        ),
        means=_("The fault is ours: a bug, a missing key, or a database that was away."),
        todo=_("Take the request id of a failed call and look for it in the log."),
        links=(Link(_("Failed calls"), "ota_apicall", "outcome=5&q=%(route)s"), ROUTE),
    ),
    Rule(
        name="api_errors",
        look=api_errors,
        group=Group.SLOW,
        severity=Severity.WARNING,
        value=Limit(3, 2, 1000, _("Speaks above so many times the usual share")),
        minimum=Limit(20, 1, 100_000, _("From so many errors on")),
        window=minutes(30, most=60 * 24),
        title=_("A route refuses more than usual"),
        says=_(
            "%(errors)s of %(calls)s calls of %(route)s in %(span)s were refused or"
            " failed: %(share)s %%. On the day before it was %(usual)s %%; the limit is"
            " %(threshold)s times that, of 5 %% at least."
        ),
        means=_("Something changed: in a partner's program, in what is for sale, or in ours."),
        todo=_("Look which partner and which problem code stand out, and since when."),
        links=(Link(_("Refused calls"), "ota_apicall", "outcome=4&q=%(route)s"), ROUTE),
    ),
)
