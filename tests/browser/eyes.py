"""What is left of a picture for eyes that see it differently, and how far two are apart."""

import cv2
import numpy as np
from playwright.sync_api import CDPSession, Page

from tests.browser.chromium import Picture, picture

# As Chromium itself imitates them; achromatopsia sees in greyscale.
DEFICIENCIES = ("achromatopsia", "deuteranopia", "protanopia", "tritanopia")
SIDE = 96


def see_as(page: Page, deficiency: str) -> None:
    _protocol(page).send("Emulation.setEmulatedVisionDeficiency", {"type": deficiency})


def force_dark(page: Page) -> None:
    """As apps do that turn every page dark, whatever it says of itself."""
    _protocol(page).send("Emulation.setAutoDarkModeOverride", {"enabled": True})


def _protocol(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def screenshot(page: Page, selector: str) -> Picture:
    """One element as it is drawn, still."""
    return picture(page.locator(selector).screenshot(animations="disabled"))


def is_grey(drawn: Picture) -> bool:
    """Whether no pixel has any colour."""
    return bool((drawn.max(axis=2) - drawn.min(axis=2)).max() <= 1)


def shape(drawn: Picture) -> Picture:
    """Black where it is dark and white where it is light; no tone of grey helps to tell."""
    grey = cv2.resize(cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY), (SIDE, SIDE))
    _, sharp = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return sharp


def apart(one: Picture, other: Picture) -> float:
    """The share of the two shapes that differs: 0 for the same, 1 for a negative."""
    return float(np.mean(shape(one) != shape(other)))


def contrast(drawn: Picture) -> float:
    """WCAG's ratio between the lightest and the darkest of a picture of letters."""
    light = np.sort(_luminance(drawn).ravel())
    edge = max(1, light.size // 200)
    return float((light[-edge] + 0.05) / (light[edge] + 0.05))


def _luminance(drawn: Picture) -> Picture:
    share = drawn.astype(float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.0722, 0.7152, 0.2126])
