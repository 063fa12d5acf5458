"""Alerts in the back office: what is open, why, what to do, who has taken it on, and the limits."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ota.alerts import rulebook
from ota.models import Alert, AlertThreshold
from tests import make
from tests.ota.alerts import guide
from tests.ota.alerts.watching import judge, limit, listed, only

pytestmark = pytest.mark.django_db
LIST = "admin:ota_alert_changelist"
LIMITS = {"is_enabled": "on", "severity": "critical", "value": "50", "reason": "summer"}


def page(client: Client, name: str, *args: object, language: str = "en", **query: Any) -> str:
    headers = {"Accept-Language": language}
    answer = client.get(reverse(name, args=args), query, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def somebody(*permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_open_alerts_are_listed_the_worst_first_and_the_closed_ones_as_history(
    admin_client: Client,
) -> None:
    product = make.product(ota=50, direct=50)
    make.reservation(on=product, quantity=20)
    judge("low_stock", "uneven_use")
    limit("uneven_use", severity="critical")
    judge("uneven_use")
    shown = page(admin_client, LIST)
    critical, warning = (shown.index(title) for title in ("used unevenly", "stock is low"))
    assert critical < warning
    assert page(admin_client, LIST, state="closed").count("stock is low") == 0

    limit("low_stock", value=1)
    judge("low_stock")
    assert "stock is low" not in page(admin_client, LIST)
    assert "stock is low" in page(admin_client, LIST, state="closed")
    both = page(admin_client, LIST, state="all")
    assert both.index("used unevenly") < both.index("stock is low")


def test_its_page_says_why_what_it_means_what_to_do_and_where_to_look(
    admin_client: Client,
) -> None:
    product = make.product(ota=10)
    judge("low_stock")
    alert = only("low_stock")
    shown = page(admin_client, "admin:ota_alert_change", alert.pk)
    assert f"Of product {product.pk} {product.name} 10 units are free" in shown
    for words in ("refused with insufficient_inventory", "move units from direct sales"):
        assert words in shown
    pools = reverse("admin:inventory_channelallocation_changelist")
    assert f'href="{pools}?product__id__exact={product.pk}"' in shown

    chinese = page(admin_client, "admin:ota_alert_change", alert.pk, language="zh-hans")
    assert "可售" in chinese
    assert "units are free" not in chinese


def test_every_list_behind_an_alert_knows_its_filters() -> None:
    facts = dict.fromkeys(
        ("product", "pk", "notice", "partner", "source", "order", "route", "scanner", "webhook"), 7
    )
    addresses = {
        address
        for rule in rulebook.RULES.values()
        for _, address in rulebook.links(Alert(rule=rule.name, facts=facts))
    }
    assert {address: listed(address) for address in addresses if "?" in address} == (
        dict.fromkeys((each for each in addresses if "?" in each), 0)
    )


def test_only_the_lists_that_fit_are_offered() -> None:
    def titles(rule: str, **facts: object) -> list[str]:
        with translation.override("en"):
            return [str(title) for title, _ in rulebook.links(Alert(rule=rule, facts=facts))]

    assert titles("api_abuse", pk=7, partner="PARTNER-1") == ["Its refused calls"]
    assert titles("api_abuse", pk="", partner="") == ["Calls without a valid key"]
    unknown = titles("payment_not_applied", notice=1, source="S", order="")
    assert unknown == ["The notice", "Rejected notices"]


def test_an_alert_is_acknowledged_with_a_note_and_the_badge_counts_those_that_are_not(
    admin_client: Client, admin_user: User
) -> None:
    for _ in range(2):
        make.product(ota=10)
    judge("low_stock")
    alert = Alert.objects.order_by("id")[0]
    assert badge(admin_client) == "2"
    address = reverse("admin:ota_alert_acknowledge", args=[alert.pk])
    asked = admin_client.get(address).content.decode()
    assert "It stays open until it is over" in asked
    assert "required" in admin_client.post(address, {"note": " "}).content.decode()
    assert badge(admin_client) == "2"

    admin_client.post(address, {"note": "Asked for more."})
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.note) == (admin_user, "Asked for more.")
    assert alert.acknowledged_at is not None
    assert alert.is_open
    assert badge(admin_client) == "1"
    assert LogEntry.objects.get().change_message == "Acknowledge: Asked for more."
    assert address in page(admin_client, "admin:ota_alert_change", alert.pk)

    Alert.objects.update(closed_at=make.now())
    assert badge(admin_client) == ""
    assert address not in page(admin_client, "admin:ota_alert_change", alert.pk)
    assert admin_client.post(address, {"note": "Too late."}).status_code == 403


def badge(client: Client) -> str:
    """What stands beside Alerts in the sidebar."""
    shown = page(client, "admin:index")
    entry = shown[shown.index(f'href="{reverse(LIST)}"') :]
    entry = entry[: entry.index("</a>")]
    _, _, mark = entry.partition('<span class="bg-red-100')
    return mark.partition(">")[2].partition("<")[0]


def test_who_may_look_may_not_acknowledge_nor_set_limits() -> None:
    make.product(ota=10)
    judge("low_stock")
    client, alert = somebody("view_alert", "view_alertthreshold"), only("low_stock")
    acknowledge = reverse("admin:ota_alert_acknowledge", args=[alert.pk])
    assert acknowledge not in page(client, "admin:ota_alert_change", alert.pk)
    assert client.post(acknowledge, {"note": "no"}).status_code == 403
    limit("low_stock", value=100)
    address = reverse("admin:ota_alertthreshold_change", args=["low_stock"])
    assert client.get(address).status_code == 200
    assert client.post(address, LIMITS).status_code == 403
    assert AlertThreshold.objects.get(rule="low_stock").value == 100


def test_a_limit_is_changed_within_its_range_and_the_change_is_remembered() -> None:
    client = somebody("view_alertthreshold", "change_alertthreshold")
    limit("low_stock", value=100)
    address = reverse("admin:ota_alertthreshold_change", args=["low_stock"])
    shown = page(client, "admin:ota_alertthreshold_change", "low_stock")
    assert "Speaks below so many free units; 1 to 1,000,000, at first 100." in shown
    assert 'name="window_minutes"' not in shown  # it does not look back

    for wrong in ("0", "1000001", "", "-1", "many"):
        assert client.post(address, {**LIMITS, "value": wrong}).status_code == 200
    assert LogEntry.objects.count() == 0
    assert client.post(address, LIMITS).status_code == 302
    kept = AlertThreshold.objects.get(rule="low_stock")
    assert (kept.value, kept.severity, kept.window_minutes) == (50, "critical", None)
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user.get_username()) == ("low_stock", "clerk")
    assert "; value: 100 → 50. summer" in entry.get_change_message()

    make.product(ota=60)
    judge("low_stock")
    assert Alert.objects.count() == 0


def test_every_rule_speaks_both_languages() -> None:
    for rule in [*rulebook.RULES.values(), rulebook.FAILED]:
        words = [rule.title, rule.says, rule.means, rule.todo, *(link.title for link in rule.links)]
        words += [limit.meaning for limit in rule.limits.values()]
        english = [str(each) for each in words]
        with translation.override("zh-hans"):
            chinese = [str(each) for each in words]
        for ours, theirs in zip(english, chinese, strict=True):
            assert re.search("[\u4e00-\u9fff]", theirs), ours
            assert set(re.findall(r"%\(\w+\)s", ours)) == set(re.findall(r"%\(\w+\)s", theirs))


def test_spans_of_time_are_said_as_people_say_them() -> None:
    spans = {60: "60 minutes", 90: "90 minutes", 120: "2 hours", 1: "1 minute", 10_080: "7 days"}
    assert {minutes: rulebook.span(minutes) for minutes in spans} == spans
    with translation.override("zh-hans"):
        assert rulebook.span(1440) == "24 小时"


def test_the_guide_says_of_every_rule_what_the_rule_says() -> None:
    """Else: `python -m tests.ota.alerts.guide`."""
    assert guide.FILE.read_text(encoding="utf-8") == guide.text()
