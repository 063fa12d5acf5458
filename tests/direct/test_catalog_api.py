"""GET /api/catalog: what the direct channel sells, at today's prices, to anybody."""

from datetime import date
from typing import Any

import pytest

from inventory.models import Product, SpecialDate
from tests import make, shop
from tests.customer_program import Shopper, shopper
from tests.partner_program import expect, program

pytestmark = pytest.mark.django_db
ANYBODY = Shopper()


def catalog() -> dict[str, Any]:
    return expect(200, ANYBODY.get("catalog"))


def test_a_product_is_shown_with_prices_stock_and_what_it_entitles_to() -> None:
    SpecialDate.objects.create(date=date(2026, 2, 18), multiplier="1.30")
    product = shop.product(
        7, discounts={"child": 100, "vip": "50.5"}, functions={"FERRY_BOARDING": 1, "TOKEN": 10}
    )
    assert catalog() == {
        "products": [
            {
                "id": product.pk,
                "name": product.name,
                "available_quantity": 7,
                "base_prices": {"weekday": 288, "weekend": 318},
                "customer_discounts": {"child": 100, "vip": 50.5},
                "entitlements": [
                    {"function_code": "FERRY_BOARDING", "uses": 1},
                    {"function_code": "TOKEN", "uses": 10},
                ],
                "currency": "HKD",
            }
        ],
        "special_dates": {"2026-02-18": {"multiplier": 1.3}},
    }


def test_an_empty_catalogue_is_empty() -> None:
    assert catalog() == {"products": [], "special_dates": {}}


def test_products_without_a_direct_pool_and_inactive_ones_are_not_shown() -> None:
    make.product(5)
    gone, shown = shop.product(), shop.product()
    Product.objects.filter(pk=gone.pk).update(is_active=False)
    assert [each["id"] for each in catalog()["products"]] == [shown.pk]


def test_what_is_left_is_current_after_everything_that_can_happen_to_an_order() -> None:
    product, mine = shop.product(10), shopper()
    placed = mine.ordered(product.pk, 4)["order_id"]
    assert ANYBODY.free(product.pk) == 6
    expect(200, mine.post(f"orders/{placed}/cancel"))
    assert ANYBODY.free(product.pk) == 10
    overdue = shop.order("overdue", on=product, quantity=3)
    assert (ANYBODY.free(product.pk), shop.pool(product)) == (10, (10, 3, 0))
    assert overdue.status == "PENDING_PAYMENT"
    shop.order("CONFIRMED", on=product, quantity=2)
    assert ANYBODY.free(product.pk) == 8


def test_what_partners_do_changes_nothing_here_and_the_other_way_round() -> None:
    product, partner = shop.product(10, ota=20), program()
    partner.reserved(product.pk, 20)
    assert (ANYBODY.free(product.pk), partner.free(product.pk)) == (10, 0)
    shopper().ordered(product.pk, 10)
    assert (ANYBODY.free(product.pk), partner.free(product.pk)) == (0, 0)


def test_a_changed_price_is_shown_by_the_next_answer() -> None:
    product = shop.product()
    assert catalog()["products"][0]["base_prices"]["weekday"] == 288
    Product.objects.filter(pk=product.pk).update(weekday_price="300.50")
    assert catalog()["products"][0]["base_prices"]["weekday"] == 300.5


def test_who_sends_a_token_sees_the_same_as_anybody() -> None:
    shop.product()
    assert expect(200, shopper().get("catalog")) == catalog()
    assert expect(200, Shopper("rubbish").get("catalog")) == catalog()


def test_the_number_of_statements_does_not_grow_with_the_products() -> None:
    shop.product()
    _, one = make.statements(catalog)
    for _ in range(3):
        shop.product(discounts={"child": 1})
    _, four = make.statements(catalog)
    assert (one, four) == (4, 4)  # two of them are the savepoint of the test
