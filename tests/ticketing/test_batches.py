"""A batch comes whole or not at all, at prices nothing touches; its rest ends in one go."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from config.errors import Refusal
from inventory import allocations
from inventory.errors import SoldOut, UnknownProduct
from inventory.models import AllocationMove, Product
from inventory.pricing import SpecialPricing
from qrcodes.errors import QrNotConfigured
from resellers.errors import ResellerInactive, UnknownReseller
from resellers.models import Partner
from tests import make
from ticketing import analytics, batches, reconcile
from ticketing.batches import Recipient
from ticketing.errors import BatchNotFound, DuplicateBatch
from ticketing.models import Batch, Ticket, TicketMove

CODE = r"CRUISE-20\d\d-FERRY-\d{13}-[0-9A-HJKMNP-TV-Z]{16}"
FUNCTIONS = {"FERRY_BOARDING": 1, "PLAYGROUND_TOKEN": 10}


def counts(batch: Batch) -> dict[str, int]:
    """Tickets by status, the statuses there are."""
    return {status: n for status, n in analytics.counts([batch])[batch.pk].items() if n}


@transaction.atomic
def cancel_rest(batch: Batch, of: Partner | None = None) -> int:
    return batches.cancel_rest(
        partner=of or batch.partner, batch_id=batch.batch_id, at=make.now(), by=make.BY
    )


@transaction.atomic
def expire_rest(batch: Batch) -> int:
    return batches.expire_rest(batch=batch, at=make.now(), by=make.BY)


# --- Generate --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_ticket_of_a_batch_is_ready_to_be_printed() -> None:
    product = make.product(10, functions=FUNCTIONS)
    batch = make.batch(4, product_id=product.pk)

    tickets = batch.tickets.all()
    assert len({ticket.code for ticket in tickets}) == 4
    for ticket in tickets:
        assert re.fullmatch(CODE, ticket.code)
        assert (ticket.status, ticket.partner, ticket.product) == (
            "PRE_GENERATED", batch.partner, product,
        )  # fmt: skip
        assert ticket.entitlements == [
            {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
            {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
        ]
        assert (ticket.order, ticket.price, ticket.activated_at) == (None, None, None)
        assert [str(move) for move in ticket.history.all()] == ["PRE_GENERATED"]
    assert make.pool(product) == (10, 4, 0)
    assert list(reconcile.differences()) == []


@pytest.mark.django_db
def test_its_units_are_held_by_one_move_that_names_the_batch() -> None:
    batch = make.batch(4)
    (move,) = AllocationMove.objects.filter(cause_id=batch.id)
    assert (move.kind, move.cause_kind, move.d_reserved) == ("hold", "batch", 4)
    assert (move.by, move.request_id) == (make.BY.name, make.BY.request_id)


@pytest.mark.django_db
@pytest.mark.parametrize(("mode", "days"), [("direct_sale", 7), ("reseller_batch", 30)])
def test_the_sales_period_follows_the_way_of_distribution(mode: str, days: int) -> None:
    batch = make.batch(1, distribution_mode=mode)
    assert batch.expires_at - batch.created_at == timedelta(days=days)


@pytest.mark.django_db
def test_more_tickets_take_no_more_statements(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    product = make.product(2000)
    _, few = make.statements(lambda: make.batch(1, product_id=product.pk))
    _, many = make.statements(lambda: make.batch(1000, product_id=product.pk))
    assert few == many <= 15
    assert make.pool(product) == (2000, 1001, 0)


# --- Prices ----------------------------------------------------------------------------------


def priced(product: Product, **special: Any) -> dict[str, Any]:
    special_pricing = SpecialPricing(**special) if special else None
    batch = make.batch(1, product_id=product.pk, special_pricing=special_pricing)
    snapshot: dict[str, Any] = batch.pricing_snapshot
    return snapshot


@pytest.mark.django_db
def test_without_special_pricing_the_product_s_prices_of_that_moment_are_locked() -> None:
    product = make.product(discounts={"child": 100})
    assert priced(product) == {
        "base_price": 288,
        "weekend_premium": 30,
        "currency": "HKD",
        "customer_type_pricing": [],
        "customer_discounts": {"child": 100},
        "special_dates": {},
    }


@pytest.mark.django_db
def test_special_pricing_replaces_the_product_s_prices() -> None:
    product = make.product(discounts={"child": 100})
    own = {"child": Decimal(150), "elderly": Decimal("200.5")}
    given = {"base_price": Decimal(250), "weekend_premium": Decimal(25), "own_prices": own}
    assert priced(product, **given) == {
        "base_price": 250,
        "weekend_premium": 25,
        "currency": "HKD",
        "customer_type_pricing": [
            {"customer_type": "child", "price": 150},
            {"customer_type": "elderly", "price": 200.5},
        ],
        "customer_discounts": {},
        "special_dates": {},
    }


@pytest.mark.django_db
def test_what_special_pricing_leaves_out_is_the_product_s_premium_and_the_dollar() -> None:
    snapshot = priced(make.product(), base_price=Decimal(250))
    assert (snapshot["weekend_premium"], snapshot["currency"]) == (30, "HKD")
    assert priced(make.product(), base_price=Decimal(9), currency="USD")["currency"] == "USD"


@pytest.mark.django_db
def test_special_pricing_changes_neither_the_product_nor_other_batches() -> None:
    product = make.product()
    priced(product, base_price=Decimal(1))
    product.refresh_from_db()
    assert product.weekday_price == 288
    assert priced(product)["base_price"] == 288


# --- Recipients ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_batch_is_linked_to_the_reseller_it_is_meant_for() -> None:
    reseller = make.reseller(name="Harbour Tours")
    meant = make.batch(1, of=reseller.partner, recipient=Recipient("Harbour Tours", "Counter"))
    unknown = make.batch(1, of=reseller.partner, recipient=Recipient("Somebody Else"))
    assert (meant.reseller, meant.intended_reseller) == (reseller, "Harbour Tours")
    assert (meant.batch_purpose, unknown.reseller) == ("Counter", None)
    assert unknown.intended_reseller == "Somebody Else"


# --- All or nothing --------------------------------------------------------------------------


def refused(kind: type[Refusal], **wish: Any) -> None:
    """It is refused, and nothing of it is there."""
    moves = AllocationMove.objects.count()
    had = Batch.objects.count()
    with pytest.raises(kind):
        make.batch(**wish)
    assert (Batch.objects.count(), Ticket.objects.count()) == (had, had * 3)
    assert (TicketMove.objects.count(), AllocationMove.objects.count()) == (had * 3, moves)


@pytest.mark.django_db
def test_more_than_are_left_is_refused_and_leaves_nothing() -> None:
    product = make.product(10)
    make.reservation(on=product, quantity=8)
    refused(SoldOut, tickets=3, product_id=product.pk)
    assert make.pool(product) == (10, 8, 0)


@pytest.mark.django_db
def test_lapsed_holds_make_room_for_a_batch() -> None:
    product = make.product(10)
    for _ in range(4):
        make.reservation("overdue", on=product, quantity=2)
    assert counts(make.batch(9, product_id=product.pk)) == {"PRE_GENERATED": 9}
    assert make.pool(product) == (10, 9, 0)
    assert list(reconcile.differences()) == []


@pytest.mark.django_db
def test_a_product_that_is_not_sold_to_partners_is_refused() -> None:
    refused(UnknownProduct, product_id=4711)
    refused(UnknownProduct, product_id=make.product(is_active=False).pk)


@pytest.mark.django_db
def test_a_reseller_who_takes_no_batches_is_refused() -> None:
    inactive = make.reseller(is_active=False)
    recipient = Recipient(reseller_id=inactive.pk)
    refused(ResellerInactive, of=inactive.partner, recipient=recipient)
    refused(UnknownReseller, of=make.partner(), recipient=recipient)


@pytest.mark.django_db
def test_a_batch_id_serves_a_partner_once_and_every_partner() -> None:
    first = make.batch(batch_id="B-1")
    refused(DuplicateBatch, of=first.partner, batch_id="B-1")
    assert make.batch(batch_id="B-1").partner != first.partner
    assert make.batch(of=first.partner, batch_id="b-1").pk != first.pk


@pytest.mark.django_db
def test_without_a_key_for_its_qr_codes_no_batch_is_made(settings: Any) -> None:
    product = make.product().pk
    settings.QR_KEYS = []
    refused(QrNotConfigured, product_id=product)


# --- The rest --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_cancelling_the_rest_spares_what_is_sold() -> None:
    product = make.product(10)
    batch = make.batch(5, product_id=product.pk)
    make.sell(batch.tickets.all()[0])

    assert cancel_rest(batch) == 4

    assert counts(batch) == {"ACTIVE": 1, "CANCELLED": 4}
    assert make.pool(product) == (10, 0, 1)
    cancelled = batch.tickets.filter(status="CANCELLED")
    assert {[str(move) for move in each.history.all()][-1] for each in cancelled} == {
        "PRE_GENERATED → CANCELLED"
    }
    assert None not in cancelled.values_list("cancelled_at", flat=True)
    assert list(reconcile.differences()) == []


@pytest.mark.django_db
def test_cancelling_the_rest_twice_releases_it_once() -> None:
    product = make.product(10)
    batch = make.batch(5, product_id=product.pk)
    assert (cancel_rest(batch), cancel_rest(batch), expire_rest(batch)) == (5, 0, 0)
    assert make.pool(product) == (10, 0, 0)
    assert AllocationMove.objects.filter(cause_id=batch.id, kind="release").count() == 1


@pytest.mark.django_db
def test_the_rest_of_a_strangers_batch_does_not_exist() -> None:
    batch = make.batch()
    with pytest.raises(BatchNotFound):
        cancel_rest(batch, of=make.partner())
    assert counts(batch) == {"PRE_GENERATED": 3}


@pytest.mark.django_db
def test_an_operator_expires_the_rest() -> None:
    product = make.product(10)
    batch = make.batch(5, product_id=product.pk)
    make.sell(batch.tickets.all()[0])
    assert expire_rest(batch) == 4
    assert counts(batch) == {"ACTIVE": 1, "EXPIRED": 4}
    assert make.pool(product) == (10, 0, 1)


# --- The end of the sales period -------------------------------------------------------------


def overdue(tickets: int = 3, **wish: Any) -> Batch:
    batch = make.batch(tickets, **wish)
    Batch.objects.filter(pk=batch.pk).update(expires_at=make.now() - timedelta(seconds=1))
    return batch


@pytest.mark.django_db
def test_the_end_of_the_sales_period_is_for_reference_only() -> None:
    batch = overdue()
    assert batches.sweep(at=make.now) == 0
    sold, _ = make.sell(batch.tickets.all()[0])
    assert (sold.status, counts(batch)) == ("ACTIVE", {"ACTIVE": 1, "PRE_GENERATED": 2})


@pytest.mark.django_db
def test_where_it_is_enforced_overdue_rests_expire_and_nothing_else(settings: Any) -> None:
    settings.ENFORCE_BATCH_EXPIRY = True
    product = make.product(20)
    due, current = overdue(5, product_id=product.pk), make.batch(5, product_id=product.pk)
    settings.ENFORCE_BATCH_EXPIRY = False
    make.sell(due.tickets.all()[0])
    settings.ENFORCE_BATCH_EXPIRY = True

    assert (batches.sweep(at=make.now), batches.sweep(at=make.now)) == (4, 0)

    assert counts(due) == {"ACTIVE": 1, "EXPIRED": 4}
    assert counts(current) == {"PRE_GENERATED": 5}
    assert make.pool(product) == (20, 5, 1)
    assert list(reconcile.differences()) == []


@pytest.mark.django_db
def test_a_batch_that_fails_stops_no_other(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ENFORCE_BATCH_EXPIRY = True
    broken, sound = overdue(), overdue()
    expire = batches.expire_rest

    def fail_for_one(*, batch: Batch, **facts: Any) -> int:
        if batch == broken:
            raise allocations.Drift("a bug")
        return expire(batch=batch, **facts)

    monkeypatch.setattr(batches, "expire_rest", fail_for_one)

    assert batches.sweep(at=make.now) == 3
    assert (counts(broken), counts(sound)) == ({"PRE_GENERATED": 3}, {"EXPIRED": 3})
