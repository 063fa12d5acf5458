"""Taking units as the last step of a transaction."""

import uuid

import pytest

from inventory import pricing
from inventory.errors import SoldOut
from inventory.models import Product
from inventory.moves import Cause
from tests import make
from ticketing import holding

pytestmark = pytest.mark.django_db


def test_a_product_that_is_taken_from_sale_meanwhile_is_sold_out() -> None:
    product = make.product(1)
    (listed,) = pricing.listed("ota", [product.pk])
    Product.objects.update(is_active=False)
    with pytest.raises(SoldOut):
        holding.hold(listed, 2, cause=Cause("test", uuid.uuid4()), at=make.now(), by=make.BY)


def test_lapsed_holds_are_free_and_promised_to_nobody() -> None:
    product = make.product(5)
    make.reservation("overdue", on=product, quantity=5)
    (listed,) = pricing.listed("ota", [product.pk])
    assert [holding.are_free(listed, units) for units in (5, 6)] == [True, False]
    assert make.pool(product) == (5, 5, 0)
