"""Emergency releases and the history of allocations, as staff see and press them."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from inventory import allocations, urgent_releases
from inventory.models import AllocationMove, Product, UrgentRelease
from resellers.models import Partner
from tests import make

pytestmark = pytest.mark.django_db
LIST = "admin:inventory_urgentrelease_changelist"
HISTORY = "admin:inventory_allocationchange_changelist"


def clerk(name: str, *permissions: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def asker() -> Client:
    return clerk("asker", "request_release", "approve_release", "view_urgentrelease")


@pytest.fixture
def boss() -> Client:
    return clerk("boss", "approve_release", "view_urgentrelease")


@pytest.fixture
def product() -> Product:
    return make.product(10, direct=10)


def ask(client: Client, product: Product, **facts: Any) -> UrgentRelease:
    wish = {
        "partner": make.partner().pk, "product": product.pk, "units": 4, "source": "direct",
        "reason": "=A class missed its ship",
    }  # fmt: skip
    answer = client.post(reverse("admin:inventory_urgentrelease_ask_for"), wish | facts)
    assert answer.status_code == 302
    return UrgentRelease.objects.latest("requested_at")


def page_of(release: UrgentRelease, button: str = "change") -> str:
    return reverse(f"admin:inventory_urgentrelease_{button}", args=[release.pk])


def offered(client: Client, release: UrgentRelease) -> set[str]:
    """The buttons on the page of a release."""
    shown = client.get(page_of(release)).content.decode()
    return {each for each in ("approve", "reject", "withdraw") if page_of(release, each) in shown}


def pools(of: Product) -> tuple[int, int]:
    return make.pool(of)[0], make.pool(of, "direct")[0]


def test_one_asks_and_another_one_approves(asker: Client, boss: Client, product: Product) -> None:
    release = ask(asker, product)
    assert (offered(asker, release), offered(boss, release)) == (
        {"withdraw"}, {"approve", "reject"},
    )  # fmt: skip
    assert asker.post(page_of(release, "approve"), {"note": ""}).status_code == 403
    asked = boss.get(page_of(release, "approve"))
    rows = asked.context["table"]["rows"]
    assert [(row["allocated"].before, row["allocated"].after) for row in rows] == [
        ("10", "14"), ("10", "6"),
    ]  # fmt: skip

    boss.post(page_of(release, "approve"), {"note": "called them"})

    release.refresh_from_db()
    assert (pools(product), release.status, release.note) == ((14, 6), "approved", "called them")
    assert (offered(asker, release), offered(boss, release)) == (set(), set())
    assert set(AllocationMove.objects.filter(cause_id=release.pk).values_list("by", "reason")) == {
        ("staff:boss", "=A class missed its ship")
    }
    said = LogEntry.objects.order_by("pk").values_list("user__username", "change_message")
    assert [(who, what.split(" units")[0]) for who, what in said] == [
        ("asker", "Asked for 4"), ("boss", "Approved: called them"),
    ]  # fmt: skip


def test_it_is_rejected_or_withdrawn_with_a_reason(
    asker: Client, boss: Client, product: Product
) -> None:
    rejected, withdrawn = ask(asker, product), ask(asker, product, source="capacity")
    assert boss.post(page_of(rejected, "reject"), {"note": ""}).status_code == 200
    assert boss.post(page_of(withdrawn, "withdraw"), {"note": "x"}).status_code == 403

    boss.post(page_of(rejected, "reject"), {"note": "Sell what there is"})
    asker.post(page_of(withdrawn, "withdraw"), {"note": "They found some"})

    found = UrgentRelease.objects.order_by("requested_at").values_list("status", "note")
    assert list(found) == [
        ("rejected", "Sell what there is"), ("withdrawn", "They found some"),
    ]  # fmt: skip
    assert (pools(product), product.capacity) == ((10, 10), 20)


def test_what_has_promised_too_much_or_waited_too_long_is_not_approved(
    asker: Client, boss: Client, product: Product
) -> None:
    too_much = ask(asker, product, units=11)
    over = urgent_releases.request(
        product_id=product.pk, partner="OTA_DEMO", units=1, source="direct", reason="r",
        account_id=User.objects.get(username="asker").pk, at=make.now() - timedelta(hours=24),
    )  # fmt: skip

    page = boss.get(page_of(too_much, "approve"))
    refused = boss.post(page_of(too_much, "approve"), {"note": ""}, follow=True)

    assert page.context["fits"] is False
    assert [message.level_tag for message in refused.context["messages"]] == ["error"]
    assert boss.post(page_of(over, "approve"), {"note": ""}).status_code == 403
    assert (offered(boss, over), pools(product)) == (set(), (10, 10))
    expired = boss.get(reverse(LIST), {"state": "expired"}).context["cl"].queryset
    waiting = boss.get(reverse(LIST), {"state": "requested"}).context["cl"].queryset
    assert ([*expired], [*waiting]) == ([over], [too_much])


def test_who_approves_is_told_what_was_closed_since_somebody_asked(
    asker: Client, boss: Client, product: Product
) -> None:
    release = ask(asker, product)
    approval = page_of(release, "approve")
    assert "inactive" not in boss.get(approval).content.decode()

    Partner.objects.filter(partner_id=release.partner).update(is_active=False)
    Product.objects.filter(pk=product.pk).update(is_active=False)

    for page in (approval, page_of(release)):
        told = boss.get(page).content.decode()
        assert "The partner it is for is inactive" in told
        assert "The product is inactive" in told


def test_a_wish_that_makes_no_sense_is_asked_again(asker: Client) -> None:
    page = reverse("admin:inventory_urgentrelease_ask_for")
    wish = {"partner": make.partner(is_active=False).pk, "product": 1, "units": 0, "source": "?"}
    assert set(asker.post(page, wish).context["form"].errors) == {
        "partner", "product", "units", "source", "reason",
    }  # fmt: skip
    half = {"partner": make.partner().pk, "product": make.product(5).pk, "units": 1}
    answer = asker.post(page, half | {"source": "direct", "reason": "r"})
    assert set(answer.context["form"].errors) == {"product"}  # it has no direct pool


def test_who_only_looks_neither_asks_nor_decides(asker: Client, product: Product) -> None:
    release, viewer = ask(asker, product), clerk("viewer", "view_urgentrelease")
    pages = [page_of(release, each) for each in ("approve", "reject", "withdraw")]
    pages.append(reverse("admin:inventory_urgentrelease_ask_for"))

    assert offered(viewer, release) == set()
    assert [viewer.post(page, {"note": "x"}).status_code for page in pages] == [403] * 4


# --- The history of allocations ----------------------------------------------------------------


@pytest.fixture
def story(asker: Client, boss: Client, product: Product) -> Product:
    """Set up; sold from; given units by a reallocation and by a release."""
    make.ticket(on=product)
    allocations.reallocate(
        product_id=product.pk, source="direct", target="ota", units=2, demand=99,
        at=make.now(), by=make.BY,
    )  # fmt: skip
    boss.post(page_of(ask(asker, product), "approve"), {"note": ""})
    return product


def test_the_history_shows_what_changed_the_pools_and_how_busy_they_were(
    admin_client: Client, story: Product
) -> None:
    ota = {"allocation__id__exact": make.allocation(story).pk}
    rows = admin_client.get(reverse(HISTORY), ota).context["cl"].result_list

    assert [(row.kind, row.d_allocated, row.allocated, row.sold) for row in rows] == [
        ("urgent", 4, 16, 1), ("reallocate", 2, 12, 1), ("set_up", 10, 10, 0),
    ]  # fmt: skip
    product = {"allocation__product__id__exact": story.pk}
    charts = admin_client.get(reverse(HISTORY), product).context["charts"]
    assert [(chart.first.allocated, chart.last.allocated, chart.last.used) for chart in charts] == [
        (10, 16, 1), (10, 4, 0),
    ]  # fmt: skip
    assert charts[0].allocated.startswith("M0.0 45.0H")  # 10 of 16, out of 120 points
    assert charts[0].allocated.endswith("V0.0H600.0V0.0")
    unreadable = {"allocation__product__id__exact": "x"}
    assert admin_client.get(reverse(HISTORY), unreadable).status_code in (200, 302)

    now, a_day = timezone.localdate(), timedelta(days=1)
    today, tomorrow, yesterday = str(now), str(now + a_day), str(now - a_day)
    days = [{"at_from": today, "at_to": today}, {"at_from": tomorrow}, {"at_to": yesterday}]
    days.append({"at_from": "2026-02-30"})
    found = [admin_client.get(reverse(HISTORY), each).context["cl"].result_list for each in days]
    assert [len(each) for each in found] == [6, 0, 0, 6]


def test_it_is_exported_as_filtered_without_formulas_and_the_log_knows(
    admin_client: Client, story: Product
) -> None:
    make.product(5)
    query = {"allocation__product__id__exact": story.pk}
    pages = [reverse("admin:inventory_allocationchange_export", args=[kind]) for kind in KINDS]

    as_csv, as_xlsx = (admin_client.get(page, query).content for page in pages)

    header, newest, *rest = csv.reader(io.StringIO(as_csv.decode("utf-8-sig")))
    sheet = load_workbook(io.BytesIO(as_xlsx)).active
    assert sheet is not None
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    told = dict(zip(header, newest, strict=True))
    assert (len(rest), len(cells)) == (5, 7)
    assert (told["reason"], told["kind"]) == ("'=A class missed its ship", "urgent")
    assert {cells[1][header.index("utilisation_percent")], told["utilisation_percent"]} in (
        {6.2, "6.2"}, {0, "0.0"},
    )  # fmt: skip
    logged = LogEntry.objects.filter(object_repr="allocation history")
    assert [entry.change_message for entry in logged.order_by("pk")] == [
        f"Exported as {kind.upper()} with the filters: allocation__product__id__exact={story.pk}"
        for kind in KINDS
    ]


KINDS = ("csv", "xlsx")


def test_the_history_is_for_those_who_may_see_moves(story: Product) -> None:
    nobody = clerk("nobody", "view_product")
    assert nobody.get(reverse(HISTORY)).status_code == 403
    export = reverse("admin:inventory_allocationchange_export", args=["csv"])
    assert nobody.get(export).status_code == 404
    assert clerk("viewer", "view_allocationmove").get(reverse(HISTORY)).status_code == 200
