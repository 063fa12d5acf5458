"""Unusual ways to reserve, over the API; yesterday is made by moving rows."""

from datetime import timedelta

import pytest

from tests import make
from tests.ota.alerts.watching import alerts, limit, told
from tests.partner_program import expect, program
from ticketing.models import Reservation

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def put_back(ids: list[str], by: timedelta) -> None:
    """They were made so long ago."""
    Reservation.objects.filter(pk__in=ids).update(created_at=make.now() - by)


def test_many_times_the_usual_rate_is_an_alert_until_it_is_usual_again() -> None:
    mine, product = program(), make.product(ota=100)
    new = program()
    limit("reservation_rate", minimum=6)
    before = [mine.reserved(product.pk)["reservation_id"] for _ in range(4)]
    put_back(before, 2 * DAY)

    for _ in range(5):
        mine.reserved(product.pk)
    assert alerts("reservation_rate") == []  # too few to say anything
    mine.reserved(product.pk)
    for _ in range(6):
        new.reserved(product.pk)  # has no usual rate yet
    assert alerts("reservation_rate") == [(mine.owner.partner_id, 1)]
    assert alerts("reservation_rate") == [(mine.owner.partner_id, 2)]
    assert "6 reservations of 6 units in 60 minutes" in told("reservation_rate")

    limit("reservation_rate", minimum=6, value=100)
    put_back(before, timedelta(hours=2))  # four in the two hours before: 6 are not 100 times that
    put_back(before[:1], 2 * DAY)
    assert alerts("reservation_rate") == []
    limit("reservation_rate", minimum=6)
    assert alerts("reservation_rate", at=make.now() + timedelta(hours=2)) == []


def test_holding_the_same_units_over_and_over_is_an_alert_until_they_are_sold() -> None:
    mine, product, other = program(), make.product(ota=50), make.product(ota=50)
    limit("hold_loop", value=3)
    for _ in range(2):
        lapse(mine.reserved(product.pk)["reservation_id"])
    lapse(mine.reserved(other.pk)["reservation_id"])
    mine.reserved(product.pk)
    assert alerts("hold_loop") == []
    lapse(mine.reserved(product.pk)["reservation_id"])
    held = [mine.reserved(product.pk)["reservation_id"] for _ in range(3)]

    subject = f"{mine.owner.partner_id} {product.pk}"
    assert alerts("hold_loop") == [(subject, 1)]
    assert alerts("hold_loop") == [(subject, 2)]
    assert "3 were made again at once (limit 3), and 0 were sold" in told("hold_loop")
    for each in held:
        mine.activated(each)
    assert alerts("hold_loop") == []


def test_most_of_a_product_held_by_one_partner_is_an_alert_until_it_lets_go() -> None:
    mine, product = program(), make.product(ota=60)
    mine.activated(mine.reserved(product.pk, 20)["reservation_id"])
    mine.reserved(product.pk, 20)
    assert alerts("hoarding") == []  # half of the 40 that are unsold
    more = mine.reserved(product.pk, 1)["reservation_id"]

    subject = f"{mine.owner.partner_id} {product.pk}"
    assert alerts("hoarding") == [(subject, 1)]
    assert alerts("hoarding") == [(subject, 2)]
    assert "holds 21 of the 40 unsold units" in told("hoarding")
    expect(204, mine.delete(f"reservations/{more}"))
    assert alerts("hoarding") == []


def test_more_than_half_of_the_reservations_expired_is_an_alert_until_more_are_sold() -> None:
    mine, product = program(), make.product(ota=100)
    held = [mine.reserved(product.pk)["reservation_id"] for _ in range(12)]
    for each in held[:5]:
        lapse(each)
    for each in held[5:9]:
        mine.activated(each)
    assert alerts("expiry_rate") == []  # nine are too few
    lapse(held[9])

    assert alerts("expiry_rate") == [(mine.owner.partner_id, 1)]
    assert alerts("expiry_rate") == [(mine.owner.partner_id, 2)]
    assert "6 expired: 60.0 %, more than 50 %" in told("expiry_rate")
    for each in held[10:]:
        mine.activated(each)
    assert alerts("expiry_rate") == []  # half is not more than half


def lapse(reservation_id: str) -> None:
    make.lapse(Reservation.objects.get(pk=reservation_id))
