"""Pages of the back office on a busy day, as other guides than that of operations show them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from playwright.sync_api import Browser, Page

from inventory.models import Product
from ota import health
from ota.models import ApiCall
from resellers.models import Partner
from tests import make, shop
from ticketing.models import Order, Venue

from .gates import PIER
from .shots import DESK, PHONE, Take
from .staff import desk


def back_office(
    lang: str, open_it: Callable[[Page], object], viewport: Any = DESK, **options: Any
) -> Take:
    def take(browser: Browser, site: str) -> bytes:
        with desk(browser, site, "admin", lang, viewport, **options) as page:
            open_it(page)
            page.wait_for_timeout(300)  # icons and letters are drawn when they are there
            return page.screenshot(animations="disabled")

    return take


def the_home(page: Page) -> None:
    """A day on which things were sold and one is nearly gone."""
    for part in ("beat", "worker", "sender"):
        health.beat(part, at=make.now())
    a_day_of_sales()
    page.goto(reverse("admin:index"))
    page.locator("#ov-attention").wait_for()


def a_day_of_sales() -> None:
    """Once, whatever picture needs it first."""
    if Order.objects.filter(product=108).exists():
        return
    tea, pets = (Product.objects.get(pk=number) for number in (108, 107))
    mine, other = (Partner.objects.get(partner_id=name) for name in ("OTA_DEMO", "OTA251103"))
    for _ in range(14):
        make.order("CONFIRMED", of=mine, on=tea, quantity=100)
    for quantity in (40, 60, 25, 70):
        make.order("CONFIRMED", of=other, on=pets, quantity=quantity)
        shop.order("CONFIRMED", on=pets, quantity=quantity // 5)
    make.reservation("cancelled", of=other, on=pets)
    make.reservation("expired", of=other, on=pets)
    make.reservation("expired", of=other, on=pets)
    for quantity in (90, 35):
        make.reservation(of=mine, on=pets, quantity=quantity)
    soon = make.now() + timedelta(minutes=9)
    make.reservation(of=mine, on=tea, quantity=45, expires_at=soon)
    ApiCall.objects.bulk_create(
        ApiCall(
            partner=mine if number % 3 else other, method="POST", route="reserve",
            status=429 if number % 9 == 0 else 409 if number % 17 == 0 else 201,
            milliseconds=4 + number % 40, request_id="", at=make.now(),
        )
        for number in range(900)
    )  # fmt: skip


def a_new_key(page: Page) -> None:
    venue = Venue.objects.get(code=PIER)
    page.goto(reverse("admin:ticketing_venue_issue_scanner", args=[venue.pk]))
    page.fill("[name=label]", "Gate B")
    page.fill("[name=reason]", "a second gate")
    page.press("[name=reason]", "Enter")
    page.locator("#shown-once-picture").wait_for()


def the_scans(page: Page) -> None:
    page.goto(reverse("admin:ticketing_scan_changelist"))


PICTURES: dict[str, Take] = {
    "admin-home-en": back_office("en", the_home, {"width": 1440, "height": 1000}),
    "admin-home-zh": back_office("zh", the_home, {"width": 1440, "height": 1000}),
    "admin-home-phone-en": back_office("en", the_home, PHONE, color_scheme="dark"),
    "admin-home-phone-zh": back_office("zh", the_home, PHONE, color_scheme="dark"),
    "admin-scanner-key-en": back_office("en", a_new_key),
    "admin-scans-en": back_office("en", the_scans),
}
