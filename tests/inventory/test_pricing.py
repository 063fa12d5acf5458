"""One engine for every channel: R043-R068, C39-C47."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Refusal
from inventory import pricing
from inventory.errors import CompositionMismatch, UnknownCustomerType
from inventory.models import CustomerType
from inventory.pricing import PriceList
from ota import demo
from tests import make

WEDNESDAY, FRIDAY = date(2026, 12, 23), date(2026, 12, 25)
SATURDAY, SUNDAY, MONDAY = date(2026, 12, 26), date(2026, 12, 27), date(2026, 12, 28)
NEW_YEARS_EVE = date(2025, 12, 31)  # a Wednesday, × 1.5

# R051-R053: weekday, weekend
PRICES: dict[int, Any] = {
    106: {"adult": (288, 318), "child": (188, 218), "elderly": (238, 268), "student": (238, 268)},
    107: {"adult": (188, 228), "child": (38, 78), "family": (88, 128), "elderly": (113, 153)},
    108: {"adult": (788, 868), "vip": (588, 668), "elderly": (688, 768)},
}


@pytest.fixture
def seeded(db: None) -> dict[int, pricing.Listed]:
    demo.seed(at=make.now())
    return {listed.product_id: listed for listed in pricing.listed("ota")}


def a_list(**changes: object) -> PriceList:
    facts = {"base_price": Decimal(288), "weekend_premium": Decimal(30)} | changes
    return PriceList(**facts)  # type: ignore[arg-type]


def test_every_price_of_the_published_tables(seeded: dict[int, pricing.Listed]) -> None:
    computed = {
        number: {
            name: (product.prices.price(name, WEDNESDAY), product.prices.price(name, SATURDAY))
            for name in PRICES[number]
        }
        for number, product in seeded.items()
    }

    assert computed == PRICES


def test_the_seed_is_listed_with_its_names_discounts_and_premiums(
    seeded: dict[int, pricing.Listed],
) -> None:
    shown: dict[int, Any] = {
        number: (product.name, product.type, product.prices.base_price, product.weekend_price)
        for number, product in seeded.items()
    }
    assert shown == {
        106: ("Premium Plan", "FERRY", 288, 318),
        107: ("Pet Plan", "FERRY", 188, 228),
        108: ("Deluxe Tea Set", "FERRY", 788, 868),
    }
    assert {n: p.prices.weekend_premium for n, p in seeded.items()} == {106: 30, 107: 40, 108: 80}
    assert {n: p.prices.currency for n, p in seeded.items()} == dict.fromkeys(PRICES, "HKD")
    assert {n: dict(p.prices.discounts) for n, p in seeded.items()} == {
        106: {"child": 100, "elderly": 50, "student": 50},
        107: {"child": 150, "family": 100, "elderly": 75},
        108: {"vip": 200, "elderly": 100},
    }


def test_entitlements_come_in_their_order(seeded: dict[int, pricing.Listed]) -> None:
    expected = [
        {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
        {"function_code": "VIP_GIFT", "remaining_uses": 1},
        {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
    ]
    assert seeded[106].entitlements == expected
    assert pricing.describe(106) == ("FERRY", expected)


def test_both_channels_have_the_same_prices(seeded: dict[int, pricing.Listed]) -> None:
    direct = {listed.product_id: listed.prices for listed in pricing.listed("direct")}
    assert direct == {number: listed.prices for number, listed in seeded.items()}


def test_the_customer_types_of_a_product_are_adult_and_those_with_a_price_of_their_own(
    seeded: dict[int, pricing.Listed],
) -> None:
    assert pricing.STANDARD_TYPES == ["adult", "child", "elderly"]
    assert {n: p.prices.customer_types() for n, p in seeded.items()} == {
        106: ["adult", "child", "elderly", "student"],
        107: ["adult", "child", "elderly", "family"],
        108: ["adult", "elderly", "vip"],
    }


def test_a_special_date_multiplies_the_day_price_before_the_discount(
    seeded: dict[int, pricing.Listed],
) -> None:
    prices = seeded[106].prices
    assert prices.price("adult", NEW_YEARS_EVE) == 432
    assert prices.price("child", NEW_YEARS_EVE) == 332
    assert prices.price("adult", date(2026, 2, 18)) == Decimal("374.40")
    assert pricing.special_dates(prices.multipliers) == {
        "2025-12-31": {"multiplier": 1.5},
        "2026-02-18": {"multiplier": 1.3},
    }


def test_a_special_weekend_multiplies_the_premium_too() -> None:
    prices = a_list(
        discounts={"child": Decimal(100)}, multipliers={SATURDAY.isoformat(): Decimal("1.5")}
    )
    assert prices.price("adult", SATURDAY) == 477
    assert prices.price("child", SATURDAY) == 377


@pytest.mark.parametrize(
    ("day", "price"),
    [(None, 288), (FRIDAY, 288), (SATURDAY, 318), (SUNDAY, 318), (MONDAY, 288)],
)
def test_the_weekend_is_saturday_and_sunday_and_no_date_is_a_weekday(
    day: date | None, price: int
) -> None:
    assert a_list().price("adult", day) == price


def test_a_type_without_discount_pays_the_adult_price() -> None:
    assert {a_list().price(name, SATURDAY) for name in CustomerType.values} == {Decimal(318)}


@pytest.mark.parametrize("name", ["", "Adult", "senior"])
def test_an_unknown_customer_type_is_refused(name: str) -> None:
    with pytest.raises(UnknownCustomerType):
        a_list().price(name)


def test_a_discount_above_the_price_makes_it_free() -> None:
    assert a_list(discounts={"child": Decimal(500)}).price("child") == Decimal("0.00")


@pytest.mark.parametrize(
    ("base", "multiplier", "price"),
    [("0.01", "1.50", "0.02"), ("0.05", "1.10", "0.06"), ("0.03", "1.49", "0.04")],
)
def test_half_a_cent_is_rounded_up(base: str, multiplier: str, price: str) -> None:
    prices = a_list(
        base_price=Decimal(base), multipliers={WEDNESDAY.isoformat(): Decimal(multiplier)}
    )
    assert str(prices.price("adult", WEDNESDAY)) == price


amounts = st.decimals(0, 10_000_000, places=2)
premiums = st.decimals(-100_000, 100_000, places=2)
types = st.sampled_from(CustomerType.values)
price_lists = st.builds(
    PriceList,
    base_price=amounts,
    weekend_premium=premiums,
    discounts=st.dictionaries(types, amounts),
    own_prices=st.dictionaries(types, amounts),
    multipliers=st.dictionaries(
        st.dates().map(date.isoformat), st.decimals("0.01", "999.99", places=2)
    ),
)


@given(price_lists, types, st.none() | st.dates())
def test_no_price_is_negative_or_finer_than_a_cent(
    prices: PriceList, name: str, day: date | None
) -> None:
    price = prices.price(name, day)
    assert price >= 0
    assert price.as_tuple().exponent == -2


@given(price_lists)
def test_a_price_list_survives_its_snapshot(prices: PriceList) -> None:
    assert PriceList.from_snapshot(prices.as_snapshot()) == prices


@given(price_lists, st.dictionaries(types, st.integers(0, 5)), st.none() | st.dates())
def test_a_quote_is_the_sum_of_its_units(
    prices: PriceList, counts: dict[str, int], day: date | None
) -> None:
    total, units = pricing.quote(prices, counts, day)
    assert total == sum(prices.price(name, day) * counts[name] for name in counts)
    assert {name: [n for n, _ in units].count(name) for name in counts} == counts


def test_a_snapshot_has_the_documented_shape(seeded: dict[int, pricing.Listed]) -> None:
    assert seeded[106].prices.as_snapshot() == {
        "base_price": 288,
        "weekend_premium": 30,
        "currency": "HKD",
        "customer_type_pricing": [],
        "customer_discounts": {"child": 100, "elderly": 50, "student": 50},
        "special_dates": {"2025-12-31": {"multiplier": 1.5}, "2026-02-18": {"multiplier": 1.3}},
    }


def test_a_batch_of_its_own_prices_adds_the_premium_and_ignores_special_dates() -> None:
    prices = a_list(own_prices={"child": Decimal(150)})
    assert prices.price("child", WEDNESDAY) == 150
    assert prices.price("child", SATURDAY) == 180
    assert prices.price("child", NEW_YEARS_EVE) == 150
    assert prices.price("elderly", NEW_YEARS_EVE) == 288


def test_a_calendar_prices_every_day_from_the_first_to_the_last(
    seeded: dict[int, pricing.Listed],
) -> None:
    shown = pricing.calendar(seeded.values(), FRIDAY, SATURDAY)
    weekday, weekend = (
        {str(n): {name: pair[which] for name, pair in PRICES[n].items()} for n in PRICES}
        for which in (0, 1)
    )
    assert shown == {"2026-12-25": weekday, "2026-12-26": weekend}


def test_a_calendar_of_one_day_and_of_no_product() -> None:
    assert pricing.calendar([], FRIDAY, FRIDAY) == {"2026-12-25": {}}


@pytest.mark.parametrize(
    ("customer_type", "customer_types", "expected"),
    [
        (None, None, {"adult": 3}),
        ("child", None, {"child": 3}),
        (None, {"adult": 2, "child": 1}, {"adult": 2, "child": 1}),
    ],
)
def test_a_composition_is_adults_unless_it_says_otherwise(
    customer_type: str | None, customer_types: dict[str, int] | None, expected: dict[str, int]
) -> None:
    assert pricing.composition(3, customer_type, customer_types) == expected


@pytest.mark.parametrize(
    ("customer_type", "customer_types", "refusal"),
    [
        (None, {"adult": 2}, CompositionMismatch),
        (None, {"adult": 2, "child": 2}, CompositionMismatch),
        (None, {"adult": 4, "child": -1}, CompositionMismatch),
        ("adult", {"adult": 3}, CompositionMismatch),
        ("senior", None, UnknownCustomerType),
        (None, {"adult": 2, "senior": 1}, UnknownCustomerType),
    ],
)
def test_a_composition_that_is_not_the_units_is_refused(
    customer_type: str | None, customer_types: dict[str, int] | None, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        pricing.composition(3, customer_type, customer_types)
