"""The guide of operations, followed on a running server; where it shows a picture, one is taken."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from playwright.sync_api import Browser

from . import walks_of_partners, walks_of_sales, walks_of_staff, walks_of_stock
from .desks import Office
from .shots import LOCALES

Pictures = Iterator[tuple[str, bytes]]
Walk = Callable[[Office], Pictures]
WALKS: dict[str, Walk] = {
    **walks_of_staff.WALKS,
    **walks_of_stock.WALKS,
    **walks_of_partners.WALKS,
    **walks_of_sales.WALKS,
}


def taken(browser: Browser, site: str, wanted: str) -> Pictures:
    """Every walk of which a picture is wanted, in both languages."""
    for walk, follow in WALKS.items():
        begin = f"admin-{walk}"
        if not (begin.startswith(wanted) or wanted.startswith(begin)):
            continue
        for lang in LOCALES:
            with ExitStack() as opened:
                for name, png in follow(Office(browser, site, lang, opened)):
                    yield f"{begin}-{name}-{lang}", png
