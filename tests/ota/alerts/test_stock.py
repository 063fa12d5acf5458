"""Stock that runs out or is used unevenly: made true and false again through the API."""

import pytest

from tests import make, shop
from tests.ota.alerts.watching import alerts, limit, told
from tests.partner_program import expect, program

pytestmark = pytest.mark.django_db


def test_less_than_a_hundred_free_units_are_an_alert_until_they_are_given_back() -> None:
    mine, product, other = program(), make.product(ota=120), make.product(ota=100)
    make.product(ota=0, direct=500)  # not offered to partners
    subject = str(product.pk)

    kept = mine.reserved(product.pk, 20)
    assert alerts("low_stock") == []  # 100 are not below 100
    held = mine.reserved(product.pk, 1)["reservation_id"]
    assert alerts("low_stock") == [(subject, 1)]
    assert alerts("low_stock") == [(subject, 2)]
    assert "99 units are free for partners; the limit is 100" in told("low_stock")

    expect(204, mine.delete(f"reservations/{held}"))
    assert alerts("low_stock") == []
    assert kept["status"] == "active"
    limit("low_stock", value=101)
    assert alerts("low_stock") == sorted([(subject, 3), (str(other.pk), 1)])


def test_an_overdue_hold_is_free_stock_before_anybody_swept_it() -> None:
    product = make.product(ota=100)
    held = make.reservation(on=product)
    assert alerts("low_stock") == [(str(product.pk), 1)]
    make.lapse(held)
    assert alerts("low_stock") == []


def test_channels_more_than_twenty_points_apart_are_an_alert() -> None:
    mine, product = program(), make.product(ota=10, direct=10)
    make.product(ota=50)  # one channel is not apart from anything

    mine.reserved(product.pk, 2)
    assert alerts("uneven_use") == []
    mine.reserved(product.pk, 1)
    assert alerts("uneven_use") == [(str(product.pk), 1)]
    assert alerts("uneven_use") == [(str(product.pk), 2)]
    assert "30.0 % of their units and direct sales 0.0 % of theirs" in told("uneven_use")

    shop.order(on=product)
    assert alerts("uneven_use") == []
