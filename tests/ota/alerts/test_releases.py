"""Emergency releases whose two accounts may be in one hand."""

from datetime import datetime, timedelta

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from inventory.models import Product, UrgentRelease
from ota import roles
from tests import make
from tests.ota.alerts.watching import alerts, told

pytestmark = pytest.mark.django_db
PASSWORD = "a password of the tests"


def staff(name: str, role: str) -> tuple[User, Client]:
    """An account that nobody has set up in the back office, and its browser."""
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(roles.group(role))
    return user, browser(user)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def hired(by: Client, name: str, role: str) -> tuple[User, Client]:
    """An account that somebody sets up in the back office, and its browser."""
    words = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    answer = by.post(reverse("admin:auth_user_add"), {**words, "usable_password": "true"})
    assert answer.status_code == 302, answer.context["errors"]
    user = User.objects.get(username=name)
    given = {
        "is_active": "on", "is_staff": "on", "groups": [roles.group(role).pk], "reason": "hired",
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
    }  # fmt: skip
    assert by.post(reverse("admin:auth_user_change", args=[user.pk]), given).status_code == 302
    user.refresh_from_db()
    return user, browser(user)


def release(by: Client, approved_by: Client, product: Product) -> UrgentRelease:
    wish = {"partner": make.partner().pk, "product": product.pk, "units": 4, "source": "direct"}
    asked = by.post(reverse("admin:inventory_urgentrelease_ask_for"), {**wish, "reason": "urgent"})
    assert asked.status_code == 302
    made = UrgentRelease.objects.latest("requested_at")
    approved_by.post(reverse("admin:inventory_urgentrelease_approve", args=[made.pk]), {"note": ""})
    made.refresh_from_db()
    assert made.status == "approved"
    return made


@pytest.fixture
def product() -> Product:
    return make.product(10, direct=100)


@pytest.fixture
def boss() -> Client:
    return staff("boss", "Administrator")[1]


def test_a_release_by_two_accounts_that_one_person_has_just_set_up_is_an_alert_for_a_week(
    boss: Client, product: Product
) -> None:
    _, asks = hired(boss, "one", "Operations")
    _, approves = hired(boss, "two", "Approver")
    assert alerts("release_by_one_hand") == []
    made = release(asks, approves, product)

    assert alerts("release_by_one_hand") == [(f"{made.pk}", 1)]
    assert alerts("release_by_one_hand") == [(f"{made.pk}", 2)]
    assert "moved 4 units" in told("release_by_one_hand")
    assert alerts("release_by_one_hand", make.now() + timedelta(days=7, minutes=1)) == []


def test_whoever_changes_an_account_and_uses_the_other_is_told_of_too(product: Product) -> None:
    boss, by_boss = staff("boss", "Administrator")
    boss.groups.add(roles.group("Approver"))
    _, asks = hired(by_boss, "one", "Operations")
    made = release(asks, by_boss, product)

    assert alerts("release_by_one_hand") == [(f"{made.pk}", 1)]


def test_two_people_who_were_there_before_are_no_alert(boss: Client, product: Product) -> None:
    _, approves = staff("two", "Approver")
    release(hired(boss, "one", "Operations")[1], approves, product)
    assert alerts("release_by_one_hand") == []


def test_who_set_both_up_longer_ago_is_not_told_of(product: Product) -> None:
    boss, _ = staff("boss", "Administrator")
    (one, asks), (two, approves) = staff("one", "Operations"), staff("two", "Approver")
    for user, days in ((one, 1), (two, 8)):
        set_up(user, by=boss, at=make.now() - timedelta(days=days))
    made = release(asks, approves, product)
    assert alerts("release_by_one_hand") == []

    set_up(two, by=boss, at=make.now() - timedelta(days=2))
    assert alerts("release_by_one_hand") == [(f"{made.pk}", 1)]


def set_up(user: User, *, by: User, at: datetime) -> None:
    """As the staff log remembers it."""
    kind = ContentType.objects.get_for_model(User)
    facts = {"object_repr": user.username, "action_flag": ADDITION, "action_time": at}
    LogEntry.objects.create(user=by, content_type=kind, object_id=str(user.pk), **facts)
