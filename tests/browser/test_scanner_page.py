"""The scanner page by hand: what staff see after each scan, online, offline and in between."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests import gate
from tests.browser.chromium import (
    enlarge,
    needs_axe,
    needs_chromium,
    overflowing,
    violations,
    watched,
)
from tests.browser.eyes import apart, is_grey, screenshot, see_as
from tests.browser.phone import Phone, phone
from tests.gate import BOARDING, GIFT, TOKEN
from ticketing import scanners
from ticketing.models import Redemption, Scan, Venue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]
SCANS = "**/venue/scan"
TOLD_APART = 0.1  # of the picture


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


# --- Without the server's word -----------------------------------------------------------------


def granted(route: Route, **changed: Any) -> dict[str, Any]:
    """What the server would say to a scan, were it asked."""
    asked: dict[str, str] = route.request.post_data_json or {}
    said = {
        "result": "granted",
        "scan_id": asked["scan_id"],
        "function_code": asked["function_code"],
        "ticket_code": "CRUISE-2026-FERRY-0000000000000-0000000000000000",
        "product": {"id": 1, "name": "Invented"},
        "remaining_uses": 0,
        "ticket_status": "USED",
        "entitlements": [],
    }
    return {**said, **changed}


OTHER = "11111111-2222-4333-8444-555555555555"
SILENCES: dict[str, Callable[[Route], Any]] = {
    "no network": lambda route: route.abort("internetdisconnected"),
    "refused connection": lambda route: route.abort("connectionrefused"),
    "overloaded": lambda route: route.fulfill(status=503, json={"code": "unavailable"}),
    "too many": lambda route: route.fulfill(status=429, json={"code": "rate_limited"}),
    "broken": lambda route: route.fulfill(status=500, json=granted(route)),
    "a hotel's login page": lambda route: route.fulfill(
        status=200, content_type="text/html", body="<h1>granted</h1>"
    ),
    "a redirection": lambda route: route.fulfill(status=302, headers={"Location": "/healthz"}),
    "an empty answer": lambda route: route.fulfill(status=204),
    "no JSON": lambda route: route.fulfill(content_type="application/json", body="granted"),
    "nothing": lambda route: route.fulfill(json=None),
    "another word": lambda route: route.fulfill(json=granted(route, result="perhaps")),
    "another scan": lambda route: route.fulfill(json=granted(route, scan_id=OTHER)),
    "another use": lambda route: route.fulfill(json=granted(route, function_code="SPA")),
    "no ticket": lambda route: route.fulfill(json=granted(route, ticket_code=None)),
    "a problem without a code": lambda route: route.fulfill(status=409, json={"title": "granted"}),
}


def test_nothing_but_the_servers_own_word_shows_granted(browser: Browser, site: str) -> None:
    with phone(browser, site) as mine:
        shown = {}
        for name, silence in SILENCES.items():
            mine.page.route(SCANS, silence)
            mine.scan(f"CODE {name}", "waiting")
            mine.page.click("#next")  # stop asking
            shown[name] = mine.shows("unanswered")
            mine.next()
            mine.page.unroute(SCANS)

        assert shown == dict.fromkeys(SILENCES, "NO ANSWER")
        assert set(mine.diary) == {"waiting", "unanswered"}
        assert mine.link == "OFFLINE: nothing can be granted"
        # The control: the same word for this very scan would be believed.
        mine.page.route(SCANS, lambda route: route.fulfill(json=granted(route)))
        assert mine.scan("CODE", "granted") == "GRANTED"


def test_while_the_next_ticket_waits_the_last_granted_is_not_to_be_seen(
    browser: Browser, site: str
) -> None:
    with phone(browser, site) as mine:
        mine.scan(gate.printed(gate.ticket()), "granted")
        held: list[Route] = []
        mine.page.route(SCANS, lambda route: held.append(route))
        mine.page.keyboard.type(gate.printed(gate.ticket()))
        mine.page.keyboard.press("Enter")
        mine.shows("waiting")
        assert mine.diary[-2:] == ["granted", "waiting"]
        held[0].continue_()
        mine.shows("granted")


def test_a_granted_screen_does_not_wait_for_the_next_guest(browser: Browser, site: str) -> None:
    with watched(browser, locale="en-GB") as seen:
        seen.page.clock.install()
        mine = Phone(seen, site)
        mine.log_in(gate.keyed_scanner(BOARDING)[1])
        mine.scan(gate.printed(gate.ticket()), "granted")
        mine.page.clock.run_for(7000)
        assert mine.page.locator("#verdict").is_visible()
        mine.page.clock.run_for(2000)
        assert not mine.page.locator("#verdict").is_visible()


def test_it_says_that_it_is_offline_and_asks_the_same_scan_until_it_is_answered(
    browser: Browser, site: str
) -> None:
    ticket = gate.ticket()
    with phone(browser, site) as mine:
        mine.page.context.set_offline(True)
        assert mine.link == "OFFLINE: nothing can be granted"
        assert mine.scan(gate.printed(ticket), "waiting") == "WAIT"
        assert mine.said == ["Waiting for the server. Do not admit."]
        mine.page.wait_for_timeout(700)
        assert mine.diary == ["waiting"]
        mine.page.context.set_offline(False)
        mine.shows("granted")
        assert mine.link == "Online"
    assert Scan.objects.count() == Redemption.objects.count() == 1


def test_an_answer_that_was_lost_is_asked_for_again_and_takes_no_second_use(
    browser: Browser, site: str
) -> None:
    ticket = gate.ticket(uses=5)
    with phone(browser, site) as mine:
        lose_answers(mine.page)
        mine.scan(gate.printed(ticket), "waiting")
        mine.page.click("#next")
        mine.shows("unanswered")
        mine.next()
        assert mine.queue == ["NO ANSWER"]
        assert gate.left(ticket) == {BOARDING: 4}  # taken, though nobody knows here
        mine.page.unroute(SCANS)

        # The same ticket held up again is the same scan: nobody was admitted by it.
        mine.scan(gate.printed(ticket), "granted")
        assert mine.said[0] == "Ferry boarding · 4 left"
        assert mine.queue == ["GRANTED"]
    assert gate.left(ticket) == {BOARDING: 4}


def lose_answers(page: Page) -> None:
    """What is asked arrives, and the answers do not."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(SCANS, lose)


def test_a_scan_that_waited_when_the_page_was_left_is_asked_again_from_the_queue(
    browser: Browser, site: str
) -> None:
    ticket = gate.ticket(uses=5)
    with phone(browser, site) as mine:
        lose_answers(mine.page)
        mine.scan(gate.printed(ticket), "waiting")
        mine.page.reload()
        mine.page.locator("#recent").wait_for()
        assert mine.queue == ["NO ANSWER"]
        mine.page.click("#scans button")
        mine.shows("waiting")
        mine.page.click("#next")
        mine.shows("unanswered")
        mine.page.unroute(SCANS)
        mine.page.click("#act")
        mine.shows("granted")
        assert mine.queue == ["GRANTED"]
    assert gate.left(ticket) == {BOARDING: 4}


def test_an_undo_that_is_not_answered_shows_that_nothing_was_undone(
    browser: Browser, site: str
) -> None:
    with phone(browser, site) as mine:
        mine.scan(gate.printed(gate.ticket()), "granted")
        mine.page.route("**/undo", lambda route: route.abort("connectionrefused"))
        mine.page.click("#act")
        mine.page.locator("#trouble:visible").wait_for()
        assert mine.trouble == "The server does not answer."
        assert mine.queue == ["GRANTED"]
        mine.page.unroute("**/undo")
        mine.page.click("#scans button")
        mine.shows("undone")


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


# --- How it looks ------------------------------------------------------------------------------


def screens(mine: Phone) -> dict[str, Callable[[], object]]:
    """What brings each big screen up; each time anew."""
    used = gate.printed(gate.use_up(gate.ticket()))

    def look() -> None:
        mine.page.check("#look")
        mine.scan(used, "looked")
        mine.page.eval_on_selector("#look", "box => { box.checked = false }")

    def wait() -> None:
        mine.page.route(SCANS, lambda route: route.abort("connectionrefused"))
        mine.scan("CODE", "waiting")

    return {
        "granted": lambda: mine.scan(gate.printed(gate.ticket()), "granted"),
        "refused": lambda: mine.scan(used, "refused"),
        "looked": look,
        "waiting": wait,
    }


def test_the_four_screens_differ_in_colour_shape_and_word_and_two_in_their_vibration(
    browser: Browser, site: str
) -> None:
    with phone(browser, site) as mine:
        colours, shapes, words = {}, {}, {}
        for name, bring_up in screens(mine).items():
            bring_up()
            words[name] = mine.page.inner_text("#word")
            colours[name] = mine.page.eval_on_selector(
                "#verdict", "e => getComputedStyle(e).backgroundColor"
            )
            see_as(mine.page, "achromatopsia")
            shapes[name] = screenshot(mine.page, "#verdict svg")
            assert is_grey(shapes[name])
            see_as(mine.page, "none")
            if name != "waiting":
                mine.next()

    assert len(set(words.values())) == len(set(colours.values())) == 4
    close = {
        pair: apart(shapes[pair[0]], shapes[pair[1]]) for pair in itertools.combinations(shapes, 2)
    }
    assert {pair: share for pair, share in close.items() if share < TOLD_APART} == {}


@needs_axe
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_axe_finds_nothing_wrong_and_everything_fits_at_twice_the_size(
    browser: Browser, site: str, lang: str
) -> None:
    wrong, cut = {}, {}

    def examine(name: str, page: Page) -> None:
        wrong[name] = violations(page)
        cut[name] = overflowing(page)
        enlarge(page)
        cut[name] += overflowing(page)
        enlarge(page, 100)

    with watched(browser, locale="zh-CN" if lang == "zh" else "en-GB") as seen:
        new = Phone(seen, site)
        examine("logged out", new.page)
    with phone(browser, site, BOARDING, TOKEN, lang=lang) as mine:
        mine.choose(BOARDING)
        for name, bring_up in screens(mine).items():
            bring_up()
            examine(name, mine.page)
            if name == "waiting":
                mine.page.click("#next")
            else:
                mine.next()
        mine.shows("unanswered")
        mine.next()
        examine("offline, with a queue", mine.page)

    assert wrong == {name: [] for name in wrong}
    assert cut == {name: [] for name in cut}


def test_on_a_low_phone_a_long_refusal_is_scrolled_and_nothing_is_cut_off(
    browser: Browser, site: str
) -> None:
    used = gate.use_up(gate.ticket(**{BOARDING: 3, TOKEN: 3, GIFT: 3}))
    with phone(browser, site, viewport={"width": 320, "height": 400}) as mine:
        mine.scan(gate.printed(used), "refused")
        top = "document.querySelector('#verdict svg').getBoundingClientRect().top"
        assert mine.page.evaluate("document.querySelector('#verdict').scrollTop = 0") == 0
        assert mine.page.evaluate(top) >= 0
        # Of the three uses, those of what was asked for.
        assert [line.partition(":")[0] for line in mine.said[1:4]] == ["Ferry boarding"] * 3
        mine.next()


def test_behind_a_big_screen_nothing_can_be_reached_by_the_tab_key(
    browser: Browser, site: str
) -> None:
    with phone(browser, site) as mine:
        mine.scan(gate.printed(gate.ticket()), "granted")
        reached = set()
        for _ in range(6):
            mine.page.keyboard.press("Tab")
            reached.add(mine.page.evaluate("document.activeElement.id"))
    assert reached <= {"next", "act", ""}
