"""Unusual ways to reserve: a sudden rate, holding in a loop, hoarding, letting holds lapse."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from config.statements import fetch

from ..models import AlertThreshold
from .rule import Condition, Group, Limit, Link, Rule, Severity, minutes, share, since

HISTORY = timedelta(days=7)  # what a partner's usual rate is taken from
A_DAY = timedelta(days=1)  # who is newer has no usual rate yet
THEIRS = Link(_("This partner's reservations"), "ticketing_reservation", "q=%(partner)s")
DECLINED = Link(_("Its refused calls"), "ota_apicall", "partner__id__exact=%(pk)s&outcome=4")
OF_PRODUCT = "q=%(partner)s&allocation__product__id__exact=%(product)s"
HELD = Link(_("Its holds"), "ticketing_reservation", f"{OF_PRODUCT}&status=active")
LET_GO = Link(_("Its holds that lapsed"), "ticketing_reservation", f"{OF_PRODUCT}&status=expired")
LAPSED = Link(_("Those that expired"), "ticketing_reservation", "q=%(partner)s&status=expired")


def reservation_rate(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Partners that reserve many times as often as they did in the week before."""
    begins = since(threshold, at)
    params = {
        "at": at,
        "since": begins,
        "history": begins - HISTORY,
        "known": at - A_DAY,
        "minimum": threshold.minimum,
    }
    for partner, made, units, before, first in fetch(_RATE, params):
        span = (begins - max(first, begins - HISTORY)) if first else HISTORY
        usual = round(before * (at - begins) / max(span, timedelta(hours=1)), 1)
        if made > (threshold.value or 0) * usual:
            facts = {"partner": partner, "made": made, "units": units, "usual": usual}
            yield Condition(partner, facts)


def hold_loop(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Partners that let holds lapse and hold the same product again at once, over and over."""
    params = {"at": at, "since": since(threshold, at), "value": threshold.value}
    for partner, product, lapsed, again, sold in fetch(_LOOP, params):
        facts = {
            "partner": partner,
            "product": product,
            "lapsed": lapsed,
            "again": again,
            "sold": sold,
        }
        yield Condition(f"{partner} {product}", facts)


def hoarding(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Partners whose holds are more than this share of what a product has left to sell."""
    for partner, product, held, unsold in fetch(_HELD, {"at": at, "minimum": threshold.minimum}):
        part = share(held, unsold)
        if part > (threshold.value or 0):
            facts = {"partner": partner, "product": product, "held": held, "unsold": unsold}
            yield Condition(f"{partner} {product}", {**facts, "share": part})


def expiry_rate(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Partners of whose reservations too many lapse."""
    params = {"at": at, "since": since(threshold, at), "minimum": threshold.minimum}
    for pk, partner, ended, lapsed in fetch(_EXPIRED, params):
        part = share(lapsed, ended)
        if part > (threshold.value or 0):
            facts = {"pk": pk, "partner": partner, "ended": ended, "lapsed": lapsed, "share": part}
            yield Condition(partner, facts)


_RATE = """
SELECT p.partner_id, recent.made, recent.units, before.made, before.first
  FROM resellers_partner p
 CROSS JOIN LATERAL (
   SELECT count(*) AS made, coalesce(sum(quantity), 0)::bigint AS units
     FROM ticketing_reservation r
    WHERE r.partner_id = p.id AND r.created_at > %(since)s::timestamptz
      AND r.created_at <= %(at)s::timestamptz) AS recent
 CROSS JOIN LATERAL (
   SELECT count(*) AS made, min(created_at) AS first FROM ticketing_reservation r
    WHERE recent.made >= %(minimum)s::int AND r.partner_id = p.id
      AND r.created_at > %(history)s::timestamptz AND r.created_at <= %(since)s::timestamptz
   ) AS before
 WHERE recent.made >= %(minimum)s::int AND EXISTS (
   SELECT FROM ticketing_reservation r
    WHERE r.partner_id = p.id AND r.created_at <= %(known)s::timestamptz)
 ORDER BY p.partner_id
"""
# Lapsed: swept or not. Held again: within ten minutes before or after the end.
_LOOP = """
WITH made AS (
  SELECT partner_id, product_id, status, created_at, expires_at,
         status = 'expired' OR status = 'active' AND expires_at <= %(at)s::timestamptz AS lapsed
    FROM ticketing_reservation
   WHERE partner_id IN (SELECT id FROM resellers_partner)
     AND created_at > %(since)s::timestamptz AND created_at <= %(at)s::timestamptz),
judged AS (
  SELECT partner_id, product_id, status, lapsed, lapsed AND EXISTS (
           SELECT FROM ticketing_reservation r
            WHERE r.partner_id = m.partner_id AND r.product_id = m.product_id
              AND r.created_at > m.created_at
              AND r.created_at BETWEEN m.expires_at - interval '10 minutes'
                                   AND m.expires_at + interval '10 minutes') AS again
    FROM made m)
SELECT p.partner_id, product_id, count(*) FILTER (WHERE lapsed), count(*) FILTER (WHERE again),
       count(*) FILTER (WHERE status = 'activated')
  FROM judged JOIN resellers_partner p ON p.id = judged.partner_id
 GROUP BY p.partner_id, product_id
HAVING count(*) FILTER (WHERE again) >= %(value)s::int
   AND count(*) FILTER (WHERE again) > count(*) FILTER (WHERE status = 'activated')
 ORDER BY p.partner_id, product_id
"""
_HELD = """
SELECT p.partner_id, a.product_id, held.units, c.allocated - c.sold
  FROM (SELECT partner_id, allocation_id, sum(quantity)::bigint AS units
          FROM ticketing_reservation
         WHERE status = 'active' AND expires_at > %(at)s::timestamptz AND partner_id IS NOT NULL
         GROUP BY partner_id, allocation_id
        HAVING sum(quantity) >= %(minimum)s::int) AS held
  JOIN resellers_partner p ON p.id = held.partner_id
  JOIN inventory_channelallocation a ON a.id = held.allocation_id
  JOIN inventory_allocationcounter c ON c.allocation_id = a.id
 ORDER BY p.partner_id, a.product_id
"""
_EXPIRED = """
SELECT p.id, p.partner_id, ended.number, ended.lapsed
  FROM resellers_partner p
 CROSS JOIN LATERAL (
   SELECT count(*) AS number, count(*) FILTER (WHERE status IN ('expired', 'active')) AS lapsed
     FROM ticketing_reservation r
    WHERE r.partner_id = p.id AND r.created_at > %(since)s::timestamptz
      AND r.created_at <= %(at)s::timestamptz
      AND (r.status <> 'active' OR r.expires_at <= %(at)s::timestamptz)) AS ended
 WHERE ended.number >= %(minimum)s::int ORDER BY p.partner_id
"""
RULES = (
    Rule(
        name="reservation_rate",
        look=reservation_rate,
        group=Group.SLOW,
        severity=Severity.WARNING,
        value=Limit(5, 2, 1000, _("Speaks above so many times the usual rate")),
        minimum=Limit(50, 1, 100_000, _("From so many reservations on")),
        window=minutes(60),
        title=_("A partner reserves far more than usual"),
        says=_(
            "%(partner)s made %(made)s reservations of %(units)s units in %(span)s. By"
            " its week before, %(usual)s would be usual; the limit is %(threshold)s times that."
        ),
        means=_("A campaign that nobody announced, a program that repeats itself, or misuse."),
        todo=_(
            "Ask the partner. If it is no campaign, lower its rate limit or revoke the key that"
            " reserves, and cancel the holds."
        ),
        links=(THEIRS,),
    ),
    Rule(
        name="hold_loop",
        look=hold_loop,
        group=Group.SLOW,
        severity=Severity.WARNING,
        value=Limit(10, 2, 100_000, _("Speaks from so many holds that were made again")),
        window=minutes(1440),
        title=_("A partner holds the same units over and over"),
        says=_(
            "Of %(partner)s %(lapsed)s holds of product %(product)s lapsed within %(span)s"
            "; %(again)s were made again at once (limit %(threshold)s), and %(sold)s"
            " were sold."
        ),
        means=_("Units are kept from others without being sold."),
        todo=_("Ask the partner to stop; else revoke its key or take reservations:write from it."),
        links=(LET_GO, THEIRS),
    ),
    Rule(
        name="hoarding",
        look=hoarding,
        group=Group.QUICK,
        severity=Severity.WARNING,
        value=Limit(50, 1, 100, _("Speaks above this share, in per cent")),
        minimum=Limit(20, 1, 1_000_000, _("From so many held units on")),
        title=_("One partner holds most of a product"),
        says=_(
            "%(partner)s holds %(held)s of the %(unsold)s unsold units of product %(product)s:"
            " %(share)s %%, more than %(threshold)s %%."
        ),
        means=_("Other partners find little or nothing while these holds last."),
        todo=_("Look whether its holds become orders; if they do not, ask the partner."),
        links=(HELD, THEIRS),
    ),
    Rule(
        name="expiry_rate",
        look=expiry_rate,
        group=Group.SLOW,
        severity=Severity.WARNING,
        value=Limit(50, 1, 100, _("Speaks above this share, in per cent")),
        minimum=Limit(10, 1, 100_000, _("From so many ended reservations on")),
        window=minutes(2880),
        title=_("Too many reservations expire"),
        says=_(
            "Of %(ended)s reservations of %(partner)s that ended, made in the last %(span)s"
            ", %(lapsed)s expired: %(share)s %%, more than %(threshold)s %%."
        ),
        means=_("Units wait a day for nothing; often payments fail or an integration is broken."),
        todo=_("Look at the partner's refused calls, then ask it why its holds are not activated."),
        links=(LAPSED, DECLINED),
    ),
)
