"""Moving stock in the back office: looked at first, confirmed once, and refused when it moved."""

import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core import signing
from django.test import Client
from django.urls import reverse

from inventory import allocations
from inventory.models import AllocationMove, Product
from inventory.moves import Cause
from ota import reallocation
from ota.models import ApiCall
from tests import make

pytestmark = pytest.mark.django_db


def page() -> str:
    return reverse("admin:inventory_channelallocation_reallocate")


def ask(client: Client, on: Product, **facts: Any) -> Any:
    wish = {
        "product": on.pk, "source": "direct", "target": "ota", "units": 500,
        "demand": 9000, "reason": "Partners run dry",
    }  # fmt: skip
    return client.post(page(), wish | facts)


def confirm(client: Client, preview: Any) -> Any:
    return client.post(page(), {"sealed": preview.context["sealed"]})


def hold(product: Product, units: int, channel: str) -> None:
    allocation, cause = make.allocation(product, channel), Cause("order", uuid.uuid4())
    allocations.hold(allocation.pk, units, cause=cause, at=make.now(), by=make.BY)


def pools(of: Product) -> tuple[int, int]:
    return make.pool(of)[0], make.pool(of, "direct")[0]


def told(answer: Any) -> list[str]:
    return [message.level_tag for message in answer.context["messages"]]


def checks(preview: Any) -> list[tuple[bool, str]]:
    return [(check["holds"], check["figures"]) for check in preview.context["checks"]]


def clerk(*permissions: str, name: str = "clerk") -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def product() -> Product:
    """The worked example: 2000 for partners, 1000 for direct sales (R028)."""
    return make.product(2000, direct=1000)


def test_a_move_is_shown_confirmed_and_remembered(product: Product) -> None:
    client = clerk("reallocate_stock", "view_channelallocation")

    preview = ask(client, product)
    shown = preview.context["table"]
    assert pools(product) == (2000, 1000)
    answer = confirm(client, preview)

    assert [(row["allocated"].before, row["allocated"].after) for row in shown["rows"]] == [
        ("2,000", "2,500"), ("1,000", "500"),
    ]  # fmt: skip
    assert (shown["total"].before, shown["total"].after) == ("3,000", "3,000")
    assert checks(preview) == [
        (True, "0 of 1,000 units held or sold, 0.0 %"),
        (True, "9,000 units expected, 2,000 free"),
        (True, "Free afterwards: Direct sales 500, OTA partners 2,500"),
    ]
    assert (answer.status_code, pools(product)) == (302, (2500, 500))
    moves = AllocationMove.objects.filter(kind="reallocate").order_by("d_allocated")
    assert [(each.d_allocated, each.by, each.reason) for each in moves] == [
        (-500, "staff:clerk", "Partners run dry"), (500, "staff:clerk", "Partners run dry"),
    ]  # fmt: skip
    assert all(each.request_id for each in moves)
    logged = LogEntry.objects.get()
    assert logged.change_message == "Moved 500 units from direct to ota: Partners run dry"


def test_who_presses_twice_moves_once(admin_client: Client, product: Product) -> None:
    preview = ask(admin_client, product)
    confirm(admin_client, preview)

    again = admin_client.post(page(), {"sealed": preview.context["sealed"]}, follow=True)

    assert (told(again)[-1], pools(product)) == ("info", (2500, 500))
    assert LogEntry.objects.count() == 1


def test_stock_that_moved_meanwhile_is_shown_anew_and_not_moved(
    admin_client: Client, product: Product
) -> None:
    preview = ask(admin_client, product)
    make.reservation(on=product, quantity=3)

    refused = confirm(admin_client, preview)

    assert (refused.status_code, told(refused), pools(product)) == (409, ["error"], (2000, 1000))
    assert [row["reserved"] for row in refused.context["table"]["rows"]] == ["3", "0"]
    assert confirm(admin_client, refused).status_code == 302
    assert pools(product) == (2500, 500)


@pytest.mark.parametrize(
    ("held", "wish", "which"),
    [
        ({"direct": 700}, {"units": 300}, [False, True, True]),
        ({}, {"demand": 2000}, [True, False, True]),
        ({}, {"units": 1001}, [True, True, False]),
        ({"ota": 1999}, {"units": 2, "source": "ota", "target": "direct"}, [False]),
    ],
    ids=["busy", "no demand", "more than there is", "held by partners"],
)
def test_what_fails_a_check_has_no_button_and_the_server_refuses_it_too(
    admin_client: Client,
    product: Product,
    held: dict[str, int],
    wish: dict[str, Any],
    which: Sequence[bool],
) -> None:
    for channel, units in held.items():
        hold(product, units, channel)

    preview = ask(admin_client, product, **wish)
    forced = admin_client.post(page(), {"sealed": sealed(preview, "admin")})

    assert [holds for holds, _ in checks(preview)] == which
    assert preview.context["sealed"] == ""
    assert b'name="sealed"' not in preview.content
    assert (forced.status_code, told(forced), pools(product)) == (409, ["error"], (2000, 1000))


def sealed(preview: Any, username: str) -> str:
    """A confirmation of what was previewed, as if the page had offered one."""
    salt = f"ota.reallocation:{User.objects.get(username=username).pk}"
    wish, seen = preview.context["wish"], preview.context["preview"].seen
    return signing.dumps({"wish": wish.as_json(), "seen": seen}, salt=salt, compress=True)


def test_a_confirmation_is_good_for_its_reader_for_a_while_and_as_it_was(
    admin_client: Client, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = ask(admin_client, product).context["sealed"]
    other = clerk("reallocate_stock")

    answers = [
        other.post(page(), {"sealed": seal}, follow=True),
        admin_client.post(page(), {"sealed": seal[:-1] + "_"}, follow=True),
        admin_client.post(page(), {"sealed": "500 units"}, follow=True),
    ]
    monkeypatch.setattr("ota.admin.reallocation.SECONDS", -1)
    answers.append(admin_client.post(page(), {"sealed": seal}, follow=True))

    assert [told(answer) for answer in answers] == [["error"]] * 4
    assert pools(product) == (2000, 1000)


def test_who_may_not_move_stock_is_offered_nothing(client: Client, product: Product) -> None:
    viewer = clerk("view_channelallocation", "view_product")
    pool, of = make.allocation(product).pk, product.pk

    assert ask(viewer, product).status_code == 403
    pages = [
        reverse("admin:index"),
        reverse("admin:inventory_channelallocation_changelist"),
        reverse("admin:inventory_channelallocation_change", args=[pool]),
        reverse("admin:inventory_product_change", args=[of]),
    ]
    assert [page() in viewer.get(each).content.decode() for each in pages] == [False] * 4
    mover = clerk("view_channelallocation", "view_product", "reallocate_stock", name="mover")
    assert [page() in mover.get(each).content.decode() for each in pages] == [True] * 4
    ways = [
        reverse("admin:inventory_product_move_stock", args=[of]),
        reverse("admin:inventory_channelallocation_move_from_here", args=[pool]),
    ]
    led = [mover.get(way)["Location"] for way in ways]
    assert led == [
        f"{page()}?product={of}", f"{page()}?product={of}&source=ota&target=direct",
    ]  # fmt: skip
    assert [mover.get(each).status_code for each in led] == [200, 200]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"target": "direct"}, "target"),
        ({"units": 0}, "units"),
        ({"units": 2**31}, "units"),
        ({"product": 1}, "product"),
        ({"source": "shop"}, "source"),
        ({"demand": -1}, "demand"),
    ],
    ids=lambda each: str(each),
)
def test_a_wish_that_makes_no_sense_is_asked_again(
    admin_client: Client, product: Product, wrong: dict[str, Any], field: str
) -> None:
    answer = ask(admin_client, product, **wrong)
    assert (answer.status_code, set(answer.context["form"].errors)) == (200, {field})


def test_a_product_without_both_pools_is_said_so(admin_client: Client) -> None:
    answer = ask(admin_client, make.product(5))
    assert set(answer.context["form"].errors) == {"product"}
    for odd in ("product=x&target=y", "product=99999999999", "product=999999999&units=x"):
        assert admin_client.get(f"{page()}?{odd}").status_code == 200


def test_demand_is_what_was_held_and_refused_in_the_last_day(
    admin_client: Client, product: Product
) -> None:
    long_ago = make.now() - reallocation.WINDOW * 2
    allocation = make.allocation(product)
    old = Cause("reservation", uuid.uuid4())
    allocations.hold(allocation.pk, 1000, cause=old, at=long_ago, by=make.BY)
    make.reservation("cancelled", on=product, quantity=7)  # it was asked for
    make.batch(5, product_id=product.pk)
    refused("reserve", "insufficient_inventory")
    refused("reserve", "insufficient_inventory", at=long_ago)
    refused("reserve", "unknown_product")
    refused("orders", "insufficient_inventory")

    found = reallocation.measured(product.pk, "ota", at=make.now())
    direct = reallocation.measured(product.pk, "direct", at=make.now())
    offered = admin_client.get(f"{page()}?product={product.pk}").context["form"]
    empty = ask(admin_client, product, demand="").context["wish"]

    assert (found, found.units) == (reallocation.Demand(held=12, refused=1), 13)
    assert direct.units == reallocation.measured(1, "ota", at=make.now()).held == 0
    assert (offered["demand"].value(), empty.demand) == (13, 13)


def refused(route: str, code: str, **facts: Any) -> None:
    ApiCall.objects.create(
        method="POST", route=route, status=409, code=code, milliseconds=1, request_id="r",
        at=facts.get("at", make.now()),
    )  # fmt: skip
