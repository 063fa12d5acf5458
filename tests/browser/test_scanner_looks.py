"""How the scanner page looks: told apart without colours, read by everybody, on any phone."""

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

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
from tests.browser.phone import SCANS, Phone, phone
from tests.gate import BOARDING, GIFT, TOKEN

pytestmark = [
    pytest.mark.proof,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    needs_chromium,
]
TOLD_APART = 0.1  # of the picture


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
