"""One pre-made ticket: sold at the price of its batch, cancelled or expired, each once."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.actors import Actor
from inventory.errors import CompositionMismatch
from inventory.models import AllocationMove, SpecialDate
from inventory.pricing import SpecialPricing
from resellers.models import Partner
from tests import gate, make
from ticketing import batches, ending, premade, reconcile
from ticketing.batches import Recipient
from ticketing.errors import (
    BatchExpired,
    IllegalMove,
    TicketAlreadyActivated,
    TicketNotCancellable,
    TicketNotFound,
    TicketNotSellable,
)
from ticketing.issuing import PricingContext
from ticketing.models import Batch, Order, SettlementEntry, Ticket

pytestmark = pytest.mark.django_db
OPERATOR = Actor("staff:ops", reason="printed wrongly")


@transaction.atomic
def cancel(ticket: Ticket, of: Partner | None = None) -> Ticket:
    partner = of or ticket.partner
    assert partner is not None
    return ending.cancel(partner=partner, code=ticket.code, at=make.now(), by=make.BY)


@transaction.atomic
def expire(ticket: Ticket) -> Ticket:
    return ending.expire(ticket_id=ticket.pk, at=make.now(), by=OPERATOR)


def histories(ticket: Ticket) -> list[str]:
    return [str(move) for move in ticket.history.all()]


def moves(ticket: Ticket) -> list[str]:
    """What the counters were told about this one ticket."""
    told = AllocationMove.objects.filter(cause_id=ticket.id).order_by("seq")
    return list(told.values_list("kind", flat=True))


def entries(ticket: Ticket) -> list[tuple[str, str, str]]:
    """(kind, gross, commission) of what was posted, in its order."""
    posted = SettlementEntry.objects.filter(ticket=ticket).order_by("id")
    return [(each.kind, str(each.gross), str(each.commission)) for each in posted]


# --- Sold ------------------------------------------------------------------------------------


def test_a_sale_is_one_ticket_one_order_one_unit_one_entry() -> None:
    product = make.product(5)
    waiting = make.premade_ticket(product_id=product.pk)

    ticket, order = make.sell(waiting)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.order, ticket.customer_type) == ("ACTIVE", order, "adult")
    assert ticket.price == order.total_amount == 288
    assert order.currency == "HKD"
    assert ticket.activated_at == order.confirmed_at == order.created_at
    assert (order.status, order.batch, order.reservation) == ("CONFIRMED", ticket.batch, None)
    assert (order.partner, order.channel, order.quantity) == (ticket.partner, "ota", 1)
    assert order.customer.email == make.CUSTOMER["email"]
    assert histories(ticket) == ["PRE_GENERATED", "PRE_GENERATED → ACTIVE"]
    assert [str(move) for move in order.history.all()] == [
        "PENDING_PAYMENT",
        "PENDING_PAYMENT → CONFIRMED",
    ]
    assert (moves(ticket), make.pool(product)) == (["sell"], (5, 0, 1))
    assert entries(ticket) == [("activation", "288.00", "0.00")]
    assert list(reconcile.differences()) == []


def sold_for(batch: Batch, **context: Any) -> Decimal:
    waiting = batch.tickets.filter(status="PRE_GENERATED")[0]
    return make.sell(waiting, PricingContext(**context))[1].total_amount


def test_locked_prices_survive_every_change_of_the_product() -> None:
    product = make.product(discounts={"child": 100})
    batch = make.batch(4, product_id=product.pk)
    type(product).objects.update(weekday_price=999, weekend_price=1999, is_active=False)
    product.discounts.update(amount=1)

    assert sold_for(batch) == 288
    assert sold_for(batch, customer_type="child") == 188
    assert sold_for(batch, visit_date=make.A_SATURDAY) == 318
    assert sold_for(batch, customer_types={"child": 1}, visit_date=make.A_SATURDAY) == 218


def test_a_special_batch_knows_its_own_prices_only() -> None:
    own = {"child": Decimal(150)}
    special = SpecialPricing(Decimal(250), Decimal(25), own_prices=own)
    batch = make.batch(5, special_pricing=special)

    assert sold_for(batch) == 250
    assert sold_for(batch, customer_type="elderly") == 250
    assert sold_for(batch, customer_type="child") == 150
    assert sold_for(batch, customer_type="child", visit_date=make.A_SATURDAY) == 175
    assert sold_for(batch, visit_date=make.A_SATURDAY) == 275


def test_multipliers_are_locked_for_default_prices_and_ignored_by_special_ones() -> None:
    day = date(2026, 12, 31)
    SpecialDate.objects.create(date=day, multiplier="1.50")
    product = make.product(discounts={"child": 100})
    locked = make.batch(2, product_id=product.pk)
    special = make.batch(1, product_id=product.pk, special_pricing=SpecialPricing(Decimal(100)))
    SpecialDate.objects.all().delete()

    assert sold_for(locked, visit_date=day) == 432
    assert sold_for(locked, visit_date=day, customer_type="child") == 332
    assert sold_for(special, visit_date=day) == 100


def test_the_clock_of_the_sale_does_not_change_the_price() -> None:
    waiting = make.premade_ticket()
    assert waiting.partner is not None
    _, order = premade.activate(
        partner=waiting.partner,
        code=waiting.code,
        customer_details=make.CUSTOMER,
        payment_reference="PAY-1",
        context=make.NO_CONTEXT,
        at=make.now().replace(year=2027, month=1, day=2),  # a Saturday
        by=make.BY,
    )
    assert order.total_amount == 288


def test_a_ticket_is_sold_once() -> None:
    product = make.product(5)
    waiting = make.premade_ticket(product_id=product.pk)
    make.sell(waiting)
    with pytest.raises(TicketAlreadyActivated):
        make.sell(waiting)
    assert (Order.objects.count(), make.pool(product)) == (1, (5, 0, 1))


def used(ticket: Ticket) -> None:
    make.sell(ticket)
    gate.use_up(ticket)


@pytest.mark.parametrize(
    ("end", "refusal"),
    [(cancel, TicketNotSellable), (expire, TicketNotSellable), (used, TicketAlreadyActivated)],
)
def test_only_a_waiting_ticket_is_sold(end: Any, refusal: type[Exception]) -> None:
    waiting = make.premade_ticket()
    end(waiting)
    before = Order.objects.count()
    with pytest.raises(refusal):
        make.sell(waiting)
    assert Order.objects.count() == before


def test_a_ticket_of_a_reservation_is_not_sold_again() -> None:
    with pytest.raises(TicketAlreadyActivated):
        make.sell(make.ticket())


def test_a_refused_sale_leaves_nothing() -> None:
    product = make.product(5)
    waiting = make.premade_ticket(product_id=product.pk)
    with pytest.raises(CompositionMismatch):
        make.sell(waiting, PricingContext(customer_types={"adult": 2}))
    waiting.refresh_from_db()
    assert (waiting.status, Order.objects.count()) == ("PRE_GENERATED", 0)
    assert (entries(waiting), make.pool(product)) == ([], (5, 1, 0))


def test_after_the_sales_period_a_sale_is_refused_only_where_that_is_enforced(
    settings: Any,
) -> None:
    batch = make.batch(2)
    Batch.objects.update(expires_at=make.now() - timedelta(seconds=1))
    first, second = batch.tickets.all()
    settings.ENFORCE_BATCH_EXPIRY = True
    with pytest.raises(BatchExpired):
        make.sell(first)
    settings.ENFORCE_BATCH_EXPIRY = False
    assert make.sell(second)[0].status == "ACTIVE"


# --- Settlement ------------------------------------------------------------------------------


def test_the_commission_is_the_reseller_s_at_the_moment_of_the_sale() -> None:
    reseller = make.reseller(commission_rate="0.1000")
    recipient = Recipient(reseller_id=reseller.pk)
    first, second = make.batch(2, of=reseller.partner, recipient=recipient).tickets.all()
    make.sell(first)
    type(reseller).objects.update(commission_rate="0.1250")
    make.sell(second)

    assert entries(first) == [("activation", "288.00", "28.80")]
    assert entries(second) == [("activation", "288.00", "36.00")]
    entry = SettlementEntry.objects.get(ticket=first)
    assert (entry.reseller, entry.net) == (reseller, Decimal("259.20"))
    assert (str(entry.commission_rate), entry.by) == ("0.1000", make.BY.name)


def test_a_commission_is_rounded_half_up_to_the_cent() -> None:
    reseller = make.reseller(commission_rate="0.0750")
    waiting = make.premade_ticket(
        of=reseller.partner,
        recipient=Recipient(reseller_id=reseller.pk),
        special_pricing=SpecialPricing(Decimal("99.80")),
    )
    make.sell(waiting)
    assert entries(waiting) == [("activation", "99.80", "7.49")]  # 7.485


def test_a_cancelled_sale_is_posted_back_as_it_was() -> None:
    reseller = make.reseller()
    waiting = make.premade_ticket(of=reseller.partner, recipient=Recipient(reseller_id=reseller.pk))
    make.sell(waiting)
    type(reseller).objects.update(commission_rate="0.5000")
    cancel(waiting)
    assert entries(waiting) == [
        ("activation", "288.00", "28.80"),
        ("reversal", "-288.00", "-28.80"),
    ]


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_settlement_entry_is_final(change: str) -> None:
    make.sell(make.premade_ticket())
    rows = SettlementEntry.objects.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(gross=1) if change == "update" else rows.delete()


# --- Cancelled -------------------------------------------------------------------------------


def test_cancelling_an_unsold_ticket_releases_its_unit_once() -> None:
    product = make.product(5)
    waiting = make.premade_ticket(product_id=product.pk)

    first, again = cancel(waiting), cancel(waiting)

    assert first.cancelled_at is not None
    assert (first.status, again.cancelled_at) == ("CANCELLED", first.cancelled_at)
    assert histories(waiting) == ["PRE_GENERATED", "PRE_GENERATED → CANCELLED"]
    assert (moves(waiting), entries(waiting)) == (["release"], [])
    assert make.pool(product) == (5, 0, 0)


def test_cancelling_a_sold_ticket_gives_its_unit_back_once_and_ends_its_order() -> None:
    product = make.product(5)
    waiting = make.premade_ticket(product_id=product.pk)
    _, order = make.sell(waiting)

    cancel(waiting)
    cancel(waiting)

    order.refresh_from_db()
    assert order.status == "CANCELLED"
    assert order.total_amount == 288
    assert moves(waiting) == ["sell", "give_back"]
    assert make.pool(product) == (5, 0, 0)
    assert list(reconcile.differences()) == []


def test_an_issued_ticket_is_cancelled_too_and_its_order_with_the_last_one() -> None:
    product = make.product(5)
    order = make.order("CONFIRMED", on=product, quantity=2)
    first, second = order.tickets.all()

    cancel(first)
    order.refresh_from_db()
    assert order.status == "CONFIRMED"
    cancel(second)
    order.refresh_from_db()

    assert (order.status, make.pool(product)) == ("CANCELLED", (5, 0, 0))
    assert SettlementEntry.objects.count() == 0
    assert list(reconcile.differences()) == []


def redeem_one(ticket: Ticket) -> None:
    """One use of two is gone."""
    make.sell(ticket)
    gate.redeem(ticket, gate.TOKEN)


@pytest.mark.parametrize("end", [redeem_one, used, expire])
def test_what_is_redeemed_used_or_expired_cannot_be_cancelled(end: Any) -> None:
    product = make.product(5, functions={"PLAYGROUND_TOKEN": 2})
    waiting = make.premade_ticket(product_id=product.pk)
    end(waiting)
    before = make.pool(product)
    with pytest.raises(TicketNotCancellable):
        cancel(waiting)
    assert make.pool(product) == before


def test_a_strangers_ticket_does_not_exist() -> None:
    waiting, stranger = make.premade_ticket(), make.partner()
    with pytest.raises(TicketNotFound):
        cancel(waiting, of=stranger)
    waiting.partner = stranger
    with pytest.raises(TicketNotFound):
        make.sell(waiting)


# --- Expired by hand -------------------------------------------------------------------------


def test_expiring_an_unsold_ticket_releases_its_unit_and_keeps_the_reason() -> None:
    product = make.product(5)
    waiting = make.premade_ticket(product_id=product.pk)
    expire(waiting)
    last = waiting.history.last()
    assert last is not None
    assert (last.status, last.by, last.reason) == ("EXPIRED", "staff:ops", "printed wrongly")
    assert (moves(waiting), make.pool(product)) == (["release"], (5, 0, 0))


def test_expiring_a_sold_ticket_keeps_it_sold() -> None:
    product = make.product(5)
    waiting = make.premade_ticket(product_id=product.pk)
    make.sell(waiting)
    expire(waiting)
    assert (moves(waiting), make.pool(product)) == (["sell"], (5, 0, 1))
    assert entries(waiting) == [("activation", "288.00", "0.00")]
    assert list(reconcile.differences()) == []


@pytest.mark.parametrize("end", [used, expire, cancel])
def test_what_has_ended_does_not_expire(end: Any) -> None:
    waiting = make.premade_ticket()
    end(waiting)
    with pytest.raises(IllegalMove):
        expire(waiting)


def test_one_ticket_of_a_batch_and_then_its_rest_are_each_released_once() -> None:
    product = make.product(9)
    batch = make.batch(4, product_id=product.pk)
    one, two, *_ = batch.tickets.all()
    cancel(one)
    expire(two)
    with transaction.atomic():
        rest = batches.cancel_rest(
            partner=batch.partner, batch_id=batch.batch_id, at=make.now(), by=make.BY
        )
    assert (rest, make.pool(product)) == (2, (9, 0, 0))
    assert list(reconcile.differences()) == []
