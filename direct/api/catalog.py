"""What anybody can buy from us this moment."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Amount, Integer, ListOf, MapOf, Text
from config.api.strict import Strict
from customers.for_customers import ForAnybody
from inventory.models import Channel
from inventory.pricing import Listed, special_dates
from ticketing import offering
from ticketing.api.price_shapes import BasePrice, Multiplier, amounts, base_price

from . import examples


class EntitlementOffered(Strict):
    """How often a ticket admits to one function."""

    function_code = Text()
    uses = Integer(min_value=1)


class CatalogProduct(Strict):
    """A product, its prices, and how many are left for direct sale."""

    id = Integer()
    name = Text()
    available_quantity = Integer(help_text="Free units of the direct channel.")
    base_prices = BasePrice()
    customer_discounts = MapOf(Amount(), help_text="By customer type, off the price of the day.")
    entitlements = ListOf(EntitlementOffered())
    currency = Text()


class Catalog(Strict):
    """Everything that is sold directly."""

    products = ListOf(CatalogProduct())
    special_dates = MapOf(Multiplier())


class CatalogView(ForAnybody):
    tags = ["Direct sales"]

    @answers(200, Catalog, operation="get_catalog", example=examples.CATALOG)
    def get(self, request: Request) -> Response:
        """Products, prices and what is left.

        Current values, never cached, of the direct channel alone: what partners hold and sell
        changes nothing here. The guide on prices has the rule that makes a price of them.
        """
        offers = offering.offered(Channel.DIRECT)
        multipliers = offers[0][0].prices.multipliers if offers else {}
        return Response(
            {
                "products": [_shown(product, free) for product, free in offers],
                "special_dates": special_dates(multipliers),
            }
        )


def _shown(product: Listed, free: int) -> dict[str, Any]:
    return {
        "id": product.product_id,
        "name": product.name,
        "available_quantity": free,
        "base_prices": base_price(product),
        "customer_discounts": amounts(product.prices.discounts),
        "entitlements": [
            {"function_code": right["function_code"], "uses": right["remaining_uses"]}
            for right in product.entitlements
        ],
        "currency": product.prices.currency,
    }
