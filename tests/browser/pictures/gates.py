"""The page behind a ticket's link, and the page of a scanner, as phones show them."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser

from inventory.models import Product
from ota import demo
from resellers.models import Partner
from tests import gate, looks, make
from tests.browser.chromium import watched
from tests.browser.phone import Phone
from tests.gate import BOARDING
from ticketing.models import Scanner, Ticket

from .shots import DESK, LOCALES, PHONE, Take

[(PIER, _, _, KEY)] = demo.VENUES


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


PICTURES: dict[str, Take] = {
    "verify-valid-en": verify("ACTIVE", "en"),
    "verify-valid-zh": verify("ACTIVE", "zh"),
    "verify-used-en": verify("USED", "en"),
    "verify-used-zh": verify("USED", "zh"),
    "verify-code-expired-en": verify("CODE_EXPIRED", "en"),
    "verify-code-expired-zh": verify("CODE_EXPIRED", "zh"),
    "verify-not-active-en": verify("PRE_GENERATED", "en"),
    "verify-cancelled-en": verify("CANCELLED", "en"),
    "verify-expired-en": verify("EXPIRED", "en"),
    "verify-invalid-en": verify("INVALID", "en"),
    "gate-login-en": gate_page("en", unknown),
    "gate-ready-en": gate_page("en", ready),
    "gate-granted-en": gate_page("en", granted),
    "gate-granted-zh": gate_page("zh", granted),
    "gate-refused-en": gate_page("en", refused),
    "gate-waiting-en": gate_page("en", waiting),
    "gate-offline-en": gate_page("en", offline),
    "gate-desktop-en": gate_page("en", ready, DESK),
}
