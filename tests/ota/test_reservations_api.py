"""Reserve, list, look, cancel and activate over HTTP: every status as it is documented."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import make
from tests.partner_program import CUSTOMER, PAID, expect, program, refusal
from ticketing.models import Customer, Order, Reservation

FAILED = (422, "validation_failed")
MALFORMED = (400, "validation_failed")
SOLD_OUT = (409, "insufficient_inventory")
EXPIRED = (409, "reservation_expired")
ACTIVATED = (409, "reservation_already_activated")
CANCELLED = (409, "reservation_cancelled")
NOWHERE = (404, "not_found")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.django_db
def test_a_reservation_answers_with_everything_the_partner_needs() -> None:
    mine, product = program(), make.product(discounts={"child": 100})
    before = make.now()
    held = mine.reserved(product.pk, 2)
    assert held == {
        "reservation_id": str(uuid.UUID(held["reservation_id"])),
        "product_id": product.pk,
        "quantity": 2,
        "status": "active",
        "reserved_until": held["expires_at"],
        "expires_at": held["expires_at"],
        "pricing_snapshot": {
            "base_price": 288,
            "weekend_premium": 30,
            "currency": "HKD",
            "customer_type_pricing": [],
            "customer_discounts": {"child": 100},
            "special_dates": {},
        },
        "created_at": held["created_at"],
    }
    assert moment(held["expires_at"]) - moment(held["created_at"]) == timedelta(hours=24)
    assert before <= moment(held["created_at"]) <= make.now()
    assert held["created_at"].endswith("+08:00")


@pytest.mark.django_db
def test_a_reservation_is_shown_again_exactly_as_it_was_made() -> None:
    mine, product = program(), make.product()
    made = mine.post("reserve", {"product_id": product.pk, "quantity": 1})
    path = f"reservations/{made.json()['reservation_id']}"
    assert expect(200, mine.get(path)) == made.json()
    in_capitals = path.upper().replace("RESERVATIONS", "reservations")
    assert expect(200, mine.get(in_capitals)) == made.json()


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", [1, 99, 100])
def test_1_to_100_units_may_be_reserved_at_once(quantity: int) -> None:
    product = make.product(ota=100)
    assert program().reserved(product.pk, quantity)["quantity"] == quantity
    assert make.pool(product) == (100, quantity, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", [0, -1, 101, 2**31 - 1])
def test_any_other_quantity_is_not_acceptable(quantity: int) -> None:
    product = make.product(ota=200)
    answer = program().post("reserve", {"product_id": product.pk, "quantity": quantity})
    assert (refusal(answer), [place for place, _ in answer.places]) == (FAILED, ["/quantity"])
    assert make.pool(product) == (200, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "expected", "place"),
    [
        ({"quantity": "1"}, MALFORMED, ("/quantity", "wrong_type")),
        ({"quantity": 1.0}, MALFORMED, ("/quantity", "wrong_type")),
        ({"quantity": True}, MALFORMED, ("/quantity", "wrong_type")),
        ({"quantity": None}, MALFORMED, ("/quantity", "null")),
        ({"quantity": ...}, MALFORMED, ("/quantity", "required")),
        ({"product_id": ...}, MALFORMED, ("/product_id", "required")),
        ({"product_id": 2**31}, FAILED, ("/product_id", "max_value")),
        ({"product_id": 2**63}, MALFORMED, ("/product_id", "number_too_large")),
        ({"product_id": 0}, FAILED, ("/product_id", "min_value")),
        ({"quantty": 1}, MALFORMED, ("/quantty", "unknown_field")),
        ({"partner_id": "OTA_DEMO"}, MALFORMED, ("/partner_id", "unknown_field")),
        ({"reservation_expires_at": "soon"}, MALFORMED, ("/reservation_expires_at", "malformed")),
        ({"reservation_expires_at": None}, MALFORMED, ("/reservation_expires_at", "null")),
        (
            {"reservation_expires_at": "2026-12-24T10:00:00"},
            MALFORMED,
            ("/reservation_expires_at", "malformed"),
        ),
        (
            {"reservation_expires_at": "2026-02-30T10:00:00Z"},
            FAILED,
            ("/reservation_expires_at", "no_such_date"),
        ),
    ],
    ids=str,
)
def test_a_wish_that_is_wrong_names_the_place(
    change: dict[str, Any], expected: tuple[int, str], place: tuple[str, str]
) -> None:
    product = make.product()
    wish = {"product_id": product.pk, "quantity": 1, **change}
    answer = program().post(
        "reserve", {name: value for name, value in wish.items() if value is not ...}
    )
    assert (refusal(answer), answer.places) == (expected, [place])
    assert Reservation.objects.count() == 0


@pytest.mark.django_db
def test_malformed_beats_not_acceptable_and_every_place_is_named() -> None:
    answer = program().post("reserve", {"quantity": 0, "reservation_expires_at": 5, "x": 1})
    assert refusal(answer) == MALFORMED
    assert {place for place, _ in answer.places} == {
        "/product_id",
        "/quantity",
        "/reservation_expires_at",
        "/x",
    }


@pytest.mark.django_db
def test_a_product_nobody_sells_here_is_not_acceptable() -> None:
    inactive, only_direct = make.product(is_active=False), make.product(ota=0, direct=5)
    mine = program()
    for product_id in (1, inactive.pk, 2**31 - 1):
        answer = mine.post("reserve", {"product_id": product_id, "quantity": 1})
        assert refusal(answer) == (422, "unknown_product")
    answer = mine.post("reserve", {"product_id": only_direct.pk, "quantity": 1})
    assert refusal(answer) == SOLD_OUT
    assert make.pool(only_direct, "direct") == (5, 0, 0)


@pytest.mark.django_db
def test_more_than_is_left_is_a_conflict_and_holds_nothing() -> None:
    mine, product = program(), make.product(ota=3)
    mine.reserved(product.pk, 2)
    assert refusal(mine.post("reserve", {"product_id": product.pk, "quantity": 2})) == SOLD_OUT
    assert make.pool(product) == (3, 2, 0)
    mine.reserved(product.pk, 1)
    assert refusal(mine.post("reserve", {"product_id": product.pk, "quantity": 1})) == SOLD_OUT


@pytest.mark.django_db
def test_the_hold_may_be_shorter_than_a_day() -> None:
    mine, product = program(), make.product()
    until = (make.now() + timedelta(minutes=20)).replace(microsecond=0)
    for text in (until.isoformat(), until.astimezone(UTC).isoformat().replace("+00:00", "Z")):
        held = mine.reserved(product.pk, reservation_expires_at=text)
        assert moment(held["expires_at"]) == moment(held["reserved_until"]) == until


@pytest.mark.django_db
def test_the_hold_may_end_in_a_second() -> None:
    mine, product = program(), make.product()
    soon = (make.now() + timedelta(seconds=1)).isoformat()
    assert mine.reserved(product.pk, reservation_expires_at=soon)["status"] == "active"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "away",
    [timedelta(seconds=-1), timedelta(days=-400), timedelta(hours=24, minutes=1), timedelta(900)],
    ids=str,
)
def test_the_hold_may_neither_be_past_nor_longer_than_a_day(away: timedelta) -> None:
    product = make.product()
    wish = {"product_id": product.pk, "quantity": 1}
    when = (make.now() + away).isoformat()
    answer = program().post("reserve", {**wish, "reservation_expires_at": when})
    assert refusal(answer) == (422, "expiry_out_of_range")
    assert make.pool(product) == (10, 0, 0)


@pytest.mark.django_db
def test_cancelling_frees_the_units_and_may_be_repeated() -> None:
    mine, product = program(), make.product()
    path = f"reservations/{mine.reserved(product.pk, 4)['reservation_id']}"
    assert [mine.delete(path).status for _ in range(3)] == [204, 204, 204]
    assert make.pool(product) == (10, 0, 0)
    assert expect(200, mine.get(path))["status"] == "cancelled"
    assert refusal(mine.post(f"{path}/activate", PAID)) == CANCELLED
    wish = {"reservation_id": path.split("/")[1], "customer_details": CUSTOMER}
    assert refusal(mine.post("orders", wish)) == CANCELLED


@pytest.mark.django_db
def test_an_activated_reservation_can_neither_be_cancelled_nor_activated_again() -> None:
    mine, product = program(), make.product()
    path = f"reservations/{mine.reserved(product.pk)['reservation_id']}"
    expect(201, mine.post(f"{path}/activate", PAID))
    assert refusal(mine.delete(path)) == ACTIVATED
    assert refusal(mine.post(f"{path}/activate", PAID)) == ACTIVATED
    assert (make.pool(product), Order.objects.count()) == ((10, 0, 1), 1)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["overdue", "expired"])
def test_whether_or_not_it_was_swept_an_overdue_hold_is_expired(state: str) -> None:
    mine, product = program(), make.product(ota=1)
    held = make.reservation(state, of=mine.owner, on=product)
    path = f"reservations/{held.id}"
    assert expect(200, mine.get(path))["status"] == "expired"
    assert refusal(mine.delete(path)) == EXPIRED
    assert refusal(mine.post(f"{path}/activate", PAID)) == EXPIRED
    wish = {"reservation_id": str(held.id), "customer_details": CUSTOMER}
    assert refusal(mine.post("orders", wish)) == EXPIRED
    assert mine.free(product.pk) == 1
    assert program().reserved(product.pk)["status"] == "active"
    assert (make.pool(product), Customer.objects.count()) == ((1, 1, 0), 0)


@pytest.mark.django_db
def test_unknown_reservations_are_nowhere_for_every_verb() -> None:
    mine, nobody = program(), uuid.uuid4()
    assert refusal(mine.get(f"reservations/{nobody}")) == NOWHERE
    assert refusal(mine.delete(f"reservations/{nobody}")) == NOWHERE
    assert refusal(mine.post(f"reservations/{nobody}/activate", PAID)) == NOWHERE
