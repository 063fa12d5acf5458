"""What a channel offers: prices and units belong together, whatever changes between the two."""

import pytest

from inventory.models import Product
from tests import shop
from tests.customer_program import Shopper
from tests.partner_program import expect, program, refusal
from ticketing import availability

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> tuple[Product, Product]:
    """Two products, the first one taken off after prices were read, before units are counted."""
    gone, shown = shop.product(5, ota=5), shop.product(7, ota=8)
    count = availability.available

    def taken_off_before(*args: object) -> dict[int, int]:
        Product.objects.filter(pk=gone.pk).update(is_active=False)
        return count(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(availability, "available", taken_off_before)
    return gone, shown


def test_a_product_taken_off_meanwhile_is_not_in_the_catalogue(
    pair: tuple[Product, Product],
) -> None:
    products = expect(200, Shopper().get("catalog"))["products"]
    assert [(each["id"], each["available_quantity"]) for each in products] == [(pair[1].pk, 7)]


def test_a_product_taken_off_meanwhile_has_no_price_for_partners_either(
    pair: tuple[Product, Product],
) -> None:
    days = "2026-12-24,2026-12-24"
    told = expect(200, program().get("inventory", date_range=days))
    context, shown = told["pricing_context"], {str(pair[1].pk)}
    assert told["available_quantities"] == dict.fromkeys(shown, 8)
    for name in ("base_prices", "product_customer_types", "customer_discounts"):
        assert context[name].keys() == shown, name
    assert context["calendar"]["2026-12-24"].keys() == shown


def test_who_asks_for_a_product_that_is_taken_off_meanwhile_is_refused(
    pair: tuple[Product, Product],
) -> None:
    asked = f"{pair[0].pk},{pair[1].pk}"
    refused = program().get("inventory", product_ids=asked)
    assert refusal(refused) == (422, "unknown_product")
    assert f"Product {pair[0].pk} is not sold in the OTA channel." in refused.body.decode()
