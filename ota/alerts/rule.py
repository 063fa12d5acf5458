"""What a rule is: a question about what holds now, the limits it is judged by, and its words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models import Alert, AlertThreshold

Severity = Alert.Severity
Words = str | Promise


class Group(Enum):
    """Rules that are judged together, and by one process at a time."""

    PARTS = "parts"  # without the queue, by the web processes too
    QUICK = "quick"
    SLOW = "slow"  # looks far back
    BOOKS = "books"  # adds everything up


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds now: of what, and the figures that say so; never a person in either."""

    subject: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """One number of a rule: what it is until somebody changes it, and how far it goes."""

    default: int
    least: int
    most: int
    meaning: Words


@dataclass(frozen=True, slots=True)
class Link:
    """A list of the back office behind an alert; `query` is filled in with the facts.

    It is left out where a fact it asks for is empty, and where `lacking` names one that is not.
    """

    title: Words
    page: str
    query: str = ""
    lacking: str = ""


Look = Callable[[AlertThreshold, datetime], Iterable[Condition]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`says` is filled in with the facts, and with `threshold`, `minimum` and `minutes`."""

    name: str
    look: Look
    group: Group
    severity: Severity
    title: Words
    says: Words
    means: Words
    todo: Words
    value: Limit | None = None
    minimum: Limit | None = None
    window: Limit | None = None
    links: tuple[Link, ...] = field(default=())

    @property
    def limits(self) -> dict[str, Limit]:
        """What may be changed, by the column of the threshold."""
        known = {"value": self.value, "minimum": self.minimum, "window_minutes": self.window}
        return {name: limit for name, limit in known.items() if limit}

    def untouched(self) -> AlertThreshold:
        """Its threshold as it is before anybody changed it; not saved."""
        numbers = {name: limit.default for name, limit in self.limits.items()}
        return AlertThreshold(rule=self.name, severity=self.severity.value, **numbers)


def minutes(default: int, most: int = 60 * 24 * 90) -> Limit:
    """How far back a rule looks."""
    return Limit(default, 1, most, _("Minutes it looks back"))


def since(threshold: AlertThreshold, at: datetime) -> datetime:
    """Where the window of a rule begins."""
    return at - timedelta(minutes=threshold.window_minutes or 0)


def share(part: int, whole: int) -> float:
    """Per cent, one digit after the point; 0 of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0
