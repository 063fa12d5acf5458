"""The numbers of the dashboard, in a small world where each can be counted by hand."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from inventory.models import Product
from ota import health
from ota.dashboard import figures
from ota.dashboard.shapes import Figures, Outcomes, Part, Pool, Takings
from ota.models import Alert, AlertThreshold, ApiCall
from resellers.models import Partner
from tests import make, shop
from tests.ota.alerts.watching import limit
from ticketing import expiring, reservations
from ticketing.models import Order, Reservation

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


def only(part: Part) -> Any:
    return getattr(figures.read({part}), part.value)


def pool(of: Product, channel: str = "ota") -> Pool:
    [found] = [p for p in only(Part.STOCK) if (p.product_id, p.channel) == (of.pk, channel)]
    return found


def held_at(at: datetime, on: Product, quantity: int = 1) -> Reservation:
    """A hold as it would be, had it been made then and for long."""
    with transaction.atomic():
        held = reservations.reserve(
            partner=make.partner(), product_id=on.pk, quantity=quantity,
            reservation_expires_at=None, at=at, by=make.BY,
        )  # fmt: skip
    Reservation.objects.filter(pk=held.pk).update(expires_at=make.now() + HOUR)
    return held


def sold_at(at: datetime, on: Product, quantity: int = 1) -> Order:
    held = held_at(at, on, quantity)
    assert held.partner is not None
    with transaction.atomic():
        order, _ = reservations.activate(
            partner=held.partner, reservation_id=held.pk, customer_details=make.CUSTOMER,
            payment_reference="PAY-1", context=make.NO_CONTEXT, at=at, by=make.BY,
        )  # fmt: skip
    return order


def cancelled_at(at: datetime, on: Product) -> None:
    held = held_at(at, on)
    assert held.partner is not None
    with transaction.atomic():
        reservations.cancel(partner=held.partner, reservation_id=held.pk, at=at, by=make.BY)


def called(
    of: Partner | None, status: int = 200, *, times: int = 1, ms: float = 20, ago: timedelta = HOUR
) -> None:
    ApiCall.objects.bulk_create(
        ApiCall(
            partner=of, method="POST", route="reserve", status=status, milliseconds=ms,
            request_id="request-of-the-tests", at=make.now() - ago,
        )
        for _ in range(times)
    )  # fmt: skip


def test_a_pool_is_sold_held_and_free_and_an_overdue_hold_is_free() -> None:
    product = make.product(ota=100, direct=40)
    make.order("CONFIRMED", on=product, quantity=30)
    make.reservation(on=product, quantity=20)
    make.reservation("overdue", on=product, quantity=5)
    make.reservation("cancelled", on=product, quantity=7)

    ota, direct = pool(product), pool(product, "direct")

    assert (ota.allocated, ota.sold, ota.held, ota.free, ota.utilisation) == (100, 30, 20, 50, 50.0)
    assert (direct.allocated, direct.sold, direct.held, direct.free) == (40, 0, 0, 40)
    assert make.pool(product) == (100, 25, 30)  # as the counter has it until the sweep


def test_a_pool_of_nothing_is_not_used_to_any_share_and_a_retired_product_is_left_out() -> None:
    nothing, retired = make.product(ota=0), make.product()
    Product.objects.filter(pk=retired.pk).update(is_active=False)

    [shown] = only(Part.STOCK)

    assert (shown.product_id, shown.utilisation, shown.days_left) == (nothing.pk, None, 0.0)


def test_holds_that_lapse_within_a_quarter_of_an_hour_are_counted_with_their_units() -> None:
    product = make.product(ota=100)
    for quantity, minutes in ((2, 14), (3, 1), (50, 16)):
        ends = make.now() + timedelta(minutes=minutes)
        make.reservation(on=product, quantity=quantity, expires_at=ends)
    make.reservation("overdue", on=product, quantity=4)

    shown = pool(product)

    assert (shown.lapsing, shown.lapsing_units) == (2, 5)


def begun(product: Product, days: float) -> None:
    """Its pools were set up so long ago."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_allocationmove DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE inventory_allocationmove SET at = %s WHERE allocation_id IN"
            " (SELECT id FROM inventory_channelallocation WHERE product_id = %s)",
            [make.now() - days * DAY, product.pk],
        )
        cursor.execute("ALTER TABLE inventory_allocationmove ENABLE TRIGGER USER")


def test_the_pace_of_the_last_seven_days_says_when_nothing_is_free() -> None:
    product = make.product(ota=1000)
    begun(product, 30)
    for days, quantity in ((20, 90), (8, 80), (6.9, 30), (3, 20), (1, 10)):
        sold_at(make.now() - days * DAY, product, quantity)
    make.reservation(on=product, quantity=10)

    shown = pool(product)

    assert shown.per_day == pytest.approx((30 + 20 + 10 + 10) / 7)
    assert shown.free == 760
    assert shown.days_left == pytest.approx(760 / 10)


def test_a_young_pool_is_judged_by_its_age_and_one_of_an_hour_by_a_day() -> None:
    of_two_days, of_an_hour, unsold = (make.product(ota=1000) for _ in range(3))
    begun(of_two_days, 2)
    begun(of_an_hour, 1 / 24)
    for product in (of_two_days, of_an_hour):
        make.reservation(on=product, quantity=60)

    assert pool(of_two_days).per_day == pytest.approx(30, rel=1e-3)
    assert pool(of_an_hour).per_day == pytest.approx(60)
    assert (pool(unsold).per_day, pool(unsold).days_left) == (0, None)


def test_units_are_taken_when_a_batch_is_made_not_when_its_tickets_are_sold() -> None:
    product = make.product(ota=100)
    begun(product, 30)
    batch = make.batch(70, product_id=product.pk)
    before = pool(product)
    make.sell(batch.tickets.all()[0])

    after = pool(product)

    assert before.per_day == after.per_day == pytest.approx(10)
    assert before.days_left == pytest.approx(3)
    assert after.free == 30


def test_a_pool_that_got_units_back_never_sells_out_at_this_pace() -> None:
    product = make.product(ota=100)
    begun(product, 30)
    held_at(make.now() - 10 * DAY, product, 50)
    make.lapse(*Reservation.objects.all())
    expiring.sweep(at=make.now)

    assert pool(product).per_day == pytest.approx(-50 / 7)
    assert pool(product).days_left is None


def test_holds_ended_by_sale_cancellation_or_time_by_channel_within_the_window() -> None:
    product = make.product(ota=1000, direct=1000)
    begun(product, 30)
    now = make.now()
    window = 7 * DAY
    for at in (now - 20 * DAY, now - window - SECOND, now - window + 30 * SECOND, now - HOUR):
        sold_at(at, product)
    cancelled_at(now - window - SECOND, product)
    cancelled_at(now - 2 * HOUR, product)
    make.reservation("expired", on=product)
    make.reservation("overdue", on=product)
    make.reservation(on=product)
    make.sell(make.premade_ticket(product_id=product.pk))  # no hold of a reservation
    shop.order("CONFIRMED", on=product)

    ota, direct = only(Part.HOLDS)

    assert ota == Outcomes("ota", sold=2, cancelled=1, expired=2)
    assert direct == Outcomes("direct", sold=1, cancelled=0, expired=0)
    assert (ota.conversion, ota.expiry_rate, direct.conversion) == (40.0, 40.0, 100.0)
    assert Outcomes("ota", 0, 0, 0).conversion is None


def test_every_age_of_the_window_is_found_by_halving() -> None:
    product = make.product(ota=1000)
    begun(product, 30)
    now = make.now()
    for hour in range(-10, 30):
        cancelled_at(now - 7 * DAY + hour * HOUR + 30 * SECOND, product)

    [shown] = only(Part.HOLDS)

    assert shown.cancelled == 30


def test_what_was_paid_by_channel_and_currency_within_the_window() -> None:
    hkd, usd = make.product(ota=100, direct=100), make.product(ota=100, currency="USD")
    now = make.now()
    sold_at(now - 7 * DAY - SECOND, hkd)
    sold_at(now - 7 * DAY + 30 * SECOND, hkd)
    sold_at(now - HOUR, hkd, 2)
    sold_at(now, usd)
    shop.order("CONFIRMED", on=hkd)
    make.order(on=hkd)  # placed, not paid
    sold, _ = make.sell(make.premade_ticket(product_id=hkd.pk))
    make.cancel_ticket(sold)
    price = Order.objects.filter(channel="direct").get().total_amount

    ota, dollars, direct = only(Part.SALES)

    assert ota == Takings("ota", "HKD", 2, 3 * price)
    assert ota.average == 3 * price / 2
    assert dollars == Takings("ota", "USD", 1, price)
    assert direct == Takings("direct", "HKD", 1, price)
    assert price in (Decimal(288), Decimal(318))


def test_calls_of_a_day_by_partner_those_with_errors_first() -> None:
    busy, failing = make.partner(), make.partner()
    called(busy, times=90, ms=20)
    called(busy, 409, times=4, ms=20)
    called(busy, 429, times=3, ms=2)
    called(busy, ms=700, times=3)
    called(busy, 500, ago=DAY + SECOND)
    called(failing, 500, ms=9000)
    called(failing, 503, ms=9000, ago=DAY - 30 * SECOND)
    called(None, 401, ms=1)

    first, second, unknown = only(Part.CALLS)

    assert (first.partner_id, first.calls, first.failed) == (failing.partner_id, 2, 2)
    assert first.p95 is None  # longer than the longest that is told apart
    assert (second.calls, second.failed, second.declined, second.limited) == (100, 0, 4, 3)
    assert second.p95 == 25
    assert (unknown.partner_pk, unknown.declined, unknown.p95) == (None, 1, 5)


def alert(rule: str, severity: str, **facts: Any) -> Alert:
    seen = {"first_seen_at": make.now(), "last_seen_at": make.now()}
    return Alert.objects.create(rule=rule, severity=severity, **{**seen, **facts})


def test_open_alerts_are_shown_the_gravest_first_and_all_are_counted() -> None:
    for number in range(figures.MOST_ALERTS):
        alert("low_stock", "warning", subject=str(number))
    alert("worker_silent", "critical")
    alert("note", "info")
    alert("closed", "critical", closed_at=make.now())

    shown = only(Part.ALERTS)

    assert shown.total == figures.MOST_ALERTS + 2
    assert [each.severity for each in shown.shown] == ["critical"] + 7 * ["warning"]


def test_health_is_what_readyz_says(settings: Settings) -> None:
    health.beat("beat", at=make.now() - timedelta(seconds=90))
    there, settings.REDIS_URL = settings.REDIS_URL, "unix:///nonexistent/valkey.sock"
    shown = only(Part.HEALTH)
    settings.REDIS_URL = there

    assert (shown.database, shown.migrations, shown.cache, shown.worker) == (
        "ok", "ok", "degraded", None,
    )  # fmt: skip
    assert 89 <= shown.beat <= 95


def test_it_judges_by_the_limits_that_operators_set_for_the_alerts() -> None:
    limit("low_stock", value=7)
    limit("beat_silent", value=45)
    AlertThreshold.objects.filter(rule="sender_silent").delete()  # as it comes: 120

    assert figures.read({Part.STOCK}).limits == figures.read({Part.HEALTH}).limits
    assert figures.limits() == {
        "low_stock": 7, "beat_silent": 45, "worker_silent": 120, "sender_silent": 120,
    }  # fmt: skip


def test_what_is_not_asked_for_is_not_counted() -> None:
    with CaptureQueriesContext(connection) as asked:
        shown = figures.read({Part.SALES})

    assert len(asked) == 2
    assert shown == Figures(
        shown.as_of, shown.since, shown.yesterday, shown.soon, {}, sales=shown.sales
    )
    assert abs(shown.as_of - make.now()) < timedelta(seconds=5)


def test_the_number_of_statements_does_not_grow_with_products_and_partners() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            figures.read()
        return len(asked)

    def grow() -> None:
        partner, product = make.partner(), make.product(ota=100, direct=100)
        make.reservation(of=partner, on=product)
        make.order("CONFIRMED", of=partner, on=product)
        called(partner)
        alert("low_stock", "warning", subject=str(product.pk))

    grow()
    figures.read()  # whether all migrations are applied is asked once a process
    one = statements()
    grow()
    grow()

    assert one == statements()
    assert one <= 10
