"""Every rule there is, and the words for an alert.

A new family of rules is a file with RULES, named in FAMILIES; its thresholds come by a migration.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..models import Alert, AlertThreshold
from ..models.alerts import TITLES
from . import api, books, parts, payments, releases, reservations, stock, tickets, webhooks
from .rule import Group, Link, Rule, Severity, Words

HOUR, DAY = 60, 60 * 24
KEYS = {"pk", "product", "notice"}  # numbers that are names, which have no thousands
# Whom a fact without a name is about.
NOBODY = {"partner": _("an unknown key"), "source": _("an unknown source")}
# A rule that could not be judged; evaluation raises it, nobody sets limits for it.
FAILED = Rule(
    name="rule_failed",
    look=lambda *_: (),
    group=Group.QUICK,
    severity=Severity.CRITICAL,
    title=_("A rule could not be judged"),
    says=_("The rule %(rule)s failed: %(error)s. Its own alerts stay as they were."),
    means=_("What this rule watches is not watched."),
    todo=_("Look for ota.alerts.rule_failed in the log; it has the traceback."),
)
FAMILIES = (stock, releases, reservations, tickets, payments, api, webhooks, parts, books)
RULES: dict[str, Rule] = {rule.name: rule for family in FAMILIES for rule in family.RULES}
TITLES.update({rule.name: rule.title for rule in (FAILED, *RULES.values())})
SEVERITIES = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]  # the worst first


def of_group(*groups: Group) -> list[Rule]:
    """The rules of these groups."""
    return [rule for rule in RULES.values() if rule.group in groups]


def thresholds(rules: Iterable[Rule]) -> dict[str, AlertThreshold]:
    """The threshold of each rule; those nobody has yet are as they come."""
    wanted = list(rules)
    kept = AlertThreshold.objects.in_bulk([rule.name for rule in wanted])
    return {rule.name: kept.get(rule.name) or rule.untouched() for rule in wanted}


def rule_of(alert: Alert) -> Rule | None:
    """The rule that raised it; None if there is no such rule any more."""
    return FAILED if alert.rule == FAILED.name else RULES.get(alert.rule)


def reasoning(alert: Alert) -> str:
    """The figures it was judged by as a sentence in the reader's language."""
    rule = rule_of(alert)
    if rule is None:
        return ", ".join(f"{name} {value}" for name, value in alert.facts.items())
    known = {name: _written(name, value) for name, value in _told(alert).items()}
    return str(rule.says) % defaultdict(lambda: "–", known)


def pattern(rule: Rule) -> str:
    """What its alerts say, with the name of each figure in its place."""
    return re.sub(r"%\((\w+)\)s", r"‹\1›", str(rule.says)).replace("%%", "%")


def links(alert: Alert) -> list[tuple[Words, str]]:
    """Titles and addresses of the lists behind it, filtered to what it is about."""
    rule, told = rule_of(alert), _told(alert)
    fitting = [each for each in rule.links if _fits(each, told)] if rule else []
    return [(each.title, _address(each, told)) for each in fitting]


def _fits(link: Link, told: dict[str, Any]) -> bool:
    wanted = re.findall(r"%\((\w+)\)s", link.query)
    return all(told.get(name) for name in wanted) and not told.get(link.lacking)


def _address(link: Link, told: dict[str, Any]) -> str:
    query = link.query % {name: quote(str(value), safe="") for name, value in told.items()}
    address = reverse(f"admin:{link.page}_changelist")
    return f"{address}?{query}" if query else address


def _told(alert: Alert) -> dict[str, Any]:
    """The facts, spans of time in words; one that is not known is a dash."""
    spans = {"minutes": "span", "silent_minutes": "silence", "failing_minutes": "failing"}
    told = {new: span(alert.facts[old]) for old, new in spans.items() if old in alert.facts}
    return defaultdict(lambda: "–", {**alert.facts, **told})


def _written(name: str, value: Any) -> Any:
    """A fact as a sentence has it: 1435 as 1,435, nobody as somebody without a known name."""
    if name in NOBODY and not value:
        return NOBODY[name]
    is_count = type(value) is int and name not in KEYS
    return f"{value:,}" if is_count else value


def span(minutes: int) -> str:
    """`90` as 90 minutes, `120` as 2 hours, `10080` as 7 days."""
    if minutes >= 2 * DAY and minutes % DAY == 0:
        return ngettext("%(n)s day", "%(n)s days", minutes // DAY) % {"n": minutes // DAY}
    if minutes >= 2 * HOUR and minutes % HOUR == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
