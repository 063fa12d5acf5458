"""From conditions to alerts: one for each, however often and by however many it is judged."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from ota import health
from ota.alerts import acknowledging, evaluation, rulebook
from ota.alerts.rule import Condition, Group, Look
from ota.models import Alert
from tests import canaries, make
from tests.ota.alerts.watching import alerts, judge, limit, only

MINUTE = timedelta(minutes=1)
ALL = tuple(rulebook.RULES)


def events() -> list[tuple[str, str, str]]:
    lines = [json.loads(line) for line in canaries.HEARD]
    named = [line for line in lines if str(line.get("event", "")).startswith("ota.alerts.")]
    return [(line["event"], line["rule"], line.get("subject", "")) for line in named]


@pytest.mark.django_db
def test_an_alert_opens_counts_and_closes_and_says_so_in_the_log() -> None:
    product, now = make.product(ota=10), make.now()
    subject = str(product.pk)
    outcomes = [judge("low_stock", at=now + n * MINUTE) for n in range(2)]
    limit("low_stock", value=10)
    outcomes.append(judge("low_stock", at=now + 2 * MINUTE))

    assert [(each.opened, each.closed, each.holding) for each in outcomes] == [
        (1, 0, 1),
        (0, 0, 1),
        (0, 1, 0),
    ]
    alert = only("low_stock")
    assert (alert.subject, alert.severity, alert.count) == (subject, "warning", 2)
    assert (alert.first_seen_at, alert.last_seen_at) == (now, now + MINUTE)
    assert alert.closed_at == now + 2 * MINUTE
    assert alert.facts["available"] == 10
    assert alert.facts["threshold"] == 100
    assert events() == [
        ("ota.alerts.opened", "low_stock", subject),
        ("ota.alerts.closed", "low_stock", subject),
    ]


@pytest.mark.django_db
def test_what_flickers_is_one_alert_and_what_comes_back_later_a_new_one() -> None:
    product, now = make.product(ota=10), make.now()
    for minute in range(0, 60, 2):
        limit("low_stock", value=100)
        judge("low_stock", at=now + minute * MINUTE)
        limit("low_stock", value=10)
        judge("low_stock", at=now + (minute + 1) * MINUTE)
    assert only("low_stock").count == 30
    limit("low_stock", value=100)
    later = now + 59 * MINUTE + evaluation.QUIET
    assert alerts("low_stock", at=later) == [(str(product.pk), 1)]
    assert Alert.objects.count() == 2


@pytest.mark.django_db
def test_an_acknowledged_alert_stays_open_and_asks_nobody(admin_user: User) -> None:
    make.product(ota=10)
    judge("low_stock")
    assert acknowledging.waiting() == 1
    acknowledging.acknowledge(
        alert_id=only("low_stock").pk, note="More is coming.", user=admin_user, at=make.now()
    )
    judge("low_stock")
    alert = only("low_stock")
    assert (alert.is_open, alert.count, alert.note) == (True, 2, "More is coming.")
    assert acknowledging.waiting() == 0


@pytest.mark.django_db
def test_a_rule_that_is_turned_off_closes_its_alerts_and_raises_none() -> None:
    make.product(ota=10)
    judge("low_stock")
    limit("low_stock", is_enabled=False)
    assert alerts("low_stock") == []
    limit("low_stock", severity="critical")
    judge("low_stock")
    assert only("low_stock").severity == "critical"


@contextmanager
def looked_at_by(name: str, look: Look) -> Iterator[None]:
    """A rule that asks something else."""
    rule = rulebook.RULES[name]
    rulebook.RULES[name] = replace(rule, look=look)
    try:
        yield
    finally:
        rulebook.RULES[name] = rule


def broken(*_: Any) -> Iterator[Condition]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")
    yield Condition("never", {})


@pytest.mark.django_db
def test_a_rule_that_fails_stops_no_other_is_an_alert_and_leaves_its_own_alone() -> None:
    product = make.product(ota=10, direct=100)
    make.reservation(on=product, quantity=5)
    judge("uneven_use")
    with looked_at_by("uneven_use", broken):
        judge("uneven_use", "low_stock")
        judge("uneven_use")
    assert set(Alert.objects.filter(closed_at=None).values_list("rule", "subject", "count")) == {
        ("uneven_use", str(product.pk), 1),
        ("low_stock", str(product.pk), 1),
        ("rule_failed", "uneven_use", 2),
    }
    assert ("ota.alerts.rule_failed", "uneven_use", "") in events()
    judge("uneven_use")
    assert only("rule_failed").closed_at is not None
    assert only("uneven_use").count == 2


@pytest.mark.django_db
def test_a_rule_that_is_true_of_very_much_tells_of_the_first_and_says_so() -> None:
    def everywhere(*_: Any) -> Iterator[Condition]:
        yield from (Condition(f"{n:04}", {}) for n in range(evaluation.MOST + 1))

    with looked_at_by("uneven_use", everywhere):
        assert judge("uneven_use").opened == evaluation.MOST
        assert judge("uneven_use").closed == 0
    assert Alert.objects.latest("subject").subject == f"{evaluation.MOST - 1:04}"
    assert ("ota.alerts.too_many", "uneven_use", "") in events()


@pytest.mark.django_db
def test_every_rule_is_judged_by_the_same_number_of_statements_however_much_there_is() -> None:
    def world() -> None:
        mine = make.partner()
        product = make.product(ota=10, direct=10)
        make.reservation("overdue", of=mine, on=product, quantity=4)
        make.notify(make.notice(make.order(of=mine, on=product), amount=1), mine.partner_id)
        make.batch(of=mine, product_id=product.pk)

    names = [name for name in ALL if rulebook.RULES[name].group is not Group.BOOKS]
    world()
    judge(*names)
    _, one = make.statements(lambda: judge(*names))
    for _ in range(3):
        world()
    judge(*names)
    outcome, four = make.statements(lambda: judge(*names))
    assert outcome.holding >= 12
    assert one == four


@pytest.mark.django_db
def test_books_that_differ_are_an_alert_until_they_agree() -> None:
    product = make.product()
    held = make.reservation(on=product)
    assert alerts("books_differ") == []
    type(held).objects.filter(pk=held.pk).update(quantity=2)
    where = f"{product.pk} ota"
    assert alerts("books_differ") == [(where, 1)]
    assert alerts("books_differ") == [(where, 2)]
    alert = only("books_differ")
    assert "reserved = holds + pre-made tickets: 1 / 2" in rulebook.reasoning(alert)
    assert any("ota.inventory.drift" in line for line in canaries.HEARD)
    type(held).objects.filter(pk=held.pk).update(quantity=1)
    assert alerts("books_differ") == []


@pytest.mark.django_db(transaction=True)
def test_many_that_judge_at_once_open_one_alert() -> None:
    make.product(ota=10)

    def race(_: int) -> str:
        outcome = evaluation.evaluate(Group.QUICK, at=make.now())
        return "left to another" if outcome is None else "judged"

    done = make.in_parallel(race, range(6))
    assert set(done) <= {"judged", "left to another"}
    judged = done.count("judged")
    assert judged >= 1
    assert list(Alert.objects.values_list("rule", "count")) == [("low_stock", judged)]


@pytest.mark.django_db(transaction=True)
def test_without_taking_turns_the_database_still_keeps_one_alert() -> None:
    """The control: the lock keeps judges from doing things twice, the index from writing twice."""
    make.product(ota=10)
    in_parallel = [make.in_parallel(lambda _: judge("low_stock"), range(4)) for _ in range(2)]
    failed = [each for turn in in_parallel for each in turn if isinstance(each, Exception)]
    assert failed == []
    assert list(Alert.objects.values_list("rule", "count")) == [("low_stock", 8)]


@pytest.mark.django_db(transaction=True)
def test_one_that_froze_while_judging_keeps_nobody_from_saying_so() -> None:
    make.product(ota=10)
    for part in ("beat", "worker", "sender"):
        health.beat(part, at=make.now())

    def others(_: int) -> tuple[evaluation.Outcome | None, evaluation.Outcome]:
        now = make.now()
        return evaluation.evaluate(Group.QUICK, at=now), evaluation.evaluate_parts(at=now)

    with evaluation._alone(Group.QUICK) as mine, evaluation._alone(Group.PARTS):
        assert mine
        ((quick, parts),) = make.in_parallel(others, [0])  # type: ignore[misc]
    assert (quick, parts) == (None, evaluation.Outcome())
    assert evaluation.evaluate(Group.QUICK, at=make.now()) == evaluation.Outcome(1, 1, 0)


MIGRATIONS = (
    "0004_alert_thresholds",
    "0009_webhook_alerts",
    "0012_the_sender_shows_itself",
    "0013_releases_by_one_hand",
)


@pytest.mark.django_db
def test_every_rule_has_limits_within_its_range_and_the_migrations_make_them() -> None:
    made = [
        row
        for migration in MIGRATIONS
        for row in import_module(f"ota.migrations.{migration}").THRESHOLDS
    ]
    untouched = {name: rule.untouched() for name, rule in rulebook.RULES.items()}
    assert {row[0]: row[1:] for row in made} == {
        name: (each.severity, each.value, each.minimum, each.window_minutes)
        for name, each in untouched.items()
    }
    for rule in rulebook.RULES.values():
        for kept in rule.limits.values():
            assert kept.least <= kept.default <= kept.most
