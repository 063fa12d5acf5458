"""How frozen prices are read by people."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from config.admin_cells import money
from inventory.models import CustomerType


def price_lines(snapshot: dict[str, Any]) -> Iterable[str]:
    """A price list as a few sentences."""
    currency, base = snapshot["currency"], snapshot["base_price"]
    weekend = base + snapshot["weekend_premium"]
    said = {"weekday": money(base, currency), "weekend": money(weekend, currency)}
    yield _("%(weekday)s on weekdays, %(weekend)s at weekends") % said
    for own in snapshot["customer_type_pricing"]:
        yield f"{customer_words(own['customer_type'])}: {money(own['price'], currency)}"
    for name, amount in snapshot["customer_discounts"].items():
        less = {"type": customer_words(name), "amount": money(amount, currency)}
        yield _("%(type)s: %(amount)s less") % less
    for day, special in snapshot["special_dates"].items():
        yield f"{day}: ×{special['multiplier']}"


def customer_words(name: str) -> str:
    """How a customer type is called, in the language of who reads it."""
    return _(CustomerType(name).label) if name in CustomerType.values else name
