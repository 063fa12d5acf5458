"""The scanner page without the server's word: it never says granted, and asks the same scan on."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests import gate
from tests.browser.chromium import needs_chromium, watched
from tests.browser.phone import SCANS, Phone, phone
from tests.gate import BOARDING
from ticketing.models import Redemption, Scan

pytestmark = [
    pytest.mark.proof,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]


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
