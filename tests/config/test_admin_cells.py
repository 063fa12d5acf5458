"""The words and numbers of the back office."""

from decimal import Decimal

import pytest

from config import admin_cells


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal(1288), "HKD", "HKD\N{NO-BREAK SPACE}1,288.00"),
        (Decimal("318.5"), "", "318.50"),
        (0, "HKD", "HKD\N{NO-BREAK SPACE}0.00"),
        (None, "HKD", ""),
    ],
)
def test_money_is_readable(amount: Decimal | None, currency: str, shown: str) -> None:
    assert admin_cells.money(amount, currency) == shown


def test_a_share_of_nothing_is_a_dash() -> None:
    assert (admin_cells.percent(5, 8), admin_cells.percent(0, 0)) == ("62.5 %", "–")
