"""What can be sold this moment, and at which prices."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Amount, Date, Integer, ListOf, MapOf, Text
from config.api.reading import read_query
from config.api.strict import Strict
from inventory import pricing
from inventory.errors import UnknownProduct
from inventory.models import Channel
from inventory.pricing import Listed, special_dates
from ticketing import offering
from ticketing.api.price_shapes import BasePrice, Multiplier, amounts, base_price

from . import examples
from .partner_view import PartnerView

LONGEST_CALENDAR_DAYS = 366
DATE = Date()


class DateRange(Text):
    """`2026-12-24,2026-12-31` or with a slash: the first and the last day, inclusive."""

    default_error_messages = {
        "malformed": "Send two dates, first,last, as YYYY-MM-DD,YYYY-MM-DD.",
        "out_of_range": f"Send at most {LONGEST_CALENDAR_DAYS} days, the first date first.",
    }

    def to_internal_value(self, data: Any) -> tuple[date, date]:  # type: ignore[override]
        parts = super().to_internal_value(data).replace("/", ",").split(",")
        if len(parts) != 2:
            self.fail("malformed")
        try:
            first, last = (DATE.to_internal_value(part) for part in parts)
        except ValidationError:
            self.fail("malformed")
        if not 0 <= (last - first).days < LONGEST_CALENDAR_DAYS:
            self.fail("out_of_range")
        return first, last


class InventoryQuery(Strict):
    """Which products, and the prices of which days."""

    product_ids = ListOf(
        Integer(min_value=1), required=False, max_length=100, help_text="106,107 or repeated."
    )
    date_range = DateRange(
        required=False, help_text="Adds pricing_context.calendar for these days; at most 366."
    )


class PricingContextOut(Strict):
    """All that a price depends on, by product id; the guide on pricing has the rule."""

    base_prices = MapOf(BasePrice())
    customer_types = ListOf(Text())
    product_customer_types = MapOf(ListOf(Text()))
    special_dates = MapOf(Multiplier())
    customer_discounts = MapOf(MapOf(Amount()))
    calendar = MapOf(
        MapOf(MapOf(Amount())),
        required=False,
        help_text="With date_range: prices by date, product id and customer type.",
    )


class Inventory(Strict):
    """What the OTA channel can sell this moment."""

    available_quantities = MapOf(Integer(), help_text="Free units by product id.")
    pricing_context = PricingContextOut()


class InventoryView(PartnerView):
    @answers(
        200,
        Inventory,
        query=InventoryQuery,
        refusals=[UnknownProduct],
        operation="get_inventory",
        example=examples.INVENTORY,
    )
    def get(self, request: Request) -> Response:
        """Free units and prices of the OTA channel.

        Current values, never cached: an overdue hold already counts as free.
        """
        asked = read_query(request, InventoryQuery)
        offers = offering.offered(Channel.OTA, asked.get("product_ids"))
        products = [product for product, _ in offers]
        return Response(
            {
                "available_quantities": {str(product.product_id): free for product, free in offers},
                "pricing_context": _pricing_context(products, asked.get("date_range")),
            }
        )


def _pricing_context(products: Sequence[Listed], days: tuple[date, date] | None) -> dict[str, Any]:
    multipliers = dict(products[0].prices.multipliers) if products else {}
    if days:
        first, last = (day.isoformat() for day in days)
        multipliers = {day: each for day, each in multipliers.items() if first <= day <= last}
    context: dict[str, Any] = {
        "base_prices": {str(each.product_id): base_price(each) for each in products},
        "customer_types": pricing.STANDARD_TYPES,
        "product_customer_types": {
            str(each.product_id): each.prices.customer_types() for each in products
        },
        "special_dates": special_dates(multipliers),
        "customer_discounts": {
            str(each.product_id): amounts(each.prices.discounts) for each in products
        },
    }
    if days:
        context["calendar"] = pricing.calendar(products, *days)
    return context
