"""Emergency releases whose two accounts may be in one hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from config.statements import fetch

from ..models import AlertThreshold
from .rule import Condition, Group, Link, Rule, Severity, minutes, since


def one_hand(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Releases approved lately, of whose accounts one person had the keeping shortly before."""
    back = timedelta(minutes=threshold.window_minutes or 0)
    for release, partner, product, name, units in fetch(
        _ONE_HAND, {"since": since(threshold, at), "back": back}
    ):
        facts = {"release": f"{release}", "partner": partner, "units": units}
        yield Condition(f"{release}", {**facts, "product": product, "name": name})


# Whoever uses an account, or has set it up or changed it, could have come in with it.
_KEEPERS = """
SELECT {account} UNION
SELECT l.user_id FROM django_admin_log l JOIN django_content_type c ON c.id = l.content_type_id
 WHERE c.app_label = 'auth' AND c.model = 'user' AND l.object_id = {account}::text
   AND l.action_time BETWEEN r.decided_at - %(back)s::interval AND r.decided_at
"""
_ONE_HAND = f"""
SELECT r.id, r.partner, p.id, p.name, r.units
  FROM inventory_urgentrelease r JOIN inventory_product p ON p.id = r.product_id
 WHERE r.status = 'approved' AND r.decided_at > %(since)s::timestamptz
   AND EXISTS (({_KEEPERS.format(account="r.requested_by_id")}) INTERSECT
               ({_KEEPERS.format(account="r.decided_by_id")}))
 ORDER BY r.decided_at
"""  # noqa: S608  nothing in it but names of columns
RULES = (
    Rule(
        name="release_by_one_hand",
        look=one_hand,
        group=Group.SLOW,
        severity=Severity.WARNING,
        window=minutes(60 * 24 * 7),
        title=_("One person may have released stock alone"),
        says=_(
            "An emergency release moved %(units)s units of product %(product)s %(name)s for"
            " %(partner)s. In the %(span)s before, one person had set up or changed the account"
            " that asked and the one that approved, or had changed one and used the other."
        ),
        means=_("The two accounts that a release needs may be in one hand."),
        todo=_(
            "Ask both people. The staff log says who set up and who changed their accounts. If it"
            " was one person, turn the accounts off and move the units back."
        ),
        links=(
            Link(_("The release"), "inventory_urgentrelease", "q=%(release)s"),
            Link(_("Staff log"), "admin_logentry"),
        ),
    ),
)
