"""Payments that were reported and sold nothing, and notices that somebody forges."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from config.statements import fetch

from ..models import AlertThreshold
from .rule import Condition, Group, Limit, Link, Rule, Severity, minutes, since

NOTICES = Link(
    _("Rejected notices"), "ticketing_paymentnotice", "outcome__exact=rejected&source=%(source)s"
)
REFUSED = (
    Link(_("Its refused notices"), "ticketing_refusednotice", "q=%(source)s"),
    Link(_("Refused notices"), "ticketing_refusednotice"),
)
ORDER = Link(_("The order"), "ticketing_order", "q=%(order)s")


def payment_not_applied(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Authentic notices that sold nothing, until their order is paid after all."""
    for pk, source, reason, order in fetch(_REJECTED, {"since": since(threshold, at)}):
        facts = {"notice": pk, "source": source, "reason": reason, "order": order or ""}
        yield Condition(str(pk), facts)


def payment_changed(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Events that came again with another body."""
    for pk, source, times, order in fetch(_CHANGED, {"since": since(threshold, at)}):
        facts = {"notice": pk, "source": source, "times": times, "order": order or ""}
        yield Condition(str(pk), facts)


def payment_unreadable(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Sources that sign what cannot be understood, or with a clock that is wrong."""
    params = {"since": since(threshold, at), "reasons": ["malformed", "stale_signature"]}
    for source, times, malformed, stale in fetch(_REFUSED, {**params, "value": threshold.value}):
        facts = {"source": source, "times": times, "malformed": malformed, "stale": stale}
        yield Condition(source, facts)


def payment_forged(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Names in which somebody sends notices that are not signed by them."""
    params = {"since": since(threshold, at), "reasons": ["no_signature", "wrong_signature"]}
    for source, times, _malformed, _stale in fetch(_REFUSED, {**params, "value": threshold.value}):
        yield Condition(source, {"source": source, "times": times})


# Paid by a later notice, or by its partner's call: settled. A second payment of what was paid
# before it is not.
_REJECTED = """
SELECT n.id, n.source, n.reason, o.order_id
  FROM ticketing_paymentnotice n LEFT JOIN ticketing_order o ON o.id = n.order_id
 WHERE n.outcome = 'rejected' AND n.received_at > %(since)s::timestamptz
   AND NOT (o.status = 'CONFIRMED' AND o.confirmed_at > n.received_at) IS TRUE
 ORDER BY n.id
"""
_CHANGED = """
SELECT n.id, n.source, n.changed_repeats, o.order_id
  FROM ticketing_paymentnotice n LEFT JOIN ticketing_order o ON o.id = n.order_id
 WHERE n.changed_repeats > 0 AND n.received_at > %(since)s::timestamptz ORDER BY n.id
"""
# Anybody may claim a name: those that are nobody's are counted together.
_REFUSED = """
SELECT CASE WHEN n.source = 'direct' OR p.id IS NOT NULL THEN n.source ELSE '' END,
       sum(times)::bigint, coalesce(sum(times) FILTER (WHERE reason = 'malformed'), 0)::bigint,
       coalesce(sum(times) FILTER (WHERE reason = 'stale_signature'), 0)::bigint
  FROM ticketing_refusednotice n LEFT JOIN resellers_partner p ON p.partner_id = n.source
 WHERE n.last_at > %(since)s::timestamptz AND n.reason = ANY(%(reasons)s::text[])
 GROUP BY 1 HAVING sum(times) >= %(value)s::int ORDER BY 1
"""
RULES = (
    Rule(
        name="payment_not_applied",
        look=payment_not_applied,
        group=Group.QUICK,
        severity=Severity.CRITICAL,
        window=minutes(10_080),
        title=_("A payment was not applied"),
        says=_(
            "A payment notice of %(source)s for order %(order)s was authentic and sold nothing:"
            " %(reason)s."
        ),
        means=_("Somebody may have paid and has no ticket, or has paid twice."),
        todo=_(
            "Compare notice and order. Have the right amount paid, or the money returned; then"
            " acknowledge and note which. It closes when the order is paid, or when the notice is"
            " older than the rule looks back."
        ),
        links=(Link(_("The notice"), "ticketing_paymentnotice", "id=%(notice)s"), ORDER, NOTICES),
    ),
    Rule(
        name="payment_changed",
        look=payment_changed,
        group=Group.QUICK,
        severity=Severity.WARNING,
        window=minutes(10_080),
        title=_("A payment event came again with another content"),
        says=_(
            "An event of %(source)s for order %(order)s was repeated %(times)s times with another"
            " body. The first one counts; the others did nothing."
        ),
        means=_("The payment side uses one event id for two things, or somebody tampers."),
        todo=_(
            "Ask the source what the second body was meant to say; what is right has to be sent as"
            " a new event, with another event_id."
        ),
        links=(Link(_("The notice"), "ticketing_paymentnotice", "id=%(notice)s"), ORDER),
    ),
    Rule(
        name="payment_unreadable",
        look=payment_unreadable,
        group=Group.QUICK,
        severity=Severity.CRITICAL,
        value=Limit(1, 1, 100_000, _("Speaks from so many notices on")),
        window=minutes(1440),
        title=_("Signed payment notices are not understood"),
        says=_(
            "Refused, although signed by %(source)s: %(times)s. Not understood: %(malformed)s; more"
            " than five minutes old or ahead: %(stale)s."
        ),
        means=_("Payments of this source do not arrive: its format or its clock is wrong."),
        todo=_("Show the source what it sent, and have it send the payments again."),
        links=REFUSED,
    ),
    Rule(
        name="payment_forged",
        look=payment_forged,
        group=Group.QUICK,
        severity=Severity.WARNING,
        value=Limit(20, 1, 1_000_000, _("Speaks from so many notices on")),
        window=minutes(60),
        title=_("Somebody forges payment notices"),
        says=_(
            "%(times)s notices in the name of %(source)s were not signed by it, the latest within"
            " %(span)s, repetitions of the same included; the limit is %(threshold)s."
        ),
        means=_("A source signs with an old secret, or somebody tries to get tickets for free."),
        todo=_(
            "None of them sold anything. Compare the secret with the source; if it is not the"
            " source, block the address in front of the product."
        ),
        links=REFUSED,
    ),
)
