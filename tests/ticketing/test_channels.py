"""Two channels, one product: neither reads, changes or waits for the other (R013, R040, R443)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.errors import SoldOut
from inventory.models import AllocationCounter, Product
from tests import make, shop
from ticketing import expiring, reconcile
from ticketing.models import Order, Reservation, Ticket

pytestmark = pytest.mark.django_db


def by_partners(product: Product) -> list[Callable[[], object]]:
    """Everything a partner can do with stock."""
    partner = make.partner()
    overdue = make.reservation("overdue", of=partner, on=product)
    ordered = make.order(of=partner, on=product)
    premade = make.premade_ticket(of=partner, product_id=product.pk)
    return [
        lambda: make.reservation(of=partner, on=product),
        lambda: make.reservation("cancelled", of=partner, on=product),
        lambda: make.reservation("activated", of=partner, on=product),
        lambda: make.pay(ordered),
        lambda: make.batch(2, of=partner, product_id=product.pk),
        lambda: make.sell(premade),
        lambda: release(overdue.allocation_id),
    ]


def by_customers(product: Product) -> list[Callable[[], object]]:
    """Everything a customer can do with stock."""
    account = shop.account()
    overdue = shop.order("overdue", of=account, on=product)
    assert overdue.reservation is not None
    allocation_id = overdue.reservation.allocation_id
    unpaid = shop.order(of=account, on=product)
    return [
        lambda: shop.order(of=account, on=product),
        lambda: shop.order("CANCELLED", of=account, on=product),
        lambda: shop.order("CONFIRMED", of=account, on=product, quantity=2),
        lambda: make.notify(make.notice(unpaid), "direct"),
        lambda: release(allocation_id),
    ]


@transaction.atomic
def release(allocation_id: int) -> int:
    return expiring.release(allocation_id, at=make.now())


def row(product: Product, channel: str) -> dict[str, Any]:
    counters = AllocationCounter.objects.filter(allocation__product=product)
    return dict(counters.filter(allocation__channel=channel).values()[0])


SIDES = [("ota", "direct", by_partners), ("direct", "ota", by_customers)]


@pytest.mark.parametrize(("own", "other", "acts"), SIDES)
def test_what_one_channel_does_changes_no_counter_of_the_other(
    own: str, other: str, acts: Callable[[Product], list[Callable[[], object]]]
) -> None:
    product = shop.product(50, ota=50)
    calls = acts(product)
    for act in calls:
        before, mine = row(product, other), row(product, own)
        act()
        assert row(product, other) == before
        assert row(product, own) != mine
    assert list(reconcile.differences()) == []


@pytest.mark.parametrize(("own", "other", "acts"), SIDES)
def test_what_one_channel_does_names_no_pool_of_the_other(
    own: str, other: str, acts: Callable[[Product], list[Callable[[], object]]]
) -> None:
    with connection.cursor() as cursor:  # numbers that stand in no statement by chance
        cursor.execute("ALTER SEQUENCE inventory_channelallocation_id_seq RESTART WITH 987650000")
    product = shop.product(50, ota=50)
    calls, pools = acts(product), {each: make.allocation(product, each).pk for each in (own, other)}
    for act in calls:
        with CaptureQueriesContext(connection) as watched:
            act()
        asked = "\n".join(query["sql"] for query in watched)
        assert str(pools[own]) in asked
        assert str(pools[other]) not in asked
        assert f"'{other}'" not in asked


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("own", "other", "acts"), SIDES)
def test_one_channel_goes_on_while_the_pool_of_the_other_is_locked(
    own: str, other: str, acts: Callable[[Product], list[Callable[[], object]]]
) -> None:
    by = {"ota": by_partners, "direct": by_customers}
    product = shop.product(50, ota=50)
    calls, others = acts(product), by[other](product)

    with transaction.atomic(), connection.cursor() as cursor:
        locked = [make.allocation(product, other).pk]
        counter = "SELECT FROM inventory_allocationcounter WHERE allocation_id = %s FOR UPDATE"
        cursor.execute(counter, locked)
        # On other connections, which wait for a lock no longer than two seconds.
        done = [make.in_parallel(lambda call: call(), [act])[0] for act in calls]
        stuck = make.in_parallel(lambda call: call(), others[:1])
    assert [each for each in done if isinstance(each, Exception)] == []
    assert [type(each).__name__ for each in stuck] == ["OperationalError"]  # the control


@pytest.mark.django_db(transaction=True)
def test_both_channels_under_load_at_once_sell_what_each_of_them_has() -> None:
    product = shop.product(30, ota=40)
    partner, accounts = make.partner(), [shop.account() for _ in range(20)]

    def act(number: int) -> object:
        if number % 2:
            return make.reservation("activated", of=partner, on=product, quantity=3)
        return shop.order("CONFIRMED", of=accounts[number // 2], on=product, quantity=3)

    verdicts = make.verdicts(make.in_parallel(act, range(40)))
    assert verdicts == {"done": 13 + 10, "insufficient_inventory": 17}
    assert (make.pool(product), shop.pool(product)) == ((40, 0, 39), (30, 0, 30))
    assert list(reconcile.differences()) == []


@pytest.mark.parametrize(("sold_out", "other"), [("ota", "direct"), ("direct", "ota")])
def test_with_one_channel_sold_out_the_other_sells(sold_out: str, other: str) -> None:
    product = shop.product(**{sold_out: 1, other: 5})
    buy: dict[str, Callable[[], Order]] = {
        "ota": lambda: make.order("CONFIRMED", on=product),
        "direct": lambda: shop.order("CONFIRMED", on=product),
    }
    buy[sold_out]()
    with pytest.raises(SoldOut):
        buy[sold_out]()
    for _ in range(5):
        buy[other]()
    with pytest.raises(SoldOut):
        buy[other]()
    assert (make.pool(product, sold_out), make.pool(product, other)) == ((1, 0, 1), (5, 0, 5))


def test_overdue_holds_of_one_channel_make_no_room_in_the_other() -> None:
    product = shop.product(1, ota=1)
    make.reservation("overdue", on=product)
    shop.order("CONFIRMED", on=product)
    with pytest.raises(SoldOut):
        shop.order(on=product)
    assert make.pool(product) == (1, 1, 0)
    assert make.reservation(on=product).status == "active"


def test_the_sweep_returns_overdue_holds_to_their_own_pools() -> None:
    product = shop.product(5, ota=5)
    make.reservation("overdue", on=product, quantity=2)
    shop.order("overdue", on=product, quantity=3)
    assert expiring.sweep(at=make.now) == 2
    assert (make.pool(product), shop.pool(product)) == ((5, 0, 0), (5, 0, 0))
    assert list(reconcile.differences()) == []


def test_tickets_of_both_channels_are_of_one_make() -> None:
    product = shop.product()
    partners, own = make.ticket(on=product), shop.ticket(on=product)
    same = ("product_id", "status", "customer_type", "price", "entitlements", "qr_kid")
    assert [getattr(own, name) for name in same] == [getattr(partners, name) for name in same]
    assert (own.partner, partners.partner) == (None, partners.order and partners.order.partner)
    assert own.code.rpartition("-")[0][:18] == partners.code.rpartition("-")[0][:18]


@pytest.mark.parametrize(
    "change",
    [
        {"partner": None, "account": None},
        {"channel": "ota", "partner": None},
        {"channel": "direct", "account": None},
        {"channel": "ota"},
    ],
    ids=str,
)
def test_an_order_is_a_partners_or_a_customers_and_never_both(change: dict[str, Any]) -> None:
    order = shop.order()
    with pytest.raises(IntegrityError, match="partners_sell_customers_buy"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**change)
    with pytest.raises(IntegrityError, match="partners_sell_customers_buy"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(partner=make.partner())


def test_only_the_direct_pool_is_held_without_a_partner() -> None:
    product = shop.product()
    held = make.reservation(on=product)
    with (
        pytest.raises(IntegrityError, match="held_without_a_partner_is_direct"),
        transaction.atomic(),
    ):
        Reservation.objects.filter(pk=held.pk).update(partner=None)
    direct = shop.order(on=product).reservation
    with (
        pytest.raises(IntegrityError, match="held_without_a_partner_is_direct"),
        transaction.atomic(),
    ):
        Reservation.objects.filter(pk=direct.pk).update(allocation=make.allocation(product))  # type: ignore[union-attr]


def test_no_partner_reaches_what_was_sold_directly() -> None:
    placed, partner = shop.order("CONFIRMED"), make.partner()
    assert not Order.objects.filter(partner=partner, order_id=placed.order_id).exists()
    assert Ticket.objects.get().partner is None
