"""The pictures of docs/images/, on a server with the demo data: see docs/screenshots.py."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.urls import reverse
from playwright.sync_api import Browser, Page, sync_playwright

from config import credentials
from inventory.models import Product
from ota import demo, health
from ota.models import ApiCall
from resellers.models import Partner, Reseller
from tests import gate, looks, make, shop
from tests.browser import film
from tests.browser.chromium import PROGRAM, chromium, watched
from tests.browser.phone import Phone
from tests.gate import BOARDING
from ticketing.models import Order, Scanner, Ticket, Venue

PHONE, DESK = {"width": 390, "height": 780}, {"width": 1280, "height": 800}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
[(PIER, _, _, KEY)] = demo.VENUES
USER, PASSWORD = demo.PEOPLE[0][0], demo.PEOPLE[0][2]
Take = Callable[[Browser, str], bytes]


def taken(site: str, wanted: str = "") -> Iterator[tuple[str, bytes]]:
    """Each picture whose name begins so, as PNG."""
    if PROGRAM is None:
        sys.exit("Pictures need Chromium; on Debian: apt-get install chromium")
    # The page passes over keys when it has one, so that the film does not scan by itself.
    shown = credentials.new("gw_scan")[1]
    with tempfile.TemporaryDirectory() as folder:
        shot = film.shoot([shown], Path(folder) / "gate.mjpeg", noise=0, gap=0)
        with sync_playwright() as driver, chromium(driver, *film.flags(shot)) as browser:
            for name, take in PICTURES.items():
                if name.startswith(wanted):
                    yield name, take(browser, site)


def a_ticket(plan: str = "Premium Plan") -> Ticket:
    """One that the demo partner sold."""
    partner = Partner.objects.get(partner_id="OTA_DEMO")
    return make.ticket(of=partner, on=Product.objects.get(name=plan))


def a_used_ticket() -> Ticket:
    """One with few uses, all taken at the gate of the demo."""
    ticket = a_ticket("Pet Plan")
    for right in ticket.entitlements:
        gate.scan(ticket, right["function_code"], by=Scanner.objects.get(venue__code=PIER))
    return ticket


# --- The page behind a link --------------------------------------------------------------------


def verify(state: str, lang: str, viewport: Any = PHONE) -> Take:
    def take(browser: Browser, site: str) -> bytes:
        with watched(browser, viewport=viewport) as seen:
            seen.page.goto(site + looks.link(looks.TOKENS[state](a_ticket()), lang=lang))
            return seen.page.screenshot(full_page=True)

    return take


# --- The page of a scanner ---------------------------------------------------------------------


def gate_page(lang: str, play: Callable[[Phone], object], viewport: Any = PHONE) -> Take:
    def take(browser: Browser, site: str) -> bytes:
        with watched(browser, viewport=viewport, locale=LOCALES[lang]) as seen:
            mine = Phone(seen, site)
            play(mine)
            mine.page.wait_for_timeout(150)
            # The big screens cover what there is, and no more.
            whole = not mine.page.locator("#verdict").is_visible()
            return mine.page.screenshot(animations="disabled", full_page=whole)

    return take


def unknown(mine: Phone) -> None:
    """It has seen the key of the film, which is none, and nobody else's is there yet."""
    mine.page.locator("#trouble:visible").wait_for()
    mine.page.evaluate("document.getElementById('trouble').hidden = true")


def logged_in(mine: Phone) -> None:
    unknown(mine)
    mine.log_in(KEY)


def ready(mine: Phone) -> None:
    """After a few scans."""
    logged_in(mine)
    used = a_used_ticket()
    for text, result in (("WHATEVER", "refused"), (used, "refused"), (a_ticket(), "granted")):
        scan(mine, text, result)
        mine.next()
    mine.page.evaluate("scrollTo(0, 0)")


def scan(mine: Phone, shown: Ticket | str, until: str) -> None:
    mine.choose(BOARDING)
    mine.scan(gate.printed(shown) if isinstance(shown, Ticket) else shown, until)


def granted(mine: Phone) -> None:
    logged_in(mine)
    scan(mine, a_ticket(), "granted")


def refused(mine: Phone) -> None:
    logged_in(mine)
    scan(mine, a_used_ticket(), "refused")


def waiting(mine: Phone) -> None:
    logged_in(mine)
    mine.page.context.set_offline(True)
    scan(mine, a_ticket(), "waiting")


def offline(mine: Phone) -> None:
    ready(mine)
    mine.page.context.set_offline(True)


# --- The back office ---------------------------------------------------------------------------


def back_office(
    lang: str, open_it: Callable[[Page, str], object], viewport: Any = DESK, **options: Any
) -> Take:
    def take(browser: Browser, site: str) -> bytes:
        with watched(browser, viewport=viewport, locale=LOCALES[lang], **options) as seen:
            page = seen.page
            page.goto(site + reverse("admin:index"))
            page.fill("[name=username]", USER)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.locator("#header-inner").wait_for()
            open_it(page, site)
            page.wait_for_timeout(300)  # icons and letters are drawn when they are there
            return page.screenshot(animations="disabled")

    return take


def the_home(page: Page, site: str) -> None:
    """A day on which things were sold and one is nearly gone."""
    for part in ("beat", "worker"):
        health.beat(part, at=make.now())
    if not Order.objects.filter(product=108).exists():
        a_day_of_sales()
    page.goto(site + reverse("admin:index"))
    page.locator("#ov-attention").wait_for()


def a_day_of_sales() -> None:
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


def a_new_key(page: Page, site: str) -> None:
    venue = Venue.objects.get(code=PIER)
    page.goto(site + reverse("admin:ticketing_venue_issue_scanner", args=[venue.pk]))
    page.fill("[name=label]", "Gate B")
    page.press("[name=label]", "Enter")
    page.locator("#shown-once-picture").wait_for()


def the_scans(page: Page, site: str) -> None:
    page.goto(site + reverse("admin:ticketing_scan_changelist"))


def a_reseller(page: Page, site: str) -> None:
    """One whose terms were changed, with the batch it sells."""
    mine = Partner.objects.get(partner_id="OTA_DEMO")
    code = f"HARBOUR-{Reseller.objects.count() + 1}"
    made = make.reseller(mine, reseller_code=code, name="Harbour Tours", tier="gold")
    make.amend(made, tier="platinum", commission_rate=Decimal("0.15"))
    page.goto(site + reverse("admin:resellers_reseller_change", args=[made.pk]))
    page.locator("#history-group").scroll_into_view_if_needed()


def an_import(page: Page, site: str) -> None:
    """What would become of three rows, one of them wrong."""
    known = make.reseller(Partner.objects.get(partner_id="OTA_DEMO"), tier="gold")
    rows = [
        f"OTA_DEMO,{known.reseller_code},{known.name},silver,0.125,2027-09-30",
        f"OTA251103,{known.reseller_code},Harbour Tours,gold,,",
        "OTA_DEMO,KOWLOON 2,Kowloon Walks,,10,2027-02-30",
    ]
    table = "partner_id,reseller_code,name,tier,commission_rate,contract_end\n" + "\n".join(rows)
    page.goto(site + reverse("admin:resellers_reseller_import_file"))
    file = {"name": "resellers.csv", "mimeType": "text/csv", "buffer": table.encode()}
    page.set_input_files("[name=file]", file)  # type: ignore[arg-type]
    page.locator("#import-form button[type=submit]").click()
    page.locator("table").wait_for()


PICTURES: dict[str, Take] = {
    "verify-valid-en": verify("ACTIVE", "en"),
    "verify-valid-zh": verify("ACTIVE", "zh"),
    "verify-not-active-zh": verify("PRE_GENERATED", "zh"),
    "verify-used-en": verify("USED", "en"),
    "verify-expired-zh": verify("EXPIRED", "zh"),
    "verify-cancelled-en": verify("CANCELLED", "en"),
    "verify-code-expired-en": verify("CODE_EXPIRED", "en"),
    "verify-invalid-zh": verify("INVALID", "zh"),
    "verify-desktop-en": verify("ACTIVE", "en", DESK),
    "gate-login-en": gate_page("en", unknown),
    "gate-ready-en": gate_page("en", ready),
    "gate-ready-zh": gate_page("zh", ready),
    "gate-granted-en": gate_page("en", granted),
    "gate-granted-zh": gate_page("zh", granted),
    "gate-refused-en": gate_page("en", refused),
    "gate-waiting-zh": gate_page("zh", waiting),
    "gate-offline-en": gate_page("en", offline),
    "gate-desktop-en": gate_page("en", ready, DESK),
    "admin-home-en": back_office("en", the_home, {"width": 1440, "height": 1000}),
    "admin-home-phone-zh": back_office("zh", the_home, PHONE, color_scheme="dark"),
    "admin-scanner-key-en": back_office("en", a_new_key),
    "admin-scans-zh": back_office("zh", the_scans),
    "admin-reseller-zh": back_office("zh", a_reseller),
    "admin-reseller-import-en": back_office("en", an_import),
}
