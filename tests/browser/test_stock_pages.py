"""Stock moved and released by hand, in a browser: as staff do it, and as it must not go."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page

from inventory.models import Product, UrgentRelease
from tests import make
from tests.browser.chromium import needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]
PASSWORD = "a-password-of-the-tests"
MAY = ["reallocate_stock", "view_channelallocation", "view_product"]
MAY_RELEASE = ["request_release", "approve_release", "view_urgentrelease"]


@contextmanager
def desk(browser: Browser, site: str, name: str) -> Iterator[BrowserContext]:
    """The browser of somebody who has logged in."""
    # Written as the server reads it; the hashes of the tests are cheaper, and unknown to it.
    hashed = PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-the-tests-0123456789", 1)
    user = User.objects.create(username=name, password=hashed, is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=MAY + MAY_RELEASE))
    context = browser.new_context(base_url=site, locale="en-GB")
    try:
        page = context.new_page()
        page.goto(reverse("admin:index"))
        page.fill("[name=username]", name)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.locator("#nav-sidebar").wait_for(state="attached")
        yield context
    finally:
        context.close()


def preview(page: Page, product: Product, units: int) -> None:
    """As staff go: the product's page, its button, the form."""
    page.goto(reverse("admin:inventory_product_change", args=[product.pk]))
    page.get_by_role("link", name="Move stock").last.click()
    page.fill("[name=units]", str(units))
    page.fill("[name=demand]", "9000")
    page.fill("[name=reason]", "Partners run dry")
    page.get_by_role("button", name="Show what would change").click()
    page.locator("#before-after").wait_for()


def confirm(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Move these units").click()


def said(page: Page) -> str:
    """The figures of the preview, line by line."""
    return page.locator("#before-after tbody").inner_text()


def pools(of: Product) -> tuple[int, int]:
    return make.pool(of)[0], make.pool(of, "direct")[0]


def test_stock_is_moved_once_and_not_by_numbers_that_are_no_longer_true(
    browser: Browser, site: str
) -> None:
    product = make.product(2000, direct=1000)
    with desk(browser, site, "clerk") as context:
        first, second = context.pages[0], context.new_page()
        for tab in (first, second):
            preview(tab, product, 300)
            assert "2,300" in said(tab)

        confirm(second)
        assert pools(product) == (2300, 700)

        confirm(first)
        assert pools(product) == (2300, 700)
        assert "The stock has changed since the preview" in first.inner_text("body")
        assert "2,600" in said(first)

        first.get_by_role("button", name="Move these units").dblclick()
        first.wait_for_url("**/channelallocation/?product__id__exact=*")
        assert pools(product) == (2600, 400)  # pressed twice, moved once

        preview(first, product, 5000)
        assert first.locator("#checks").inner_text().upper().count("FAILED") == 1
        assert first.get_by_role("button", name="Move these units").count() == 0


def test_a_release_is_approved_by_another_account_only(browser: Browser, site: str) -> None:
    product, partner = make.product(2000, direct=1000), make.partner()
    with desk(browser, site, "asker") as asking, desk(browser, site, "boss") as approving:
        mine, theirs = asking.pages[0], approving.pages[0]
        mine.goto(reverse("admin:inventory_urgentrelease_ask_for"))
        mine.select_option("[name=partner]", str(partner.pk))
        mine.select_option("[name=product]", str(product.pk))
        mine.fill("[name=units]", "200")
        mine.fill("[name=reason]", "A school class missed its ship")
        mine.get_by_role("button", name="Ask for it").click()
        mine.get_by_text("Another account has 24 hours").wait_for()

        release = UrgentRelease.objects.get()
        assert mine.get_by_role("link", name="Approve").count() == 0
        approve = reverse("admin:inventory_urgentrelease_approve", args=[release.pk])
        answer = mine.goto(approve)
        assert answer is not None
        assert (answer.status, pools(product)) == (403, (2000, 1000))

        theirs.goto(reverse("admin:inventory_urgentrelease_change", args=[release.pk]))
        theirs.get_by_role("link", name="Approve").first.click()
        assert "2,200" in said(theirs)
        theirs.get_by_role("button", name="Approve and move the units").click()
        theirs.get_by_text("The units have moved.").wait_for()

    release.refresh_from_db()
    assert (pools(product), release.status) == ((2200, 800), "approved")
    assert release.decided_by == User.objects.get(username="boss")
