"""How frozen prices are read by people."""

from collections.abc import Iterable
from typing import Any

from config.admin_ground import money


def price_lines(snapshot: dict[str, Any]) -> Iterable[str]:
    """A price list as a few sentences."""
    currency, base = snapshot["currency"], snapshot["base_price"]
    weekend = base + snapshot["weekend_premium"]
    yield f"{money(base, currency)} on weekdays, {money(weekend, currency)} at weekends"
    for own in snapshot["customer_type_pricing"]:
        yield f"{own['customer_type']}: {money(own['price'], currency)}"
    for name, amount in snapshot["customer_discounts"].items():
        yield f"{name}: {money(amount, currency)} less"
    for day, special in snapshot["special_dates"].items():
        yield f"{day}: ×{special['multiplier']}"
