"""The verify page in a real browser: every state, both languages, every way of looking at it."""

import http.client
import itertools
import re
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request
from pytest_django import DjangoDbBlocker

from tests import looks
from tests.browser.chromium import (
    Picture,
    enlarge,
    needs_axe,
    needs_chromium,
    overflowing,
    violations,
    watched,
)
from tests.browser.eyes import (
    DEFICIENCIES,
    apart,
    contrast,
    force_dark,
    is_grey,
    screenshot,
    see_as,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db, needs_chromium]
BUDGET = 20 * 1024
# One of each shape; a cancelled ticket looks like an invalid code, and has another word.
SHAPES = ("ACTIVE", "PRE_GENERATED", "USED", "EXPIRED", "INVALID")
LONGEST = ("ACTIVE", "PRE_GENERATED")  # to print
TOLD_APART = 0.1  # of the picture; the same state in another language differs by nothing
A4, RECEIPT = "210mm", "80mm"  # wide; the height of a sheet is that of A4

each_language = pytest.mark.parametrize("lang", ["en", "zh"])
# What a language cannot change is looked at in one of the two: every second state in the other.
LANGUAGE_OF = dict(zip(looks.TOKENS, itertools.cycle(["en", "zh"])))


@pytest.fixture(scope="module")
def urls(site: str, django_db_blocker: DjangoDbBlocker) -> dict[tuple[str, str], str]:
    """(state, language) → the address of such a page."""
    with django_db_blocker.unblock():
        paths = {state: looks.path(state, "LANG") for state in looks.TOKENS}
    return {
        (state, lang): site + path.replace("LANG", lang)
        for state, path in paths.items()
        for lang in ("en", "zh")
    }


@each_language
def test_every_state_fits_a_narrow_phone_at_twice_the_size(
    browser: Browser, urls: dict[tuple[str, str], str], lang: str
) -> None:
    cut = {}
    with watched(browser) as phone:
        for state in looks.TOKENS:
            phone.page.goto(urls[state, lang])
            cut[state] = overflowing(phone.page)
            enlarge(phone.page)
            cut[state] += overflowing(phone.page)

    assert cut == {state: [] for state in looks.TOKENS}


def test_text_that_does_not_fit_is_found(
    browser: Browser, urls: dict[tuple[str, str], str]
) -> None:
    with watched(browser) as phone:
        phone.page.goto(urls["ACTIVE", "en"])
        phone.page.evaluate("document.body.style.whiteSpace = 'nowrap'")
        assert overflowing(phone.page) != []


@needs_axe
@each_language
def test_axe_finds_nothing_wrong_in_any_state(
    browser: Browser, urls: dict[tuple[str, str], str], lang: str
) -> None:
    wrong = {}
    with watched(browser) as phone:
        for state in looks.TOKENS:
            phone.page.goto(urls[state, lang])
            wrong[state] = violations(phone.page)

    assert wrong == {state: [] for state in looks.TOKENS}


@needs_axe
def test_axe_would_find_pale_letters_and_a_language_that_is_none(
    browser: Browser, urls: dict[tuple[str, str], str]
) -> None:
    with watched(browser) as phone:
        phone.page.goto(urls["ACTIVE", "en"])
        phone.page.evaluate("document.querySelector('.word').style.color = '#9cc'")
        phone.page.evaluate("document.documentElement.lang = ''")
        rules = {each.partition(":")[0] for each in violations(phone.page)}
    assert rules == {"color-contrast", "html-has-lang"}


def test_nothing_is_asked_of_anybody_else_and_it_weighs_little(
    browser: Browser, urls: dict[tuple[str, str], str], site: str
) -> None:
    for state, lang in (("ACTIVE", "en"), ("INVALID", "zh")):
        with watched(browser) as phone:
            phone.page.goto(urls[state, lang], wait_until="networkidle")

            assert [asked.url for asked in phone.requests if not asked.url.startswith(site)] == []
            assert 1 <= len(phone.requests) <= 2  # the icon, unless the browser knows it
            assert sum(map(_weight, phone.requests)) <= BUDGET
            assert phone.complaints == []


def _weight(asked: Request) -> int:
    sizes = asked.sizes()
    return sizes["responseHeadersSize"] + sizes["responseBodySize"]


def test_a_script_that_got_into_the_page_would_not_run(
    browser: Browser, urls: dict[tuple[str, str], str]
) -> None:
    with watched(browser) as phone:
        phone.page.goto(urls["ACTIVE", "en"])
        phone.page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {textContent: 'document.title = `taken`'}))"
        )
        assert phone.page.title() == "Ticket check · Gangway"
        assert any("Content Security Policy" in said for said in phone.complaints)


@pytest.mark.proof
def test_states_differ_in_shape_for_eyes_without_colours(
    browser: Browser, urls: dict[tuple[str, str], str]
) -> None:
    with watched(browser) as phone:
        seen = {state: _symbols(phone.page, urls[state, "en"]) for state in SHAPES}
        control = _symbols(phone.page, urls["ACTIVE", "zh"])

    for eyes in DEFICIENCIES:
        assert is_grey(seen["INVALID"][eyes]) == (eyes == "achromatopsia")
        assert apart(seen["ACTIVE"][eyes], control[eyes]) == 0
        close = {
            (one, other): apart(seen[one][eyes], seen[other][eyes])
            for one, other in itertools.combinations(SHAPES, 2)
        }
        assert {pair: share for pair, share in close.items() if share < TOLD_APART} == {}


def _symbols(page: Page, url: str) -> dict[str, Picture]:
    """The shape of a page as each pair of eyes sees it."""
    page.goto(url)
    return {eyes: _symbol_for(page, eyes) for eyes in DEFICIENCIES}


def _symbol_for(page: Page, eyes: str) -> Picture:
    see_as(page, eyes)
    return screenshot(page, ".verdict svg")


def _symbol(page: Page, url: str) -> Picture:
    page.goto(url)
    return screenshot(page, ".verdict svg")


@pytest.mark.proof
def test_a_dark_phone_shows_the_same_page(
    browser: Browser, urls: dict[tuple[str, str], str]
) -> None:
    same = {}
    with watched(browser) as phone:
        for state, lang in LANGUAGE_OF.items():
            phone.page.goto(urls[state, lang])
            light, dark = _in_scheme(phone.page, "light"), _in_scheme(phone.page, "dark")
            same[state] = bool((light == dark).all())

    assert same == dict.fromkeys(looks.TOKENS, True)


def _in_scheme(page: Page, scheme: Literal["light", "dark"]) -> Picture:
    page.emulate_media(color_scheme=scheme)
    assert page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
    return screenshot(page, "body")


@pytest.mark.proof
def test_an_app_that_forces_the_dark_leaves_letters_and_shapes_to_be_read(
    browser: Browser, urls: dict[tuple[str, str], str]
) -> None:
    seen = {}
    with watched(browser) as phone:
        force_dark(phone.page)
        for state in SHAPES:
            seen[state] = _symbol(phone.page, urls[state, LANGUAGE_OF[state]])
            for text in (".word", ".meaning", "dt", "dd", ".notice", "h1"):
                assert contrast(screenshot(phone.page, f"{text} >> nth=0")) >= 4.5, (state, text)

    for one, other in itertools.combinations(SHAPES, 2):
        assert apart(seen[one], seen[other]) >= TOLD_APART


@pytest.mark.proof
def test_it_prints_black_on_white_on_one_sheet(
    browser: Browser, urls: dict[tuple[str, str], str]
) -> None:
    sheets = {}
    with watched(browser) as phone:
        for state, lang in LANGUAGE_OF.items():
            phone.page.goto(urls[state, lang])
            phone.page.emulate_media(media="print")
            assert phone.page.locator("a:visible").count() == 0
            assert is_grey(screenshot(phone.page, "body"))
            if state in LONGEST:
                sheets[state] = [_sheets(phone.page, width) for width in (RECEIPT, A4)]
            phone.page.emulate_media(media="screen")

    assert sheets == {state: [1, 1] for state in LONGEST}


def _sheets(page: Page, width: str) -> int:
    return len(re.findall(rb"/Type /Page\b", page.pdf(width=width, height="297mm")))


def test_a_line_of_16_kib_gets_the_page_of_every_forgery(site: str) -> None:
    told = set()
    for token in ("x", "x" * (16 * 1024 - len("GET /qr/verify?t= HTTP/1.1\r\n"))):
        caller = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
        caller.request("GET", f"/qr/verify?t={token}")
        answer = caller.getresponse()
        told.add((answer.status, re.sub(rb"\d\d:\d\d:\d\d", b"", answer.read())))
        caller.close()
    assert [status for status, _ in told] == [400]
