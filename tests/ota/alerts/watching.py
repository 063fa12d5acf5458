"""Judging one rule at a time, and what then stands open."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import resolve

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
    """What its only alert says; every figure of it is known, and its lists show what it is about."""
    alert = only(rule)
    text = rulebook.reasoning(alert)
    assert "–" not in text
    rows = [listed(address) for _, address in rulebook.links(alert)]
    assert rows[0] > 0, rulebook.links(alert)
    return text


def listed(address: str) -> int:
    """How many rows a list of the back office shows; raises where it does not know a filter."""
    match, request = resolve(urlsplit(address).path), RequestFactory().get(address)
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    model_admin = match.func.model_admin
    filters = parse_qsl(urlsplit(address).query)
    shown = model_admin.get_changelist_instance(request)
    known = {name for each in shown.filter_specs for name in each.used_parameters}
    print(address, known, shown.result_count)
    return int(shown.result_count)
