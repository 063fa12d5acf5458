"""One pricing engine for every channel: what a unit costs, for whom, on which day.

A price list is what partners are shown, what a reservation or a batch freezes as its
`pricing_snapshot`, and what every order is priced from. The rule, once:

    day price = weekday price, plus the weekend premium on Saturday and Sunday
    unit price = day price × multiplier of a special date − flat discount of the type

never below zero, two decimals, half up. Without a date the weekday price counts. A batch may
bring a list of its own, with a type's own weekday price instead of the base price and its
discount, and without special dates.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from config.statements import Row, fetch

from .errors import CompositionMismatch, UnknownCustomerType, UnknownProduct
from .models import CustomerType, Product

CENT = Decimal("0.01")
VOCABULARY = tuple(CustomerType.values)
KNOWN_TYPES = frozenset(VOCABULARY)
STANDARD_TYPES = ["adult", "child", "elderly"]
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class PriceList:
    """All that the price of a unit depends on, frozen."""

    base_price: Decimal
    weekend_premium: Decimal
    currency: str = "HKD"
    discounts: Mapping[str, Decimal] = field(default_factory=dict)
    own_prices: Mapping[str, Decimal] = field(default_factory=dict)
    multipliers: Mapping[str, Decimal] = field(default_factory=dict)

    def price(self, customer_type: str, day: date | None = None) -> Decimal:
        """The price of one unit in major units of `currency`, two decimals.

        Raises UnknownCustomerType.
        """
        if customer_type not in KNOWN_TYPES:
            raise UnknownCustomerType(f"There is no customer type {customer_type!r}.")
        premium = self.weekend_premium if is_weekend(day) else Decimal(0)
        if customer_type in self.own_prices:
            price = self.own_prices[customer_type] + premium
        else:
            multiplier = self.multipliers.get(day.isoformat(), Decimal(1)) if day else Decimal(1)
            discount = self.discounts.get(customer_type, Decimal(0))
            price = (self.base_price + premium) * multiplier - discount
        return max(price, Decimal(0)).quantize(CENT, ROUND_HALF_UP)

    def customer_types(self) -> list[str]:
        """The types with a price of their own, adult first, in the order of the vocabulary."""
        return [name for name in VOCABULARY if name == "adult" or name in self.discounts]

    def as_snapshot(self) -> dict[str, Any]:
        """The `pricing_snapshot` that is stored and shown; amounts are plain numbers."""
        return {
            "base_price": number(self.base_price),
            "weekend_premium": number(self.weekend_premium),
            "currency": self.currency,
            "customer_type_pricing": [
                {"customer_type": name, "price": number(price)}
                for name, price in self.own_prices.items()
            ],
            "customer_discounts": {name: number(amount) for name, amount in self.discounts.items()},
            "special_dates": special_dates(self.multipliers),
        }

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> "PriceList":
        """The price list a stored snapshot was taken of."""
        return cls(
            base_price=exact(snapshot["base_price"]),
            weekend_premium=exact(snapshot["weekend_premium"]),
            currency=snapshot["currency"],
            discounts=_exact_values(snapshot["customer_discounts"]),
            own_prices={
                own["customer_type"]: exact(own["price"])
                for own in snapshot["customer_type_pricing"]
            },
            multipliers={
                day: exact(special["multiplier"])
                for day, special in snapshot["special_dates"].items()
            },
        )


@dataclass(frozen=True, slots=True)
class SpecialPricing:
    """A batch's own prices; types without one pay its base price, special dates count nothing."""

    base_price: Decimal
    weekend_premium: Decimal | None = None
    currency: str = "HKD"
    own_prices: Mapping[str, Decimal] = field(default_factory=dict)

    def over(self, standard: PriceList) -> PriceList:
        """The price list of the batch; a weekend premium it does not name is the product's."""
        premium = self.weekend_premium
        if premium is None:
            premium = standard.weekend_premium
        return PriceList(self.base_price, premium, self.currency, own_prices=self.own_prices)


@dataclass(frozen=True, slots=True)
class Listed:
    """A product as it is sold in a channel, with the prices of this moment."""

    channel: str
    product_id: int
    allocation_id: int
    name: str
    type: str
    weekend_price: Decimal
    prices: PriceList
    entitlements: list[dict[str, Any]]


def listed(channel: str, product_ids: Iterable[int] | None = None) -> list[Listed]:
    """The active products of a channel by id, optionally only some; one statement."""
    wanted = None if product_ids is None else list(product_ids)
    return [_listed(channel, row) for row in fetch(_LISTED, {"channel": channel, "ids": wanted})]


def offered(channel: str, product_id: int) -> Listed:
    """One active product of a channel; raises UnknownProduct."""
    found = listed(channel, [product_id])
    if not found:
        raise UnknownProduct(f"Product {product_id} is not sold in this channel.")
    return found[0]


def describe(product_id: int) -> tuple[str, list[dict[str, Any]]]:
    """A product's TYPE and the entitlements of a new ticket of it, active or not."""
    product = Product.objects.prefetch_related("functions").get(pk=product_id)
    return product.type, [
        {"function_code": function.function_code, "remaining_uses": function.uses}
        for function in product.functions.all()
    ]


def composition(
    units: int, customer_type: str | None = None, customer_types: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Units by customer type, adults where nothing was said.

    Raises UnknownCustomerType, CompositionMismatch when the parts are not `units` or below 0.
    """
    if customer_type and customer_types:
        raise CompositionMismatch("Give either customer_type or customer_types.")
    parts = dict(customer_types) if customer_types else {customer_type or "adult": units}
    if unknown := set(parts) - KNOWN_TYPES:
        raise UnknownCustomerType(f"There is no customer type {min(unknown)!r}.")
    if sum(parts.values()) != units or min(parts.values()) < 0:
        raise CompositionMismatch(f"customer_types must add up to {units} units.")
    return parts


def quote(
    prices: PriceList, counts: Mapping[str, int], day: date | None = None
) -> tuple[Decimal, list[tuple[str, Decimal]]]:
    """The total of `counts` units per customer type, and (type, price) of each single unit."""
    units = [(name, prices.price(name, day)) for name in counts for _ in range(counts[name])]
    return sum((price for _, price in units), Decimal("0.00")), units


def calendar(
    products: Iterable[Listed], first: date, last: date
) -> dict[str, dict[str, dict[str, Decimal]]]:
    """{date → {product id → {customer type → price}}} for every day from first to last."""
    offered = list(products)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {
        day.isoformat(): {
            str(product.product_id): {
                name: product.prices.price(name, day) for name in product.prices.customer_types()
            }
            for product in offered
        }
        for day in days
    }


def is_weekend(day: date | None) -> bool:
    """Saturday and Sunday of the calendar in Hong Kong, which is what visit dates are in."""
    return day is not None and day.weekday() >= SATURDAY


def number(amount: Decimal) -> int | float:
    """An amount as the JSON number it is shown as: 288, 318.5."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def exact(value: float | str | Decimal) -> Decimal:
    """The amount a JSON number was written for."""
    return Decimal(str(value))


def special_dates(multipliers: Mapping[str, Decimal]) -> dict[str, dict[str, Any]]:
    """{date → {"multiplier": 1.5}}, as partners are shown it."""
    return {day: {"multiplier": number(value)} for day, value in multipliers.items()}


def _exact_values(amounts: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: exact(amount) for name, amount in amounts.items()}


def _listed(channel: str, row: Row) -> Listed:
    product_id, allocation_id, name, type_, weekday, weekend, currency, *collected = row
    discounts, multipliers, entitlements = (json.loads(each) for each in collected)
    return Listed(
        channel=channel,
        product_id=product_id,
        allocation_id=allocation_id,
        name=name,
        type=type_,
        weekend_price=weekend,
        prices=PriceList(
            base_price=weekday,
            weekend_premium=weekend - weekday,
            currency=currency,
            discounts=_exact_values(discounts),
            multipliers=_exact_values(multipliers),
        ),
        entitlements=entitlements,
    )


# Everything that belongs to a product in one row of one statement: a hold needs it all.
# Amounts travel as text, for a JSON number would pass through a float.
_LISTED = """
SELECT p.id, a.id, p.name, p.type, p.weekday_price, p.weekend_price, p.currency,
  (SELECT coalesce(json_object_agg(d.customer_type, d.amount::text ORDER BY d.id), '{}')::text
     FROM inventory_customerdiscount d WHERE d.product_id = p.id),
  (SELECT coalesce(json_object_agg(s.date, s.multiplier::text ORDER BY s.date), '{}')::text
     FROM inventory_specialdate s),
  (SELECT coalesce(json_agg(json_build_object('function_code', f.function_code,
                                              'remaining_uses', f.uses)
                            ORDER BY f.position, f.id), '[]')::text
     FROM inventory_productfunction f WHERE f.product_id = p.id)
FROM inventory_product p
JOIN inventory_channelallocation a ON a.product_id = p.id AND a.channel = %(channel)s
WHERE p.is_active AND (%(ids)s::int[] IS NULL OR p.id = ANY(%(ids)s::int[]))
ORDER BY p.id
"""
