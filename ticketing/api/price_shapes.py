"""The JSON objects that say what a product costs, the same in every channel."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from config.api.fields import Amount
from config.api.strict import Strict
from inventory.pricing import Listed, number


class BasePrice(Strict):
    """What one adult unit costs."""

    weekday = Amount()
    weekend = Amount()


class Multiplier(Strict):
    """What the price of a special date is multiplied with, before the discount."""

    multiplier = Amount()


def base_price(product: Listed) -> dict[str, Any]:
    """The weekday and the weekend price of an adult unit."""
    return {
        "weekday": number(product.prices.base_price),
        "weekend": number(product.weekend_price),
    }


def amounts(by_name: Mapping[str, Decimal]) -> dict[str, Any]:
    """Amounts as the numbers they are shown as."""
    return {name: number(amount) for name, amount in by_name.items()}
