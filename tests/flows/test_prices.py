"""What an order costs: by type, day, special date, and frozen when it was reserved."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from inventory.models import CustomerDiscount, Product, SpecialDate
from ota import demo
from tests import make
from tests.partner_program import Program, expect

WEEKDAY, SATURDAY, SUNDAY = "2026-12-24", "2026-12-26", "2026-12-27"
NEW_YEARS_EVE, LUNAR_NEW_YEAR = "2025-12-31", "2026-02-18"

PRICES: dict[int, dict[str, list[float]]] = {
    # weekday, Saturday, 2025-12-31 (×1.5), 2026-02-18 (×1.3)
    106: {
        "adult": [288, 318, 432, 374.4],
        "child": [188, 218, 332, 274.4],
        "elderly": [238, 268, 382, 324.4],
        "student": [238, 268, 382, 324.4],
        "family": [288, 318, 432, 374.4],
        "vip": [288, 318, 432, 374.4],
    },
    107: {
        "adult": [188, 228, 282, 244.4],
        "child": [38, 78, 132, 94.4],
        "family": [88, 128, 182, 144.4],
        "elderly": [113, 153, 207, 169.4],
        "student": [188, 228, 282, 244.4],
        "vip": [188, 228, 282, 244.4],
    },
    108: {
        "adult": [788, 868, 1182, 1024.4],
        "vip": [588, 668, 982, 824.4],
        "elderly": [688, 768, 1082, 924.4],
        "child": [788, 868, 1182, 1024.4],
        "student": [788, 868, 1182, 1024.4],
        "family": [788, 868, 1182, 1024.4],
    },
}
DAYS = [WEEKDAY, SATURDAY, NEW_YEARS_EVE, LUNAR_NEW_YEAR]
TYPES = ["adult", "child", "elderly", "student", "family", "vip"]


@pytest.fixture
def mine(db: None) -> Program:
    demo.seed(at=make.now())
    return Program("ota_test_key_12345")


def priced(mine: Program, product_id: int, quantity: int, **context: Any) -> float:
    held = mine.reserved(product_id, quantity)["reservation_id"]
    return mine.ordered(held, pricing_context=context)["payment_required"]["amount"]


@pytest.mark.parametrize("product_id", PRICES)
@pytest.mark.parametrize("day", DAYS)
def test_a_unit_of_every_type_on_every_kind_of_day(
    mine: Program, product_id: int, day: str
) -> None:
    types = dict.fromkeys(TYPES, 1)
    held = mine.reserved(product_id, len(types))["reservation_id"]
    context = {"visit_date": day, "customer_types": types}
    sold = mine.activated(held, pricing_context=context)
    expected = {name: PRICES[product_id][name][DAYS.index(day)] for name in TYPES}
    assert {each["customer_type"]: each["price"] for each in sold["tickets"]} == expected
    assert sold["total_amount"] == round(sum(expected.values()), 2)


def test_the_price_of_an_order_is_the_price_the_calendar_showed(mine: Program) -> None:
    shown = expect(200, mine.get("inventory", date_range=f"{SATURDAY},{SUNDAY}"))
    calendar = shown["pricing_context"]["calendar"]
    for day in (SATURDAY, SUNDAY):
        for name, price in calendar[day]["107"].items():
            context = {"visit_date": day, "customer_types": {name: 2}}
            assert priced(mine, 107, 2, **context) == 2 * price


def test_without_a_date_the_weekday_price_counts_and_without_a_type_the_adult_s(
    mine: Program,
) -> None:
    assert priced(mine, 106, 2) == 576
    assert priced(mine, 106, 2, customer_type="child") == 376
    assert priced(mine, 106, 2, visit_date=SUNDAY) == 636
    held = mine.reserved(106, 2)["reservation_id"]
    assert mine.activated(held)["total_amount"] == 576


def test_a_mix_of_types_costs_the_sum_of_its_units(mine: Program) -> None:
    types = {"adult": 2, "child": 1}
    assert priced(mine, 106, 3, customer_types=types) == 764
    assert priced(mine, 106, 3, customer_types=types, visit_date=SATURDAY) == 854


@pytest.mark.parametrize("day", ["1999-01-04", "2000-02-29", "9999-12-31", "0001-01-01"])
def test_any_calendar_date_is_accepted(mine: Program, day: str) -> None:
    weekend = date.fromisoformat(day).weekday() >= 5
    assert priced(mine, 106, 1, visit_date=day) == (318 if weekend else 288)


def test_what_was_reserved_keeps_its_prices_whatever_changes_later(mine: Program) -> None:
    first, second = (mine.reserved(106, 1)["reservation_id"] for _ in range(2))
    Product.objects.filter(pk=106).update(
        weekday_price=Decimal("500.00"), weekend_price=Decimal("600.00")
    )
    CustomerDiscount.objects.filter(product_id=106).delete()
    SpecialDate.objects.all().delete()
    special_child = {"visit_date": NEW_YEARS_EVE, "customer_type": "child"}
    placed = mine.ordered(first, pricing_context=special_child)
    assert placed["payment_required"]["amount"] == 332
    assert mine.activated(second)["total_amount"] == 288
    assert priced(mine, 106, 1) == 500


def test_half_cents_are_rounded_up(mine: Program) -> None:
    product = make.product(weekday_price=Decimal("0.35"), weekend_price=Decimal("0.35"))
    SpecialDate.objects.create(date=date(2027, 1, 5), multiplier=Decimal("1.3"))
    # 0.35 × 1.3 = 0.455
    assert priced(mine, product.pk, 1, visit_date="2027-01-05") == 0.46
    assert priced(mine, product.pk, 3, visit_date="2027-01-05") == 1.38


def test_a_discount_larger_than_the_price_makes_it_nothing(mine: Program) -> None:
    product = make.product(discounts={"child": "400"})
    held = mine.reserved(product.pk)["reservation_id"]
    sold = mine.activated(held, pricing_context={"customer_type": "child"})
    assert (sold["total_amount"], sold["tickets"][0]["price"]) == (0, 0)
