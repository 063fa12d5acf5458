"""The back office in a browser: a partner until its first call; pages that fit and are read."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.db.models import Model
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize

from resellers import payment_secrets
from resellers.models import ApiKey, Partner, PartnerChange, Reseller
from tests import billing, gate, make
from tests.browser.chromium import needs_axe, needs_chromium, violations, watched
from ticketing.models import (
    Batch,
    Customer,
    Order,
    PaymentNotice,
    Reservation,
    Scanner,
    Statement,
    Ticket,
    Venue,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needs_chromium]
PASSWORD = "a-password-of-the-tests"
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1440, height=900)
LOOKED_AT: list[type[Model]] = [
    Partner, ApiKey, PartnerChange, Reseller, Reservation, Order, Batch, Ticket, Customer, Venue,
    Scanner, PaymentNotice, Statement,
]  # fmt: skip
# Unfold's frame has no <main> and names no regions: advice of axe, no criterion of WCAG.
UNFOLDS = {"landmark-one-main", "landmark-unique", "region"}


@contextmanager
def desk(browser: Browser, site: str, **options: Any) -> Iterator[Page]:
    """A page of somebody who has logged in."""
    # Written as the server reads it; the hashes of the tests are cheaper, and unknown to it.
    hashed = PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-the-tests-0123456789", 1)
    User.objects.create(username="ops", password=hashed, is_staff=True, is_superuser=True)
    with watched(browser, base_url=site, locale="en-GB", **options) as seen:
        page = seen.page
        page.goto(reverse("admin:index"))
        page.fill("[name=username]", "ops")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.locator("#nav-sidebar").wait_for(state="attached")
        yield page
        assert seen.complaints == []


def call(site: str, key: str) -> Any:
    request = urllib.request.Request(f"{site}/api/ota/inventory", headers={"x-api-key": key})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_staff_lead_a_partner_to_its_first_call(browser: Browser, site: str) -> None:
    product = make.product(7)
    with desk(browser, site, viewport=DESK) as page:
        page.goto(reverse("admin:resellers_partner_add"))
        for name, value in {
            "partner_id": "NEW-TRAVEL",
            "name": "New Travel",
            "rate_limit": "250",
            "contact_email": "ops@new.example",
            "reason": "contract 7",
        }.items():
            page.fill(f"[name={name}]", value)
        page.locator("[name=_save]").click()

        # Straight on to its first key, which is shown once.
        page.locator("input[name=permissions][value='inventory:read']").check()
        page.locator("#ask-form button[type=submit]").click()
        key = page.locator("#shown-once").inner_text()
        sold = call(site, key)["available_quantities"]

        partner = Partner.objects.get()
        page.goto(reverse("admin:resellers_partner_new_payment_secret", args=[partner.pk]))
        page.fill("[name=reason]", "first one")
        page.locator("#ask-form button[type=submit]").click()
        secret = page.locator("#shown-once").inner_text()
        page.goto(reverse("admin:resellers_partner_change", args=[partner.pk]))
        shown = page.locator("#content").inner_text()

    assert sold == {str(product.pk): 7}
    assert (partner.partner_id, partner.rate_limit) == ("NEW-TRAVEL", 250)
    assert payment_secrets.valid("NEW-TRAVEL", at=make.now()) == [secret.encode()]
    assert ("MISSING" in shown.upper(), key in shown, secret in shown) == (False, False, False)
    kinds = [(row.kind, row.by) for row in partner.history.all()]
    told = ["registered", "key_issued", "secret_made"]
    assert kinds == [(kind, "staff:ops") for kind in told]


def world() -> None:
    """A row of everything that is looked at."""
    partner = make.partner(name="A partner with a name as long as names of partners become")
    product = make.product(10)
    make.reseller(partner)
    make.api_key(partner)
    make.sell(make.premade_ticket(of=partner, product_id=product.pk))
    billing.close(partner, "2090-01-01")
    order = make.order(of=partner, on=product)
    make.notify(make.notice(order, amount=1), partner.partner_id)
    gate.use_up(make.ticket(of=partner, on=product))


def addresses() -> Iterator[str]:
    for model in LOOKED_AT:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_change", args=[model._default_manager.all()[0].pk])
    yield reverse("admin:ticketing_ticket_cancel", args=[Ticket.objects.all()[0].pk])
    yield reverse("admin:ticketing_ticket_changelist") + "?q=nothing"


def is_read(address: str) -> bool:
    """Lists are all made by one template: a few of them tell of all."""
    return address.endswith("/change/") or "/ticket/" in address or "/statement/" in address


@pytest.mark.proof
@needs_axe
def test_the_pages_of_staff_fit_and_can_be_read_by_everybody(browser: Browser, site: str) -> None:
    world()
    wrong = []
    with desk(browser, site, viewport=PHONE) as page:
        for address in addresses():
            page.set_viewport_size(PHONE)
            page.goto(address)
            # Icons are letters of a font, and widen the page until it is there.
            page.evaluate("document.fonts.ready")
            wrong += too_wide(page, address)
            page.set_viewport_size(DESK)
            wrong += too_wide(page, address)
            if is_read(address):
                found = [each for each in violations(page) if each.split(":")[0] not in UNFOLDS]
                wrong += [f"{address} {each}" for each in found]

    assert wrong == []


def too_wide(page: Page, address: str) -> list[str]:
    inside, wide = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    return [f"{address} {inside} in {wide}"] if inside > wide else []
