"""The scanner page by hand: what staff see after each scan, and who may scan at all."""

import pytest
from playwright.sync_api import Browser

from tests import gate
from tests.browser.chromium import needs_chromium, watched
from tests.browser.phone import Phone, phone
from tests.gate import BOARDING, GIFT, TOKEN
from ticketing import scanners
from ticketing.models import Venue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]


# --- What the server says ----------------------------------------------------------------------


def test_a_ticket_is_granted_once_and_then_refused_with_when_and_where(
    browser: Browser, site: str
) -> None:
    ticket = gate.ticket()
    venue = gate.venue(BOARDING)
    with phone(browser, site, key=gate.keyed_scanner(at=venue)[1]) as mine:
        granted = mine.scan(gate.printed(ticket), "granted")
        told = mine.said
        mine.next()
        refused = mine.scan(gate.printed(ticket), "refused")
        why = mine.said

        assert (granted, refused) == ("GRANTED", "REFUSED")
        assert told == ["Ferry boarding · 0 left", ticket.product.name, ticket.code]
        assert why[0] == "Already used"
        assert why[1].startswith("Ferry boarding: ")
        assert why[1].endswith(f" at {venue.code}")
        assert ticket.code in why
        assert mine.queue == ["REFUSED", "GRANTED"]
        assert mine.vibrations == [[250], [90, 70, 90, 70, 400]]
        assert mine.watched.complaints == []
        assert {asked.url.startswith(site) for asked in mine.watched.requests} == {True}
    assert gate.left(ticket) == {BOARDING: 0}


def test_a_forged_code_is_refused_in_the_language_of_the_phone(browser: Browser, site: str) -> None:
    with phone(browser, site, lang="zh") as mine:
        assert mine.scan("HTTPS://EVIL.EXAMPLE", "refused") == "拒绝"
        assert mine.said == ["不是有效的票码"]


def test_only_looking_takes_nothing(browser: Browser, site: str) -> None:
    ticket = gate.ticket(uses=3)
    with phone(browser, site) as mine:
        mine.page.check("#look")
        assert mine.scan(gate.printed(ticket), "looked") == "TICKET"
        assert "Ferry boarding: 3 left" in mine.said
        assert mine.queue == []
    assert gate.left(ticket) == {BOARDING: 3}


def test_where_several_uses_are_served_one_has_to_be_chosen_and_stays_chosen(
    browser: Browser, site: str
) -> None:
    ticket = gate.ticket(**{TOKEN: 2, GIFT: 1})
    with phone(browser, site, TOKEN, GIFT) as mine:
        mine.enter(gate.printed(ticket))
        assert mine.trouble == "Choose what to admit to."
        mine.choose(GIFT)
        mine.page.reload()
        mine.page.locator("#recent").wait_for()
        mine.scan(gate.printed(ticket), "granted")
        assert mine.said[0] == "VIP gift · 0 left"
    assert gate.left(ticket) == {TOKEN: 2, GIFT: 0}


def test_a_scan_is_undone_from_the_big_screen_and_from_the_queue(
    browser: Browser, site: str
) -> None:
    ticket = gate.ticket(uses=2)
    with phone(browser, site) as mine:
        mine.scan(gate.printed(ticket), "granted")
        mine.page.click("#act")
        assert mine.shows("undone") == "UNDONE"
        assert "Ferry boarding: 2 left" in mine.said
        mine.next()
        mine.scan(gate.printed(ticket), "granted")
        mine.next()
        mine.page.click("#scans li:first-child button")
        mine.shows("undone")
        mine.next()
        assert mine.queue == ["UNDONE", "UNDONE"]
        assert mine.page.locator("#scans button").count() == 0
    assert gate.left(ticket) == {BOARDING: 2}


def test_a_handheld_reader_types_wherever_the_focus_is(browser: Browser, site: str) -> None:
    first, second = gate.ticket(), gate.ticket()
    with phone(browser, site) as mine:
        mine.scan(gate.printed(first), "granted")
        mine.page.keyboard.type(gate.printed(second))  # the big screen has the focus
        mine.page.keyboard.press("Enter")
        mine.page.locator("#scans li:nth-child(2)").wait_for(state="attached")
        assert mine.shows("granted") == "GRANTED"
    assert (gate.left(first), gate.left(second)) == ({BOARDING: 0}, {BOARDING: 0})


# --- The key of the device ---------------------------------------------------------------------


def test_a_device_stays_logged_in_until_it_logs_out_which_forgets_everything(
    browser: Browser, site: str
) -> None:
    with phone(browser, site) as mine:
        ticket = gate.printed(gate.ticket())
        mine.scan(ticket, "granted")
        mine.next()
        mine.page.reload()
        mine.page.locator("#recent").wait_for()
        assert mine.queue == ["GRANTED"]
        assert ticket not in str(mine.stored())  # an answered code is not kept

        mine.page.click("#leave")
        assert not mine.page.locator("#recent").is_visible()
        assert set(mine.stored()) <= {"gangway.function"}


def test_a_revoked_key_ends_the_session_at_the_next_scan(browser: Browser, site: str) -> None:
    device, key = gate.keyed_scanner(BOARDING)
    ticket = gate.ticket()
    with phone(browser, site, key=key) as mine:
        scanners.revoke(device, at=device.created_at)
        mine.enter(gate.printed(ticket))
        mine.page.locator("#trouble:visible").wait_for()
        assert mine.trouble.startswith("The key of this device is not accepted any more.")
        assert "gangway.key" not in mine.stored()
        assert mine.diary == []
    assert gate.left(ticket) == {BOARDING: 1}


def test_a_closed_venue_shuts_its_devices_out(browser: Browser, site: str) -> None:
    device, key = gate.keyed_scanner(BOARDING)
    with phone(browser, site, key=key) as mine:
        Venue.objects.filter(pk=device.venue_id).update(is_active=False)
        mine.page.reload()
        mine.page.locator("#trouble:visible").wait_for()
        assert "gangway.key" not in mine.stored()


@pytest.mark.parametrize("key", ["nonsense", "gw_scan_00000000_" + "0" * 43 + "_000000"])
def test_a_wrong_key_does_not_log_in(browser: Browser, site: str, key: str) -> None:
    with watched(browser, locale="en-GB") as seen:
        mine = Phone(seen, site)
        mine.enter(key)
        mine.page.locator("#trouble:visible").wait_for()
        assert mine.trouble == "This key is not accepted."
        assert mine.stored() == {}


@pytest.mark.proof
def test_a_device_that_wakes_up_offline_keeps_its_key_and_comes_back_by_itself(
    browser: Browser, site: str
) -> None:
    with phone(browser, site) as mine:
        mine.page.route("**/venue/scanner", lambda route: route.abort("connectionrefused"))
        mine.page.reload()
        mine.page.locator("#trouble:visible").wait_for()
        assert mine.link == "OFFLINE: nothing can be granted"
        mine.enter("TICKET:1.0.ABC")
        assert mine.trouble == "The server does not answer."
        mine.page.unroute("**/venue/scanner")
        mine.page.locator("#recent").wait_for()
        assert (mine.link, mine.page.locator("#trouble").is_visible()) == ("Online", False)
