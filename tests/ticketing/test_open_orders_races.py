"""Orders of one customer placed at once: no more of them hold units than may."""

from functools import partial

import pytest
from pytest_django import Settings

from customers import accounts
from customers.models import Account
from tests import make, shop
from tests.ticketing.racing import insist, outcome
from ticketing.models import Order

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 12


def placed_at_once(settings: Settings) -> tuple[dict[str, int], int]:
    """How twelve orders of one customer ended, who may have three; and the units held."""
    settings.DIRECT_MAX_OPEN_ORDERS = 3
    buyer, plan = shop.account(), shop.product(100)
    order = partial(shop.order, of=buyer, on=plan)
    results = make.in_parallel(outcome, [partial(insist, order)] * AT_ONCE)
    assert Order.objects.filter(account=buyer).count() == shop.pool(plan)[1]
    return make.verdicts(results), shop.pool(plan)[1]


def test_of_many_orders_at_once_as_many_hold_units_as_may(settings: Settings) -> None:
    verdicts, held = placed_at_once(settings)
    assert verdicts == {"done": 3, "too_many_open_orders": AT_ONCE - 3}
    assert held == 3


def test_control_without_the_lock_of_the_account_more_of_them_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "locked", lambda pk: Account.objects.get(pk=pk))
    _, held = placed_at_once(settings)
    assert held > 3
