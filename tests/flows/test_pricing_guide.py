"""The guide on prices shows the prices that are charged."""

import math
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from inventory import pricing
from inventory.models import Channel
from inventory.pricing import PriceList
from ota import demo

GUIDE = Path(settings.BASE_DIR) / "docs" / "guides" / "pricing.md"
A_WEEKDAY, A_SATURDAY = date(2026, 12, 24), date(2026, 12, 26)


@pytest.fixture
def price_lists(db: None) -> dict[int, PriceList]:
    demo.seed(at=timezone.now())
    return {each.product_id: each.prices for each in pricing.listed(Channel.OTA)}


def test_the_price_table_is_what_is_charged(price_lists: dict[int, PriceList]) -> None:
    (_, _, *types), *rows = list(table("| product | | adult"))
    assert len(rows) == 6
    for row, (product, kind, *prices) in enumerate(rows):
        product_id = int(product.split()[0]) if product else int(rows[row - 1][0].split()[0])
        day = {"weekday": A_WEEKDAY, "weekend": A_SATURDAY}[kind]
        charged = [price_lists[product_id].price(name, day) for name in types]
        assert [Decimal(price) for price in prices] == charged


def test_the_numbers_to_check_against_are_right(price_lists: dict[int, PriceList]) -> None:
    _, *rows = table("| product | customer type")
    assert len(rows) == 6
    for product, customer_type, when, price, because in rows:
        found = re.match(r"\d{4}-\d{2}-\d{2}", when)
        day = date.fromisoformat(found[0]) if found else None
        assert price_lists[int(product)].price(customer_type, day) == Decimal(price)
        assert worked_out(because) == Decimal(price)


def test_the_premiums_it_names_are_those_of_the_products(price_lists: dict[int, PriceList]) -> None:
    (named,) = re.findall(r"30 for product 106, 40 for 107, 80 for 108", GUIDE.read_text("utf-8"))
    for premium, product in re.findall(r"(\d+) for (?:product )?(\d+)", named):
        prices = price_lists[int(product)]
        weekend, weekday = (prices.price("adult", day) for day in (A_SATURDAY, A_WEEKDAY))
        assert weekend - weekday == int(premium)


def worked_out(sum_: str) -> Decimal:
    """What a sum such as `288 × 1.5 − 100` comes to: products first."""
    total, sign = Decimal(), 1
    for part in re.split(r" ([+−]) ", sum_):
        if part in "+−":
            sign = 1 if part == "+" else -1
        else:
            factors = [Decimal(each) for each in part.split(" × ")]
            total += sign * math.prod(factors)
    return total


def table(heading: str) -> Iterator[list[str]]:
    """The rows of the table that begins with this heading, without its rule."""
    lines = GUIDE.read_text(encoding="utf-8").partition(heading)[2]
    for line in (heading + lines).splitlines():
        if not line.startswith("|"):
            return
        if not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]
