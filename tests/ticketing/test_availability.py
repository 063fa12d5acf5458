"""What can be sold this moment: R008, R019, R025, C34."""

import pytest
from pytest_django import DjangoAssertNumQueries

from inventory import allocations
from inventory.models import Product
from tests import make
from ticketing import expiring
from ticketing.availability import available

pytestmark = pytest.mark.django_db


def free(product: Product) -> int:
    return available("ota")[product.pk]


def test_what_is_held_sold_and_given_back_shows_at_once() -> None:
    product = make.product(10)
    seen = [free(product)]
    held = make.reservation(on=product, quantity=3)
    seen.append(free(product))
    make.activate(held)
    seen.append(free(product))
    make.cancel(make.reservation(on=product, quantity=2))
    seen.append(free(product))
    assert seen == [10, 7, 7, 7]


def test_an_overdue_hold_is_free_before_anybody_has_swept_and_is_not_counted_twice() -> None:
    product = make.product(10)
    make.reservation(on=product, quantity=2)
    make.reservation("overdue", on=product, quantity=3)

    before = free(product), make.pool(product)
    expiring.sweep(at=make.now)

    assert before == (8, (10, 5, 0))
    assert (free(product), make.pool(product)) == (8, (10, 2, 0))


def test_looking_changes_nothing() -> None:
    product = make.product(10)
    held = make.reservation("overdue", on=product)
    before = allocations.counters(product.pk)["ota"].version
    free(product)
    held.refresh_from_db()
    assert (held.status, allocations.counters(product.pk)["ota"].version) == ("active", before)


def test_a_reallocation_shows_at_once() -> None:
    product = make.product(10, direct=10)
    allocations.reallocate(
        product_id=product.pk, source="direct", target="ota", units=4, demand=100,
        at=make.now(), by=make.BY,
    )  # fmt: skip
    assert (free(product), available("direct")) == (14, {product.pk: 6})


def test_only_active_products_of_the_channel_are_counted() -> None:
    ota_only, both = make.product(3), make.product(4, direct=5)
    make.product(is_active=False)
    assert available("ota") == {ota_only.pk: 3, both.pk: 4}
    assert available("direct") == {both.pk: 5}
    assert available("ota", [both.pk, 7]) == {both.pk: 4}
    assert available("ota", []) == {}


@pytest.mark.parametrize("products", [1, 3])
def test_any_number_of_products_is_counted_in_one_statement(
    products: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(products):
        make.reservation("overdue")
    with django_assert_num_queries(1):
        assert list(available("ota").values()) == [10] * products
