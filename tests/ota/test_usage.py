"""What partners call, counted: by day of Hong Kong, endpoint and error; its page and its files."""

from datetime import date, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from ota.models import ApiCall
from ota.reports.usage import Figures, Usage, Wish, usage
from resellers.models import Partner
from tests import make
from tests.resellers.test_reseller_pages import a_clerk, rows_of

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 2)
ASKED = {"first": str(FIRST), "last": str(LAST)}
PAGE = "admin:usage"


def call(partner: Partner | None, at: str, status: int = 200, **facts: Any) -> ApiCall:
    usual = {"method": "GET", "route": "inventory", "milliseconds": 10.0, "code": ""}
    moment = datetime.fromisoformat(f"{at}+08:00")
    return ApiCall.objects.create(
        partner=partner, at=moment, status=status, request_id="r", **(usual | facts)
    )


def told(found: Usage) -> list[tuple[str, str, int]]:
    return [
        (line.key, line.partner.partner_id if line.partner else "", line.figures.calls)
        for line in found.lines
    ]


def two_days() -> tuple[Partner, Partner]:
    """Two partners, calls to the first and last second of two days, and just outside of them."""
    one, two = make.partner(partner_id="AAA"), make.partner(partner_id="BBB")
    call(one, "2026-11-30T23:59:59")
    call(one, "2026-12-01T00:00:00", milliseconds=100)
    call(one, "2026-12-01T12:00:00", milliseconds=300)
    call(one, "2026-12-01T12:00:01", 429, code="rate_limited", milliseconds=1)
    call(two, "2026-12-01T12:00:00", 409, code="insufficient_inventory", route="reserve")
    call(two, "2026-12-02T23:59:59", 503, code="", method="POST", route="reserve")
    call(None, "2026-12-02T08:00:00", 401, code="invalid_api_key")
    call(two, "2026-12-03T00:00:00")
    return one, two


def test_calls_are_counted_by_partner_and_day_of_hong_kong() -> None:
    two_days()

    found = usage(Wish(FIRST, LAST))

    assert told(found) == [
        ("2026-12-02", "", 1),
        ("2026-12-02", "BBB", 1),
        ("2026-12-01", "AAA", 3),
        ("2026-12-01", "BBB", 1),
    ]
    assert found.lines[2].figures == Figures(3, 1, 1, 0, 100.0, 280.0)
    assert (found.total.calls, found.total.declined, found.total.failed) == (6, 3, 1)
    assert found.calls_by_key()["2026-12-01"] == Figures(4, 2, 1, 0)


def test_calls_are_counted_by_endpoint_and_errors_by_code_or_status() -> None:
    two_days()

    endpoints, errors = usage(Wish(FIRST, LAST, "endpoint")), usage(Wish(FIRST, LAST, "error"))

    assert told(endpoints) == [
        ("GET inventory", "AAA", 3),
        ("GET inventory", "", 1),
        ("GET reserve", "BBB", 1),
        ("POST reserve", "BBB", 1),
    ]
    assert set(told(errors)) == {
        ("invalid_api_key", "", 1),
        ("rate_limited", "AAA", 1),
        ("insufficient_inventory", "BBB", 1),
        ("503", "BBB", 1),
    }
    assert errors.total.calls == 4


def test_another_partners_calls_are_not_in_it() -> None:
    one, _ = two_days()
    assert told(usage(Wish(FIRST, LAST, partner=one))) == [("2026-12-01", "AAA", 3)]


def test_no_calls_are_none_and_have_no_times() -> None:
    assert usage(Wish(FIRST, LAST)) == Usage([], Figures())


def test_many_partners_take_as_many_queries_as_one() -> None:
    call(make.partner(), "2026-12-01T12:00:00")
    _, few = make.statements(lambda: usage(Wish(FIRST, LAST)))
    for _ in range(3):
        call(make.partner(), "2026-12-01T12:00:00")
    found, many = make.statements(lambda: usage(Wish(FIRST, LAST)))
    assert (len(found.lines), many) == (4, few)


def test_each_line_of_the_page_leads_to_its_calls(admin_client: Client) -> None:
    two_days()
    for by in ("day", "endpoint", "error"):
        shown = admin_client.get(reverse(PAGE), ASKED | {"by": by}).context
        for line in shown["lines"]:
            listed = admin_client.get(line["calls"])
            assert listed.status_code == 200, line
            assert f"{listed.context['cl'].result_count:,}" == line["cells"][0], line


def test_the_page_shows_a_week_unless_it_is_asked_for_other_days(admin_client: Client) -> None:
    ApiCall.objects.create(
        partner=make.partner(), at=make.now(), status=200, milliseconds=1, method="GET", route="x"
    )
    week = admin_client.get(reverse(PAGE)).context
    assert (len(week["bars"]), len(week["lines"]), week["total"][0]) == (7, 1, "1")
    for wrong in ({"first": "2026-12-02", "last": "2026-12-01"}, {"by": "x"}, {"first": "x"}):
        answer = admin_client.get(reverse(PAGE), wrong)
        assert (answer.status_code, "lines" in answer.context) == (200, False)
        assert answer.context["form"].errors
        assert (
            admin_client.get(reverse("admin:usage_export", args=["csv"]), wrong).status_code == 302
        )


def test_a_file_has_what_the_page_shows_and_the_staff_log_knows(admin_client: Client) -> None:
    one, _ = two_days()
    asked = ASKED | {"partner": str(one.pk)}
    answer = admin_client.get(reverse("admin:usage_export", args=["csv"]), asked)
    assert rows_of(answer.content) == [
        ["Day", "Partner", "Calls", "4xx declined", "429 limited", "5xx failed", "Median ms",
         "p95 ms"],
        ["2026-12-01", "AAA", "3", "1", "1", "0", "100.0", "280.0"],
    ]  # fmt: skip
    entry = LogEntry.objects.get()
    assert "AAA, 2026-12-01 to 2026-12-02, by day: 1 lines as CSV" in entry.change_message
    book = admin_client.get(reverse("admin:usage_export", args=["xlsx"]), asked)
    assert book.content[:2] == b"PK"
    assert admin_client.get(reverse("admin:usage_export", args=["pdf"])).status_code == 404


def test_only_who_may_sees_it() -> None:
    pages = [reverse(PAGE), reverse("admin:usage_export", args=["csv"])]
    stranger = a_clerk("view_product")
    assert [stranger.get(page).status_code for page in pages] == [403, 403]
    assert reverse(PAGE) not in stranger.get(reverse("admin:index")).content.decode()
    assert Client().get(reverse(PAGE)).status_code == 302


def test_who_may_see_usage_is_led_to_it() -> None:
    viewer = a_clerk("view_usage")
    call(make.partner(), f"{make.now():%Y-%m-%d}T00:00:00")
    calls = reverse("admin:ota_apicall_changelist")
    assert calls not in viewer.get(reverse(PAGE)).content.decode()  # they may not see those
    overview = viewer.get(reverse("admin:index")).content.decode()
    assert (reverse(PAGE) in overview, viewer.get(reverse(PAGE)).status_code) == (True, 200)
