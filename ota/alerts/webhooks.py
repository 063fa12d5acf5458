"""Partners' endpoints that do not take what they wanted to be told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from config.statements import fetch

from ..models import AlertThreshold
from .rule import Condition, Group, Limit, Link, Rule, Severity, minutes, since

# An address may carry a secret in its path: only the host is told.
ENDPOINT = Link(_("The endpoint"), "ota_webhookendpoint", "q=%(webhook)s")
DELIVERIES = Link(_("Its deliveries"), "ota_delivery", "endpoint__id__exact=%(webhook)s")


def webhook_failing(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Endpoints that are on and have taken nothing for so long."""
    params = {
        "until": at - timedelta(minutes=threshold.value or 0),
        "minimum": threshold.minimum,
    }
    for webhook, partner, url, began, failures, waiting in fetch(_FAILING, params):
        facts = {
            **_about(webhook, partner, url),
            "failing_minutes": round((at - began).total_seconds() / 60),
            "failures": failures,
            "waiting": waiting,
        }
        yield Condition(str(webhook), facts)


def webhook_off(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Endpoints that we turned off, and nobody turned on again or removed."""
    for webhook, partner, url, why, waiting in fetch(_OFF, {"since": since(threshold, at)}):
        yield Condition(
            str(webhook), {**_about(webhook, partner, url), "why": why, "waiting": waiting}
        )


def _about(webhook: object, partner: str, url: str) -> dict[str, str]:
    return {"webhook": str(webhook), "partner": partner, "host": urlsplit(url).hostname or ""}


# Whoever has ten thousand waiting need not be counted to the end.
_WAITING = """
(SELECT count(*) FROM (
   SELECT FROM ota_delivery d WHERE d.endpoint_id = e.id AND d.state = 'pending'
    LIMIT 10000) AS w)"""
_FAILING = f"""
SELECT e.id, p.partner_id, e.url, e.failing_since, e.failures, {_WAITING}
  FROM ota_webhookendpoint e JOIN resellers_partner p ON p.id = e.partner_id AND p.is_active
 WHERE e.is_active AND e.removed_at IS NULL AND e.failures >= %(minimum)s::int
   AND e.failing_since <= %(until)s::timestamptz
 ORDER BY p.partner_id, e.id
"""  # noqa: S608  joined of what stands here
_OFF = f"""
SELECT e.id, p.partner_id, e.url, e.disabled_why, {_WAITING}
  FROM ota_webhookendpoint e JOIN resellers_partner p ON p.id = e.partner_id AND p.is_active
 WHERE NOT e.is_active AND e.removed_at IS NULL AND e.disabled_why IN ('gone', 'failing')
   AND e.disabled_at > %(since)s::timestamptz
 ORDER BY p.partner_id, e.id
"""  # noqa: S608
RULES = (
    Rule(
        name="webhook_failing",
        look=webhook_failing,
        group=Group.QUICK,
        severity=Severity.WARNING,
        value=Limit(15, 1, 4320, _("Speaks after so many minutes of failing")),
        minimum=Limit(3, 1, 1000, _("From so many failures in a row on")),
        title=_("A webhook of a partner fails"),
        says=_(
            "The endpoint of %(partner)s at %(host)s has taken nothing for %(failing)s:"
            " %(failures)s attempts in a row failed, and %(waiting)s notices wait."
        ),
        means=_(
            "The partner is not told what happens. Nothing is lost: it is tried again, for three"
            " days, and then the endpoint is turned off."
        ),
        todo=_(
            "Look at the errors of its deliveries and tell the partner. Others are not delayed."
        ),
        links=(DELIVERIES, ENDPOINT),
    ),
    Rule(
        name="webhook_off",
        look=webhook_off,
        group=Group.QUICK,
        severity=Severity.WARNING,
        window=minutes(10_080),
        title=_("A webhook of a partner was turned off"),
        says=_(
            "The endpoint of %(partner)s at %(host)s was turned off by us (%(why)s: “gone” is an"
            " answer of 410, “failing” three days without success); %(waiting)s notices wait."
        ),
        means=_("The partner is told nothing until it turns the endpoint on again."),
        todo=_(
            "Tell the partner. Once it is repaired, it or you turn it on, and what waits is sent;"
            " an endpoint that is no longer wanted is removed."
        ),
        links=(ENDPOINT, DELIVERIES),
    ),
)
