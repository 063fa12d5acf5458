"""What is sold in a channel, with the prices of this moment: R041, R065."""

from datetime import date
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from inventory import pricing
from inventory.models import Product, SpecialDate
from tests import make

WEDNESDAY = date(2026, 12, 23)


@pytest.mark.django_db
def test_a_changed_price_and_discount_are_listed_at_once() -> None:
    product = make.product(discounts={"child": 100})
    Product.objects.filter(pk=product.pk).update(weekday_price=300)
    product.discounts.update(amount="99.50")
    SpecialDate.objects.create(date=WEDNESDAY, multiplier=2)

    (listed,) = pricing.listed("ota", [product.pk])

    assert listed.prices.price("adult") == 300
    assert listed.prices.price("child", WEDNESDAY) == Decimal("500.50")


@pytest.mark.django_db
def test_only_active_products_of_the_channel_are_listed() -> None:
    both, ota_only = make.product(direct=5), make.product()
    make.product(is_active=False)

    assert [each.product_id for each in pricing.listed("ota")] == [both.pk, ota_only.pk]
    assert [each.product_id for each in pricing.listed("direct")] == [both.pk]
    assert [each.product_id for each in pricing.listed("ota", [ota_only.pk, 5])] == [ota_only.pk]
    assert pricing.listed("ota", []) == []


@pytest.mark.django_db
@pytest.mark.parametrize("products", [1, 3])
def test_a_listing_is_one_statement(
    products: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(products):
        make.product(discounts={"child": 1, "vip": 2}, functions={"A": 1, "B": 2})
    with django_assert_num_queries(1):
        assert len(pricing.listed("ota")) == products
