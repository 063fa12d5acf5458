"""What a channel offers this moment: its products with their prices, and how many are left."""

from collections.abc import Iterable, Sequence

from inventory import pricing
from inventory.errors import UnknownProduct
from inventory.models import Channel
from inventory.pricing import Listed

from . import availability


def offered(channel: str, product_ids: Sequence[int] | None = None) -> list[tuple[Listed, int]]:
    """The active products of a channel with their free units, by id, optionally only some.

    Two statements; a product taken off between them is left out, as in the next answer. Raises
    UnknownProduct for one that was asked for and is not there.
    """
    products = pricing.listed(channel, product_ids)
    _refuse_unknown(channel, product_ids, products)
    free = availability.available(channel, [each.product_id for each in products])
    still = [each for each in products if each.product_id in free]
    _refuse_unknown(channel, product_ids, still)
    return [(each, free[each.product_id]) for each in still]


def _refuse_unknown(channel: str, wanted: Iterable[int] | None, products: Iterable[Listed]) -> None:
    if missing := set(wanted or []) - {each.product_id for each in products}:
        name = Channel(channel).name
        raise UnknownProduct(f"Product {min(missing)} is not sold in the {name} channel.")
