"""The scanner page reads codes from a camera, with and without a detector of the browser's own."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Playwright
from pytest_django import DjangoDbBlocker

from tests import gate
from tests.browser import film
from tests.browser.chromium import chromium, needs_chromium, watched
from tests.browser.phone import Phone
from tests.gate import BOARDING
from ticketing.models import Redemption, Scan, Scanner, Ticket

pytestmark = [pytest.mark.proof, pytest.mark.browser, pytest.mark.django_db, needs_chromium]
# A detector as some browsers have it; here the test decides what it sees.
_DETECTOR = """
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(picture) {
    window.looks = (window.looks ?? 0) + 1;
    %s
  }
};
"""
DETECTOR = _DETECTOR % "return window.seen ? [{ rawValue: window.seen }] : [];"
BROKEN = _DETECTOR % "throw new Error('no such service');"
HANGING = _DETECTOR % "return new Promise(() => {});"


@dataclass
class Scene:
    """What stands before the camera in turn: the key of a device, a fresh code, a used ticket."""

    device: Scanner
    key: str
    good: Ticket
    used: Ticket

    @property
    def codes(self) -> list[str]:
        return [self.key, gate.sealed(self.good), gate.printed(self.used)]


@pytest.fixture(scope="module")
def scene(site: str, django_db_blocker: DjangoDbBlocker) -> Scene:
    with django_db_blocker.unblock():
        device, key = gate.keyed_scanner(BOARDING)
        return Scene(device, key, gate.ticket(uses=100), gate.use_up(gate.ticket()))


@pytest.fixture(scope="module")
def browser(
    scene: Scene, driver: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Its camera shows the scene, again and again."""
    shot = film.shoot(scene.codes, tmp_path_factory.mktemp("film") / "scene.mjpeg")
    with chromium(driver, *film.flags(shot)) as running:
        yield running


def test_a_key_and_then_tickets_are_read_from_the_camera(
    browser: Browser, site: str, scene: Scene
) -> None:
    with watched(browser) as seen:
        mine = Phone(seen, site)
        assert mine.shows("granted") == "GRANTED"
        assert mine.shows("refused") == "REFUSED"
        assert seen.complaints == []

    answers = Scan.objects.filter(scanner=scene.device).values_list("ticket", "code")
    assert {(scene.good.pk, ""), (scene.used.pk, "ticket_used")} <= set(answers)


@pytest.mark.parametrize("detector", [BROKEN, HANGING], ids=["broken", "hanging"])
def test_a_detector_that_does_not_work_is_replaced_by_the_bundled_decoder(
    browser: Browser, site: str, scene: Scene, detector: str
) -> None:
    with watched(browser) as seen:
        seen.page.add_init_script(detector)
        mine = Phone(seen, site)
        mine.log_in(scene.key)
        mine.shows("granted")
        assert mine.page.evaluate("window.looks") == 1


def test_a_code_in_sight_is_scanned_once_and_anew_when_it_was_away(
    browser: Browser, site: str, scene: Scene
) -> None:
    taken = Redemption.objects.filter(ticket=scene.good).count
    before = taken()
    with watched(browser) as seen:
        seen.page.add_init_script(DETECTOR)
        mine = Phone(seen, site)
        mine.page.evaluate("code => { window.seen = code }", gate.printed(scene.good))
        mine.page.locator("#trouble:visible").wait_for()  # no key, and it is still in sight when
        mine.log_in(scene.key)
        mine.shows("granted")
        mine.next()
        mine.page.wait_for_timeout(1000)
        assert taken() == before + 1
        mine.page.evaluate("window.seen = ''")
        mine.page.wait_for_timeout(2600)
        mine.page.evaluate("code => { window.seen = code }", gate.printed(scene.good))
        mine.shows("granted")
        assert taken() == before + 2


def test_the_next_code_is_scanned_after_a_result_was_seen_for_a_moment(
    browser: Browser, site: str, scene: Scene
) -> None:
    with watched(browser) as seen:
        seen.page.add_init_script(DETECTOR)
        mine = Phone(seen, site)
        mine.log_in(scene.key)
        mine.page.evaluate("code => { window.seen = code }", gate.printed(scene.good))
        mine.shows("granted")
        mine.page.evaluate("code => { window.seen = code }", gate.printed(scene.used))
        mine.page.wait_for_timeout(500)
        assert "refused" not in mine.diary
        mine.shows("refused")


def test_without_a_camera_the_page_says_so_and_works_by_typing(
    browser: Browser, site: str, scene: Scene
) -> None:
    with watched(browser) as seen:
        seen.page.add_init_script("delete Navigator.prototype.mediaDevices")
        mine = Phone(seen, site)
        mine.log_in(scene.key)
        assert mine.page.locator("#blind").is_visible()
        assert not mine.page.locator("#viewfinder").is_visible()
        assert mine.scan(gate.printed(scene.good), "granted") == "GRANTED"
