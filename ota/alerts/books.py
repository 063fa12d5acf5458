"""Books that do not add up."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

import structlog
from django.utils.translation import gettext_lazy as _

from ticketing import reconcile

from ..models import AlertThreshold
from .rule import Condition, Group, Link, Rule, Severity

log = structlog.get_logger("ota.inventory")
SHOWN = 10  # differences of one place


def books_differ(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Places whose counters and rows disagree; each difference is an error line too."""
    found = list(reconcile.differences())
    for difference in found:
        log.error("ota.inventory.drift", difference=str(difference))
    for where, differences in groupby(found, key=lambda each: each.where):
        told = [f"{each.what}: {each.counter} / {each.rows}" for each in differences]
        facts = {"where": where, "number": len(told), "differences": "; ".join(told[:SHOWN])}
        yield Condition(where[:120], facts)


RULES = (
    Rule(
        name="books_differ",
        look=books_differ,
        group=Group.BOOKS,
        severity=Severity.CRITICAL,
        title=_("Counters and history differ"),
        says=_("In %(where)s %(number)s sums differ: %(differences)s."),
        means=_("A bug, or somebody wrote into the database past the product."),
        todo=_(
            "Run manage.py reconcile, keep its output and a backup, and find the first change that"
            " is not in the history before anything is repaired."
        ),
        links=(
            Link(_("Stock moves"), "inventory_allocationmove"),
            Link(_("Settlement entries"), "ticketing_settlemententry"),
        ),
    ),
)
