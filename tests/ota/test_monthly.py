"""The business metrics of a small world: computed by hand, at the borders of months too."""

import re
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from config.actors import Actor
from inventory import allocations
from ota.reports.business import Metric, Report, report
from ota.reports.definitions import DEFINITIONS
from ota.reports.monthly import months_until
from resellers.models import Partner
from tests import make, shop
from tests.ota.test_usage import call
from tests.resellers.test_reseller_pages import a_clerk, rows_of
from ticketing.models import Order, Reservation

pytestmark = pytest.mark.django_db
# Far ahead, so that no hold of this world is over by the clock of the database.
DECEMBER = date(2099, 12, 1)
Clock = Callable[[str], Any]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What is made within happens at that time of Hong Kong."""

    @contextmanager
    def standing(when: str) -> Any:
        moment = hong_kong(when)
        with monkeypatch.context() as patched:
            patched.setattr(make, "now", lambda: moment)
            yield moment

    return standing


def hong_kong(when: str) -> datetime:
    return datetime.fromisoformat(f"{when}+08:00")


def december(**facts: Any) -> Report:
    return report(DECEMBER, at=facts.get("at", hong_kong("2100-01-05T12:00:00")))


def metric(found: Report, key: str) -> Metric:
    return next(each for each in found.metrics if each.definition.key == key)


def values(found: Report, key: str, months: int = 2) -> dict[str, list[float | None]]:
    """Of each series the last months, rounded."""
    return {
        str(series.name): [round(c.value, 4) if c else None for c in series.cells[-months:]]
        for series in metric(found, key).series
    }


def ended(held: Reservation, when: str) -> None:
    """As if it had been made and resolved at these times; the doors ask the database's clock."""
    Reservation.objects.filter(pk=held.pk).update(resolved_at=hong_kong(when))


def made(when: str, status: str, of: Partner, on: Any) -> Reservation:
    held = make.reservation(status, of=of, on=on)
    Reservation.objects.filter(pk=held.pk).update(
        created_at=hong_kong(when), expires_at=hong_kong(when) + timedelta(hours=24)
    )
    return held


def test_months_are_counted_back_over_the_turn_of_a_year() -> None:
    assert months_until(date(2099, 2, 28), 4) == [
        date(2098, 11, 1), date(2098, 12, 1), date(2099, 1, 1), date(2099, 2, 1),
    ]  # fmt: skip
    assert months_until(DECEMBER)[0] == date(2099, 1, 1)


def test_utilisation_is_what_the_last_moves_of_a_month_left(at: Clock) -> None:
    with at("2099-10-10T12:00:00"):
        product = make.product(ota=10, direct=10)
        make.ticket(on=product)
    with at("2099-11-30T23:59:59"):
        make.order("CONFIRMED", on=product, quantity=6)
    with at("2099-12-01T00:00:00"):
        make.batch(2, product_id=product.pk)
        shop.order(on=product, quantity=3)
    with at("2100-01-01T00:00:00"):
        make.batch(1, product_id=product.pk)

    found = december()

    assert values(found, "utilisation", 4) == {
        "OTA partners": [None, 0.1, 0.7, 0.9],
        "Direct sales": [None, 0.0, 0.0, 0.3],
    }
    (ota, direct) = metric(found, "utilisation").series
    judged = metric(found, "utilisation")
    assert [judged.is_met(ota, place) for place in (-3, -2, -1)] == [False, False, True]
    assert judged.is_met(direct) is None
    assert values(found, "conflicts") == {"Moves beyond the pool": [0, 0]}


def test_reservations_are_judged_by_the_month_they_were_made_in() -> None:
    partner, product = make.partner(), make.product(ota=100)
    ended(made("2099-11-30T23:59:59", "activated", partner, product), "2099-12-01T01:59:59")
    ended(made("2099-12-01T00:00:00", "activated", partner, product), "2099-12-01T04:00:00")
    ended(made("2099-12-02T00:00:00", "cancelled", partner, product), "2099-12-02T02:00:00")
    made("2099-12-03T00:00:00", "active", partner, product)  # lapsed, and not swept yet
    ended(made("2099-12-04T00:00:00", "expired", partner, product), "2099-12-05T00:00:00")
    made("2100-01-01T00:00:00", "cancelled", partner, product)

    found = december()

    assert values(found, "conversion") == {"OTA partners": [1.0, 0.25]}
    assert values(found, "expiry") == {"OTA partners": [0.0, 0.5]}
    assert values(found, "hold_time") == {"OTA partners": [2.0, (4 + 2 + 24 + 24) / 4]}
    assert {each.definition.key for each in found.missed()} >= {"conversion", "expiry"}


def test_a_hold_that_has_not_ended_is_neither_won_nor_lost() -> None:
    partner, product = make.partner(), make.product()
    made("2099-12-31T23:00:00", "active", partner, product)
    assert values(december(at=hong_kong("2099-12-31T23:30:00")), "conversion") == {}
    assert values(december(at=hong_kong("2100-01-01T23:00:00")), "conversion") == {
        "OTA partners": [None, 0.0]
    }


def test_revenue_is_told_by_channel_and_currency(at: Clock) -> None:
    with at("2099-12-31T23:59:59"):
        product = make.product(ota=10, direct=10, discounts={"child": 100})
        euros = make.product(ota=10, currency="EUR")
        make.order("CONFIRMED", on=product, quantity=2)
        make.order("CONFIRMED", on=product, quantity=1)
        make.order("PENDING_PAYMENT", on=product)
        shop.order("CONFIRMED", on=product, quantity=1)
        make.ticket(on=euros)
        make.cancel_ticket(make.sell(make.premade_ticket(product_id=product.pk))[0])
        make.sell(make.premade_ticket(product_id=product.pk))
    with at("2100-01-01T00:00:00"):
        make.ticket(on=product)

    found = december()

    assert values(found, "revenue") == {
        "OTA partners · HKD": [None, 4 * 288.0],
        "Direct sales · HKD": [None, 288.0],
        "OTA partners · EUR": [None, 288.0],
    }
    assert values(found, "order_value")["OTA partners · HKD"] == [None, 384.0]
    assert values(found, "contribution") == {"EUR": [None, 1.0], "HKD": [None, 0.8]}
    assert Order.objects.filter(status="CANCELLED").count() == 1


def test_premade_tickets_wait_until_something_becomes_of_them(at: Clock) -> None:
    with at("2099-10-31T23:59:59"):
        batch = make.batch(10, product_id=make.product(ota=50).pk)
    one, two, three, *_ = batch.tickets.order_by("code")
    with at("2099-11-30T23:59:59"):
        make.sell(one)
    with at("2099-12-01T00:00:00"):
        make.sell(two)
        make.cancel_ticket(three)
        make.batch(2, product_id=batch.product_id)
    with at("2100-01-01T00:00:00"):
        make.cancel_rest(batch)

    found = december()

    assert values(found, "unused", 3) == {"At the end of the month": [10, 9, 9]}
    assert values(found, "activation_rate") == {
        "Average day": [round(1 / 10 / 30, 4), round(1 / 11 / 31, 4)]
    }


def test_calls_errors_and_times_are_told_by_month_while_they_are_kept(
    settings: Settings,
) -> None:
    one, two = make.partner(partner_id="AAA"), make.partner(partner_id="BBB")
    for _ in range(62):
        call(one, "2099-12-15T12:00:00")
    call(one, "2099-11-30T23:59:59", 500, milliseconds=3000)
    call(two, "2099-12-01T00:00:00", 503, route="reserve", milliseconds=2500)
    call(two, "2099-12-31T23:59:59", 409, route="reserve", milliseconds=2500)
    call(two, "2100-01-01T00:00:00", 500)

    found = december()

    assert values(found, "calls") == {
        "AAA": [round(1 / 30, 4), 2.0],
        "BBB": [0.0, round(2 / 31, 4)],
    }
    assert values(found, "response_time") == {"Slowest endpoint": [3.0, 2.5]}
    assert values(found, "error_rate") == {
        "Worst endpoint": [1.0, 0.5],
        "All endpoints": [1.0, round(1 / 64, 4)],
    }
    worst = metric(found, "error_rate").series[0].cells[-1]
    assert worst is not None
    assert worst.note == "GET reserve"

    settings.REQUEST_LOG_DAYS = 50  # November is half forgotten
    assert values(december(), "response_time") == {"Slowest endpoint": [None, 2.5]}
    assert values(december(), "calls")["AAA"] == [None, 2.0]


def test_days_that_are_not_over_do_not_count() -> None:
    one = make.partner(partner_id="AAA")
    for _ in range(10):
        call(one, "2099-12-05T12:00:00")
    assert values(december(at=hong_kong("2099-12-06T00:00:00")), "calls")["AAA"][-1] == 2.0


def test_partners_are_onboarded_by_their_first_reservation_or_batch(at: Clock) -> None:
    product = make.product(ota=100)
    slow, quick, idle, gone = (make.partner(partner_id=name) for name in ("S", "Q", "I", "G"))
    registered = {slow: "2099-11-01", quick: "2099-11-30", idle: "2099-12-02", gone: "2099-01-01"}
    for partner, day in registered.items():
        Partner.objects.filter(pk=partner.pk).update(created_at=hong_kong(f"{day}T00:00:00"))
    Partner.objects.filter(pk=gone.pk).update(is_active=False)
    made("2099-11-30T12:00:00", "cancelled", quick, product)
    made("2099-12-20T12:00:00", "cancelled", quick, product)
    with at("2099-12-01T00:00:00"):
        make.batch(1, of=slow, product_id=product.pk)

    found = december()

    assert values(found, "onboarding") == {"So far": [1, 2], "In the month": [1, 1]}
    assert values(found, "first_reservation") == {"Slowest partner": [12.0, 30 * 24.0]}
    assert values(found, "adoption") == {"Active partners": [0.5, round(2 / 3, 4)]}
    assert metric(found, "onboarding").is_met(metric(found, "onboarding").series[0]) is True


def test_what_staff_did_is_told_apart_from_what_ran_by_itself(
    at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at("2099-12-10T12:00:00") as moment:
        product = make.product(ota=10, direct=10)
        monkeypatch.setattr(make, "BY", Actor("staff:ops", "request-of-staff"))
        ticket = make.premade_ticket(product_id=product.pk)
        make.expire_ticket(ticket)
        make.cancel_ticket(make.premade_ticket(product_id=product.pk))
        allocations.reallocate(
            product_id=product.pk,
            source="direct",
            target="ota",
            units=1,
            demand=100,
            at=moment,
            by=Actor("staff:ops", reason="a coach more"),
        )

    found = december()

    # Two pools set up by no staff; two batches, an expiry, a cancellation, two sides of a move.
    assert values(found, "automation", 1) == {"Stock moves": [round(2 / 8, 4)]}
    # One request moved stock, tickets and a batch; the other, nameless, two pools.
    assert values(found, "interventions", 1) == {"By staff": [3]}


def test_what_cannot_be_known_says_why_and_has_no_value() -> None:
    found = december()
    unknown = {each.definition.key for each in found.metrics if each.definition.series is None}
    assert unknown == {"uptime", "satisfaction", "bug_reports"}
    assert all(metric(found, key).definition.unknown for key in unknown)
    assert all(not metric(found, key).series for key in unknown)


def test_more_of_everything_takes_as_many_queries() -> None:
    make.ticket()
    _, few = make.statements(lambda: report(DECEMBER, at=make.now()))
    for _ in range(3):
        make.ticket()
        make.premade_ticket()
        call(make.partner(), "2099-12-01T12:00:00")
    _, many = make.statements(lambda: report(DECEMBER, at=make.now()))
    assert many == few <= 12


PAGE = "admin:metrics"


def test_the_page_shows_the_chosen_month_and_none_of_the_future(admin_client: Client) -> None:
    make.ticket()
    today = make.now().astimezone(hong_kong("2099-12-01T00:00:00").tzinfo).date()
    for asked in ("", "nonsense", "2999-01", "2999-13"):
        assert admin_client.get(reverse(PAGE), {"month": asked}).context["month"] == today.replace(
            day=1
        )
    old = admin_client.get(reverse(PAGE), {"month": "2025-12"}).context
    assert (old["month"], old["neighbours"]["before"]) == (date(2025, 12, 1), "2025-11")
    assert admin_client.get(reverse(PAGE), {"month": "1999-12"}).context["month"].year == 2025


def test_a_file_has_a_row_for_each_value_and_the_staff_log_knows(admin_client: Client) -> None:
    make.ticket(on=make.product(ota=4))
    answer = admin_client.get(reverse("admin:metrics_export", args=["csv"]))
    header, *rows = rows_of(answer.content)
    assert header == ["Metric", "Of", "Month", "Value", "Unit", "Target", "Met", "Note"]
    month = f"{make.now():%Y-%m}"
    assert [
        "Utilisation",
        "OTA partners",
        month,
        "0.25",
        "share",
        "> 80\N{NO-BREAK SPACE}%",
        "missed",
        "",
    ] in rows
    uptime = next(row for row in rows if row[0] == "Uptime")
    assert (uptime[3], uptime[6], bool(uptime[7])) == ("", "", True)
    assert "rows as CSV" in LogEntry.objects.get().change_message
    book = admin_client.get(reverse("admin:metrics_export", args=["xlsx"]))
    assert book.content[:2] == b"PK"


def test_only_who_may_sees_it() -> None:
    pages = [reverse(PAGE), reverse("admin:metrics_export", args=["csv"])]
    viewer = a_clerk("view_usage")
    assert [viewer.get(page).status_code for page in pages] == [403, 403]
    assert reverse(PAGE) not in viewer.get(reverse("admin:usage")).content.decode()


def test_the_reports_are_wholly_in_chinese_too(admin_client: Client) -> None:
    words = Path(settings.BASE_DIR, "ota", "locale", "zh_Hans", "LC_MESSAGES", "django.po")
    written = re.findall(r'^msgid "(.+)"\n(?!msgid_plural)', words.read_text(), flags=re.MULTILINE)
    written = [word.replace('\\"', '"') for word in written]
    told = [each for one in DEFINITIONS for each in (one.title, one.how, one.unknown) if each]
    english = [str(each) for each in told]
    with translation.override("zh-hans"):
        assert [word for word in written if translation.gettext(word) == word] == []
        assert [str(each) for each in told if str(each) in english] == []
    make.ticket()
    admin_client.post(reverse("admin:set_language"), {"language": "zh-hans", "next": "/admin/"})
    shown = admin_client.get(reverse(PAGE)).content.decode()
    assert [word for word in english if word in shown] == []
