"""The home of the back office: who sees what, where each number leads, and what is called wrong."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from inventory import urgent_releases
from inventory.models import Product, UrgentRelease
from ota import health
from ota.dashboard import attention, page, statements
from ota.dashboard import words as words_of_page
from ota.dashboard.lists import Lists
from ota.dashboard.shapes import Calls, Figures, Health, OpenAlerts, Outcomes, Part, Pool
from ota.models import Alert, ApiCall
from tests import make, shop

pytestmark = pytest.mark.django_db
HREF = re.compile(r'href="([^"]+)"')
SECTIONS = {
    Part.STOCK: "ov-stock",
    Part.HOLDS: "ov-holds",
    Part.SALES: "ov-sales",
    Part.CALLS: "ov-calls",
    Part.HEALTH: "ov-health",
}


def staff(*permissions: str) -> User:
    user = User.objects.create_user(f"staff-{User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fragment(client: Client) -> str:
    answer = client.get(reverse("overview"))
    assert answer.status_code == 200
    return answer.content.decode()


def may_see(part: Part) -> list[str]:
    return [f"view_{model._meta.model_name}" for model in page.BEHIND[part]]


def open_alert(**facts: Any) -> Alert:
    seen = {"first_seen_at": make.now(), "last_seen_at": make.now()}
    return Alert.objects.create(**{"rule": "quiet_partner", "severity": "warning", **seen, **facts})


@pytest.mark.parametrize("part", SECTIONS)
def test_somebody_sees_the_part_whose_lists_are_open_to_him_and_no_other(part: Part) -> None:
    make.order("CONFIRMED")
    open_alert(subject="secret subject")

    shown = fragment(logged_in(staff(*may_see(part))))

    assert {each for each in SECTIONS.values() if f'id="{each}"' in shown} == {SECTIONS[part]}
    assert "secret subject" not in shown


def test_one_of_two_lists_is_not_enough() -> None:
    shown = fragment(logged_in(staff("view_reservation", "view_order")))

    assert ('id="ov-sales"' in shown, 'id="ov-holds"' in shown) == (True, False)


def test_open_alerts_are_shown_to_who_may_see_alerts_and_lead_to_them() -> None:
    facts = {"partner": "TRAVEL-1", "product": 1006, "held": 60, "unsold": 1000, "share": 6.0}
    alert = open_alert(rule="hoarding", subject="TRAVEL-1 1006", facts={**facts, "threshold": 5})
    closed = open_alert(subject="GONE", closed_at=make.now())

    shown = fragment(logged_in(staff("view_alert")))

    assert reverse("admin:ota_alert_change", args=[alert.pk]) in shown
    assert "TRAVEL-1 holds 60 of the 1,000 unsold units of product 1006: 6.0\xa0%" in shown
    assert closed.subject not in shown


def test_releases_that_wait_are_shown_to_who_may_see_them_those_with_least_time_first() -> None:
    def asked(hours: int) -> UrgentRelease:
        return urgent_releases.request(
            product_id=product.pk, partner="TRAVEL-1", units=1200, source="direct",
            reason="A coach", account_id=requester.pk, at=make.now() - timedelta(hours=hours),
        )  # fmt: skip

    product, requester = make.product(direct=5000), staff()
    late, new, *gone = [asked(hours) for hours in (23, 1, 25, 2)]
    urgent_releases.withdraw(
        release_id=gone[1].pk, account_id=requester.pk, at=make.now(), reason="Solved"
    )

    shown = fragment(logged_in(staff("view_urgentrelease")))

    where = "admin:inventory_urgentrelease_change"
    pages = [reverse(where, args=[each.pk]) for each in (late, new)]
    assert [each for each in HREF.findall(shown) if "/change/" in each] == pages
    assert f"TRAVEL-1 needs 1,200 units of {product}: approve or reject it within 60 min." in shown
    assert not [each for each in gone if str(each.pk) in shown]
    assert "1,200" not in fragment(logged_in(staff("view_product", "view_alert")))


def test_who_may_see_nothing_is_told_so_and_nothing_is_counted() -> None:
    client = logged_in(staff())
    with CaptureQueriesContext(connection) as asked:
        home = client.get(reverse("admin:index"))

    assert [each["sql"] for each in asked if "allocationcounter" in each["sql"]] == []
    assert (home.status_code, home.context["shown"]) == (200, None)
    assert "ov-nothing" in home.content.decode()
    assert "overview.js" not in home.content.decode()


def test_only_staff_fetches_the_fragment_and_nobody_keeps_it() -> None:
    customer = User.objects.create_user("customer")

    for client in (Client(), logged_in(customer)):
        answer = client.get(reverse("overview"))
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (
            302, "/admin/login/",
        )  # fmt: skip
    answer = logged_in(staff("view_order")).get(reverse("overview"))
    assert "no-store" in answer.headers["Cache-Control"]


# --- Where the numbers lead to -----------------------------------------------------------------


def rows_behind(client: Client, shown: str, *parts: str, without: str = "\n") -> set[Any]:
    """The keys of all rows in the list that the only link with these parts leads to."""
    found = {unescape(each) for each in HREF.findall(shown)}
    fits = {each for each in found if all(part in each for part in parts)}
    [address] = {each for each in fits if without not in each.partition("?")[2]}
    answer = client.get(address)
    assert answer.status_code == 200, address
    return {row.pk for row in answer.context["cl"].queryset}


def test_each_number_leads_to_the_rows_it_counts(admin_client: Client) -> None:
    product, partner = make.product(ota=100, direct=100), make.partner()
    paid = make.order("CONFIRMED", on=product, of=partner)
    bought = shop.order("CONFIRMED", on=product)
    soon = make.reservation(on=product, expires_at=make.now() + timedelta(minutes=5))
    later = make.reservation(on=product)
    make.reservation("overdue", on=product)
    make.reservation("expired", on=product)
    make.sell(make.premade_ticket(product_id=product.pk))
    call = {"partner": partner, "method": "GET", "route": "inventory", "milliseconds": 1}
    limited, failed, declined = (
        ApiCall.objects.create(**call, status=status, request_id="r", at=make.now())
        for status in (429, 503, 409)
    )
    ApiCall.objects.create(**call, status=429, at=make.now() - timedelta(days=2))
    nobody = {**call, "partner": None, "request_id": "r"}
    unknown = ApiCall.objects.create(**nobody, status=401, at=make.now())

    shown = fragment(admin_client)

    def behind(*parts: str, **other: str) -> set[Any]:
        return rows_behind(admin_client, shown, *parts, **other)

    ota, direct = (make.allocation(product, name).pk for name in ("ota", "direct"))
    due = ("status=active", "expires_at__gt", "expires_at__lte")
    assert behind(*due, f"allocation__id__exact={ota}") == {soon.pk}
    assert behind(*due, without="allocation") == {soon.pk}
    assert behind("status=active&allocation__id__exact", f"={ota}") == {soon.pk, later.pk}
    assert behind("status=CONFIRMED&channel__exact=direct&product") == {bought.pk}
    assert paid.pk in behind("status=CONFIRMED&channel__exact=ota&currency__exact=HKD")
    assert behind("product__id__exact", "channelallocation", "channel__exact=direct") == {direct}
    assert behind("outcome=429") == {limited.pk}
    assert behind("outcome=5") == {failed.pk}
    assert behind("outcome=declined", f"partner__id__exact={partner.pk}") == {declined.pk}
    assert behind("outcome=declined", "key=unknown") == {unknown.pk}
    moves = {kind: behind(f"kind__exact={kind}", "channel__exact=ota") for kind in ENDED}
    assert {kind: len(found) for kind, found in moves.items()} == ENDED


ENDED = {"sell": 1, "release": 0, "expire": 2}


def test_every_link_of_the_overview_opens(admin_client: Client) -> None:
    make.order("CONFIRMED")
    make.reservation(expires_at=make.now() + timedelta(minutes=5))
    open_alert()
    ApiCall.objects.create(
        method="GET", route="x", status=401, milliseconds=1, request_id="r", at=make.now()
    )

    addresses = {unescape(each) for each in HREF.findall(fragment(admin_client))}

    assert len(addresses) > 15
    answers = {each: admin_client.get(each).status_code for each in addresses}
    assert {each: status for each, status in answers.items() if status != 200} == {}


def test_a_number_leads_nowhere_whom_its_list_is_closed_to() -> None:
    make.order("CONFIRMED")

    shown = fragment(logged_in(staff("view_channelallocation")))

    lists = {each.split("?")[0] for each in HREF.findall(shown)}
    assert lists == {reverse("admin:inventory_channelallocation_changelist")}


# --- What is called wrong ----------------------------------------------------------------------

POOL = Pool(1, 106, "Premium Plan", "ota", 1000, 100, 400, 0, 0, 1.0)
HOLDS = Outcomes("ota", sold=80, cancelled=15, expired=5)
CALLS = Calls(1, "T", "Travel", 1000, failed=9, declined=50, limited=99, p95=10)
LIMITS = {"low_stock": 100, "beat_silent": 60, "worker_silent": 60, "sender_silent": 60}
WELL = Health("ok", "ok", "ok", beat=10, worker=60, sender=10)


def judged(**shown: Any) -> list[str]:
    """How grave each notice is about these figures."""
    now = make.now()
    figures = Figures(now, now, now, now, LIMITS, **shown)
    return [each.severity for each in attention.notices(figures, Lists(User(is_superuser=True)))]


def alerts(*severities: str, rule: str = "rule", subject: str = "") -> OpenAlerts:
    return OpenAlerts([Alert(pk=1, rule=rule, subject=subject, severity=s) for s in severities], 9)


# What is wrong, how it is called, and the same just within what is well.
RULES: list[tuple[dict[str, Any], list[str], dict[str, Any]]] = [
    ({"stock": [replace(POOL, sold=900)]}, ["critical"], {"stock": [POOL]}),
    (
        {"stock": [replace(POOL, sold=801)]},
        ["warning"],
        {"stock": [replace(POOL, sold=800)]},
    ),
    (
        {"stock": [replace(POOL, per_day=167)]},
        ["warning"],
        {"stock": [replace(POOL, per_day=166)]},
    ),
    (
        {"stock": [replace(POOL, allocated=10_000, sold=9400)]},
        ["warning"],
        {"stock": [replace(POOL, allocated=10_000, sold=9399)]},
    ),
    (
        {"stock": [replace(POOL, channel="direct", sold=900)]},
        ["critical"],
        {"stock": [replace(POOL, allocated=0, sold=0, held=0)]},
    ),
    (
        {"holds": [replace(HOLDS, cancelled=0, expired=81)]},
        ["critical", "warning"],
        {"holds": [HOLDS]},
    ),
    ({"holds": [replace(HOLDS, cancelled=10, expired=10)]}, ["warning"], {"holds": [HOLDS]}),
    (
        {"holds": [Outcomes("ota", 70, 30, 0)]},
        ["warning"],
        {"holds": [Outcomes("ota", 71, 29, 0)]},
    ),
    (
        {"holds": [Outcomes("ota", 0, 0, 20)]},
        ["critical", "warning"],
        {"holds": [Outcomes("ota", 0, 0, 19)]},
    ),
    ({"calls": [replace(CALLS, failed=10)]}, ["warning"], {"calls": [CALLS]}),
    ({"calls": [replace(CALLS, limited=100)]}, ["warning"], {"calls": [CALLS]}),
    (
        {"calls": [Calls(None, "", "", 20, 1, 0, 0, 1)]},
        ["warning"],
        {"calls": [Calls(None, "", "", 19, 19, 0, 0, 1)]},
    ),
    ({"health": replace(WELL, worker=61)}, ["critical"], {"health": WELL}),
    ({"health": replace(WELL, sender=61)}, ["warning"], {"health": WELL}),
    ({"health": replace(WELL, beat=None)}, ["critical"], {"health": WELL}),
    ({"health": replace(WELL, migrations="pending")}, ["critical"], {"health": WELL}),
    ({"health": replace(WELL, cache="degraded")}, ["warning"], {"health": WELL}),
    (
        {"alerts": alerts("warning", "critical", "info")},
        ["critical", "warning", "info", "info"],  # and that there are more
        {"alerts": OpenAlerts([], 0)},
    ),
]


@pytest.mark.parametrize(("wrong", "called", "well"), RULES, ids=map(str, range(len(RULES))))
def test_what_is_wrong_is_called_so_and_its_control_is_not(
    wrong: dict[str, Any], called: list[str], well: dict[str, Any]
) -> None:
    assert (judged(**wrong), judged(**well)) == (called, [])


def test_low_stock_that_an_alert_tells_of_is_told_once_and_sold_out_all_the_same() -> None:
    told = OpenAlerts(alerts("warning", rule="low_stock", subject="106").shown, 1)

    assert judged(stock=[replace(POOL, sold=801)], alerts=told) == ["warning"]
    assert judged(stock=[replace(POOL, sold=801, channel="direct")], alerts=told) == 2 * ["warning"]
    assert judged(stock=[replace(POOL, sold=900)], alerts=told) == ["critical", "warning"]


# --- How it reads ------------------------------------------------------------------------------


def told_in(language: str, client: Client) -> str:
    client.cookies.load({"django_language": language})
    return re.sub(r"(<[^>]+>|\s)+", " ", fragment(client))


def words(text: str, known: Iterable[str]) -> set[str]:
    for name in known:
        text = text.replace(name, " ")
    return set(re.findall(r"[A-Za-z]{2,}", unescape(text)))


def test_in_chinese_no_english_word_is_left(admin_client: Client) -> None:
    product, partner = make.product(ota=30, direct=100), make.partner()
    for status in ("CONFIRMED", "CANCELLED", "EXPIRED"):
        make.order(status, on=product, of=partner)
    make.reservation(on=make.product(ota=1))
    health.beat("beat", at=make.now() - timedelta(hours=3))
    ApiCall.objects.create(
        partner=partner, method="GET", route="x", status=500, milliseconds=1, at=make.now()
    )
    api_abuse = {"calls": 1300, "partner": "", "threshold": 100, "minutes": 10}
    statuses = {"s401": 1300, "s403": 0, "s404": 0, "s429": 0}
    open_alert(rule="api_abuse", facts={**api_abuse, **statuses})
    open_alert(rule="hold_loop", subject="106", facts={"minutes": 1440, "product": 1006})

    english, chinese = (told_in(each, admin_client) for each in ("en", "zh-hans"))

    known = [
        *Product.objects.values_list("name", flat=True),
        partner.name,
        "（worker）",
        "（beat）",
        "（sender）",
    ]
    icons = {"error", "warning", "info"}  # signs, drawn from letters
    assert len(words(english, known)) > 50
    assert words(chinese, known) - icons == {"OTA", "HKD", "API", "ms"}


def test_times_and_money_are_written_in_the_format_of_the_language(admin_client: Client) -> None:
    make.order("CONFIRMED", quantity=4)
    english, chinese = (told_in(each, admin_client) for each in ("en", "zh-hans"))

    assert re.search(r"As of \d{1,2} \w{3} \d{4}, \d\d:\d\d:\d\d", english)
    assert re.search(r"数据截至 \d{4}年\d{1,2}月\d{1,2}日 \d\d:\d\d:\d\d", chinese)
    assert re.search(r"HKD\s1,\d{3}\.00", english)
    with translation.override("zh-hans"):
        assert "3.5 天" in f"{words_of_page.span(3.5 * 86400)}"


def test_an_empty_installation_says_why_nothing_is_there(admin_client: Client) -> None:
    shown = fragment(admin_client)

    assert shown.count('class="ov-empty"') == 4  # stock, holds, sales and calls


def test_the_home_asks_no_more_for_three_products_than_for_one(admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            admin_client.get(reverse("admin:index"))
        return len(asked)

    make.order("CONFIRMED")
    queries()
    one = queries()
    make.order("CONFIRMED")
    make.order("CONFIRMED")

    assert queries() == one


@pytest.mark.django_db(transaction=True)
def test_what_the_database_does_not_count_in_time_is_said_and_the_rest_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make.product(ota=10)
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    # What the time limit of a statement does to it, at once.
    cancelled = "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(1)"
    monkeypatch.setattr(statements, "CALLS", cancelled)

    for address in (reverse("admin:index"), reverse("overview")):
        shown = client.get(address)
        assert shown.status_code == 200
        told = shown.content.decode()
        assert "not counted in time are Calls." in told
        assert 'id="ov-stock"' in told
        assert 'id="ov-calls"' not in told

    monkeypatch.setattr(statements, "POOLS", cancelled)
    monkeypatch.setattr(statements, "OUTCOMES", cancelled)
    late = client.get(reverse("overview")).content.decode()
    assert "not counted in time are Stock, Reservations, Sales, Calls." in late
    assert 'id="ov-health"' in late
