"""The scanner page reads codes from a camera, with and without a detector of the browser's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import gate
from tests.browser import film
from tests.browser.chromium import chromium, needs_chromium, watched
from tests.browser.phone import Phone, phone
from ticketing.models import Redemption, Scan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]
# A detector as browsers have it; what its `detect` does is the test's.
DETECTOR = """
globalThis.BarcodeDetector = class {{
  static async getSupportedFormats() {{ return ["qr_code"]; }}
  async detect(picture) {{ window.asked = true; {does} }}
}};
"""


@contextmanager
def camera(folder: Path, *texts: str) -> Iterator[Browser]:
    with chromium(*film.flags(film.shoot(texts, folder / "film.mjpeg"))) as running:
        yield running


def test_a_key_and_then_tickets_are_read_from_a_film(
    site: str, asynchronous: None, tmp_path: Path
) -> None:
    device, key = gate.keyed_scanner(gate.BOARDING)
    good, used = gate.ticket(), gate.use_up(gate.ticket())
    codes = (key, gate.sealed(good), gate.printed(used))

    with camera(tmp_path, *codes) as browser, watched(browser) as seen:
        mine = Phone(seen, site)
        mine.shows("granted")
        mine.shows("refused")
        assert seen.complaints == []

    assert gate.left(good) == {gate.BOARDING: 0}
    answers = Scan.objects.filter(scanner=device).order_by("id").values_list("ticket", "code")
    assert {(good.pk, ""), (used.pk, "ticket_used")} <= set(answers)


def test_a_code_that_stays_before_the_camera_is_scanned_once(
    site: str, asynchronous: None, tmp_path: Path
) -> None:
    ticket = gate.ticket(uses=10)
    film_ = (gate.printed(ticket),) * 3

    with camera(tmp_path, *film_) as browser, phone(browser, site) as mine:
        mine.shows("granted")
        mine.next()
        mine.page.wait_for_timeout(4000)

    assert Redemption.objects.filter(ticket=ticket).count() == 1


@pytest.mark.parametrize(
    "does", ["throw new Error('no service');", "return new Promise(() => {});"]
)
def test_a_detector_that_does_not_work_is_replaced_by_the_bundled_decoder(
    site: str, asynchronous: None, tmp_path: Path, does: str
) -> None:
    with camera(tmp_path, gate.printed(gate.ticket())) as browser, watched(browser) as seen:
        seen.page.add_init_script(DETECTOR.format(does=does))
        mine = Phone(seen, site)
        mine.log_in(gate.keyed_scanner(gate.BOARDING)[1])
        mine.shows("granted")
        assert mine.page.evaluate("window.asked")


def test_the_browsers_own_detector_is_asked_where_there_is_one(
    site: str, asynchronous: None, tmp_path: Path
) -> None:
    code = gate.printed(gate.ticket())
    with camera(tmp_path, "nothing of ours") as browser, watched(browser) as seen:
        # Only by way of it can this code get into the page: the film does not show it.
        seen.page.add_init_script(DETECTOR.format(does=f"return [{{rawValue: '{code}'}}];"))
        mine = Phone(seen, site)
        mine.log_in(gate.keyed_scanner(gate.BOARDING)[1])
        mine.shows("granted")


def test_without_a_camera_the_page_says_so_and_works_by_typing(
    site: str, asynchronous: None
) -> None:
    with chromium() as browser, phone(browser, site) as mine:
        assert mine.page.locator("#blind").is_visible()
        assert not mine.page.locator("#viewfinder").is_visible()
        assert mine.scan(gate.printed(gate.ticket()), "granted") == "GRANTED"
