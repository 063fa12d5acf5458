"""Judging one rule at a time, and what then stands open."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import resolve
from redis.exceptions import RedisError

from ota import calls
from ota.alerts import evaluation, rulebook
from ota.models import Alert
from tests import make


def limit(rule: str, **changes: Any) -> None:
    """What an operator sets in the back office."""
    untouched = rulebook.RULES[rule].untouched()
    for name, value in changes.items():
        setattr(untouched, name, value)
    untouched.save()


def judge(*rules: str, at: datetime | None = None) -> evaluation.Outcome:
    with suppress(RedisError):  # while it is away, calls are in the table already
        calls.store()  # what beat does every two seconds
    return evaluation.judge([rulebook.RULES[name] for name in rules], at=at or make.now())


def alerts(rule: str, at: datetime | None = None) -> list[tuple[str, int]]:
    """Subject and count of every open alert of a rule, judged now."""
    judge(rule, at=at)
    still_open = Alert.objects.filter(rule=rule, closed_at=None).order_by("subject")
    return list(still_open.values_list("subject", "count"))


def only(rule: str) -> Alert:
    """The only alert a rule ever raised."""
    return Alert.objects.get(rule=rule)


def told(rule: str) -> str:
    """What its only alert says; every figure is known, and behind its first link are rows."""
    alert = only(rule)
    text = rulebook.reasoning(alert)
    assert "–" not in text
    first, *others = [listed(address) for _, address in rulebook.links(alert)]
    assert first > 0, (rulebook.links(alert), others)
    return text


def listed(address: str) -> int:
    """How many rows a list of the back office shows; raises where it does not know a filter."""
    request = RequestFactory().get(address)
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    shown: Any = resolve(urlsplit(address).path).func
    return int(shown.model_admin.get_changelist_instance(request).result_count)
