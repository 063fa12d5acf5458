"""Orders of customers over HTTP: placed, lapsed, cancelled, seen by their owner alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from inventory.models import AllocationMove, Product
from tests import make, shop
from tests.customer_program import Shopper, shopper
from tests.openapi import Answer
from tests.partner_program import CUSTOMER, expect, refusal
from ticketing import expiring, reconcile
from ticketing.models import Customer, Order, Reservation, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine() -> Shopper:
    return shopper(shop.account("chan@example.com", name="陳大文"))


@pytest.fixture
def product() -> Product:
    return shop.product(10, discounts={"child": 100})


@pytest.fixture(autouse=True)
def _nothing_drifts() -> object:
    yield
    assert list(reconcile.differences()) == []


def wish(product: Product, **changes: Any) -> dict[str, Any]:
    return {"product_id": product.pk, "quantity": 2, **changes}


def counts() -> list[int]:
    models: list[Any] = [Order, Reservation, Customer, Ticket, AllocationMove]
    return [model.objects.count() for model in models]


def test_an_order_holds_its_units_for_half_an_hour(mine: Shopper, product: Product) -> None:
    before = make.now()
    placed = mine.ordered(product.pk, 2)
    ends = datetime.fromisoformat(placed.pop("expires_at"))
    assert before + timedelta(minutes=30) <= ends <= make.now() + timedelta(minutes=30)
    order = Order.objects.get()
    assert placed == {
        "order_id": order.order_id,
        "status": "PENDING_PAYMENT",
        "payment_required": {"amount": 576, "currency": "HKD"},
        "webhook_url": "http://testserver/payments/notify",
    }
    assert (order.channel, order.partner, order.account) == ("direct", None, mine.owner)
    assert shop.pool(product) == (10, 2, 0)
    assert order.reservation is not None
    assert (order.reservation.partner, order.reservation.quantity) == (None, 2)


def test_who_says_nothing_orders_for_oneself(mine: Shopper, product: Product) -> None:
    mine.ordered(product.pk)
    told = Customer.objects.get()
    assert (told.name, told.email, told.phone) == ("陳大文", "chan@example.com", "")


def test_an_order_may_be_for_somebody_else(mine: Shopper, product: Product) -> None:
    placed = mine.ordered(product.pk, customer_details={**CUSTOMER, "email": "wong@example.com"})
    shown = expect(200, mine.get(f"orders/{placed['order_id']}"))
    assert shown["customer_details"] == {
        "name": CUSTOMER["name"],
        "email": "wong@example.com",
        "phone": "+85212345678",
    }


def test_the_price_is_that_of_every_channel(mine: Shopper, product: Product) -> None:
    context = {"visit_date": "2026-12-26", "customer_types": {"adult": 1, "child": 2}}
    placed = mine.ordered(product.pk, 3, pricing_context=context)
    assert placed["payment_required"] == {"amount": 318 + 2 * 218, "currency": "HKD"}


def test_an_order_is_shown_with_what_is_due_until_when(mine: Shopper, product: Product) -> None:
    placed = mine.ordered(product.pk, 2)
    shown = expect(200, mine.get(f"orders/{placed['order_id']}"))
    assert (shown["status"], shown["quantity"], shown["total_amount"]) == (
        "PENDING_PAYMENT", 2, 576,
    )  # fmt: skip
    assert shown["payment_required"] == placed["payment_required"]
    assert shown["expires_at"] == placed["expires_at"]
    assert expect(200, mine.get(f"orders/{placed['order_id']}/tickets")) == {"tickets": []}


def test_a_paid_order_has_its_tickets(mine: Shopper, product: Product) -> None:
    order = shop.order("CONFIRMED", of=mine.account, on=product, quantity=2)
    shown = expect(200, mine.get(f"orders/{order.order_id}"))
    assert (shown["status"], shown["payment_required"], shown["expires_at"]) == (
        "CONFIRMED", None, None,
    )  # fmt: skip
    tickets = expect(200, mine.get(f"orders/{order.order_id}/tickets"))["tickets"]
    assert [each["status"] for each in tickets] == ["ACTIVE", "ACTIVE"]
    assert all(each["qr_code"].startswith("data:image/png;base64,") for each in tickets)
    assert [each["ticket_code"] for each in tickets] == sorted(
        order.tickets.values_list("code", flat=True)
    )


def test_own_orders_are_listed_newest_first_in_every_status(
    mine: Shopper, product: Product
) -> None:
    statuses = ["CONFIRMED", "CANCELLED", "overdue", "PENDING_PAYMENT"]
    for status in statuses:
        shop.order(status, of=mine.account, on=product)
    shop.order("CONFIRMED", on=product)
    body = expect(200, mine.get("orders"))
    assert [each["status"] for each in body["orders"]] == [
        "PENDING_PAYMENT", "EXPIRED", "CANCELLED", "CONFIRMED",
    ]  # fmt: skip
    assert (body["total_count"], body["page"], body["page_size"]) == (4, 1, 100)


def test_a_list_goes_on_where_its_cursor_says(mine: Shopper, product: Product) -> None:
    placed = [shop.order(of=mine.account, on=product).order_id for _ in range(5)]
    first = expect(200, mine.get("orders", limit=2))
    second = expect(200, mine.get("orders", limit=3, cursor=first["next_cursor"]))
    shown = [each["order_id"] for each in first["orders"] + second["orders"]]
    assert (shown, second["next_cursor"]) == (placed[::-1], None)


def test_a_list_of_three_asks_as_much_as_a_list_of_one(mine: Shopper, product: Product) -> None:
    shop.order("CONFIRMED", of=mine.account, on=product)
    _, one = make.statements(lambda: expect(200, mine.get("orders")))
    for status in ("CONFIRMED", "PENDING_PAYMENT"):
        shop.order(status, of=mine.account, on=product)
    _, three = make.statements(lambda: expect(200, mine.get("orders")))
    assert one == three


@pytest.mark.parametrize("query", ["page=0", "limit=1001", "status=all", "page=2&cursor=x"])
def test_a_list_takes_what_every_list_takes(mine: Shopper, query: str) -> None:
    assert refusal(mine.get(f"/api/orders?{query}")) == (422, "validation_failed")


@pytest.mark.parametrize(
    ("changes", "expected", "place"),
    [
        ({"quantity": 0}, (422, "validation_failed"), "/quantity"),
        ({"quantity": 21}, (422, "validation_failed"), "/quantity"),
        ({"quantity": "2"}, (400, "validation_failed"), "/quantity"),
        ({"product_id": None}, (400, "validation_failed"), "/product_id"),
        ({"account": "x"}, (400, "validation_failed"), "/account"),
        ({"channel": "ota"}, (400, "validation_failed"), "/channel"),
        ({"customer_details": None}, (422, "validation_failed"), "/customer_details"),
        ({"customer_details": {"name": "A"}}, (422, "validation_failed"),
         "/customer_details/email"),
        ({"pricing_context": {"customer_type": "dog"}}, (422, "validation_failed"),
         "/pricing_context/customer_type"),
    ],
    ids=str,
)  # fmt: skip
def test_an_order_that_is_not_as_documented_is_refused_at_its_place(
    mine: Shopper,
    product: Product,
    changes: dict[str, Any],
    expected: tuple[int, str],
    place: str,
) -> None:
    before = counts()
    answer = mine.post("orders", wish(product, **changes))
    assert refusal(answer) == expected
    assert answer.places[0][0] == place
    assert (counts(), shop.pool(product)) == (before, (10, 0, 0))


@pytest.mark.parametrize("missing", ["product_id", "quantity"])
def test_what_is_missing_is_named(mine: Shopper, product: Product, missing: str) -> None:
    body = {name: value for name, value in wish(product).items() if name != missing}
    answer = mine.post("orders", body)
    assert refusal(answer) == (400, "validation_failed")
    assert answer.places == [(f"/{missing}", "required")]


def test_what_is_not_sold_directly_is_unknown(mine: Shopper) -> None:
    only_partners, gone = make.product(10), shop.product()
    Product.objects.filter(pk=gone.pk).update(is_active=False)
    for product_id in (only_partners.pk, gone.pk, 999_999):
        answer = mine.post("orders", {"product_id": product_id, "quantity": 1})
        assert refusal(answer) == (422, "unknown_product")


def test_customer_types_have_to_add_up(mine: Shopper, product: Product) -> None:
    context = {"customer_types": {"adult": 1, "child": 2}}
    answer = mine.post("orders", wish(product, pricing_context=context))
    assert refusal(answer) == (422, "composition_mismatch")
    assert shop.pool(product) == (10, 0, 0)


def test_the_last_unit_is_sold_and_no_further(mine: Shopper) -> None:
    few = shop.product(3, ota=100)
    mine.ordered(few.pk, 2)
    before = counts()
    assert refusal(mine.post("orders", wish(few))) == (409, "insufficient_inventory")
    assert counts() == before
    mine.ordered(few.pk, 1)
    assert refusal(mine.post("orders", wish(few, quantity=1))) == (409, "insufficient_inventory")
    assert (shop.pool(few), make.pool(few)) == ((3, 3, 0), (100, 0, 0))


def test_unpaid_orders_of_a_customer_hold_only_so_many_units(
    mine: Shopper, settings: Settings
) -> None:
    settings.DIRECT_MAX_OPEN_ORDERS = 2
    few = shop.product(20)
    first, second = (mine.ordered(few.pk, 2)["order_id"] for _ in range(2))
    before = counts()
    assert refusal(mine.post("orders", wish(few))) == (409, "too_many_open_orders")
    assert (counts(), shop.pool(few)) == (before, (20, 4, 0))

    shop.lapse(Order.objects.get(order_id=first))  # nothing swept it
    mine.ordered(few.pk, 2)
    assert refusal(mine.post("orders", wish(few))) == (409, "too_many_open_orders")
    shop.pay(Order.objects.get(order_id=second))
    mine.ordered(few.pk, 2)
    shopper().ordered(few.pk, 2)  # nobody else's count


def test_an_order_lapses_at_once_without_any_worker(mine: Shopper) -> None:
    few, other = shop.product(2), shopper()
    placed = mine.ordered(few.pk, 2)["order_id"]
    assert refusal(other.post("orders", wish(few))) == (409, "insufficient_inventory")

    shop.lapse(Order.objects.get(order_id=placed))

    shown = expect(200, mine.get(f"orders/{placed}"))
    assert (shown["status"], shown["payment_required"], shown["expires_at"]) == (
        "EXPIRED", None, None,
    )  # fmt: skip
    assert refusal(mine.post(f"orders/{placed}/cancel")) == (409, "order_not_cancellable")
    assert other.free(few.pk) == 2
    assert other.ordered(few.pk, 2)["status"] == "PENDING_PAYMENT"
    assert expect(200, mine.get(f"orders/{placed}"))["status"] == "EXPIRED"
    assert shop.pool(few) == (2, 2, 0)


def test_the_sweep_returns_what_nobody_paid(mine: Shopper, product: Product) -> None:
    placed = Order.objects.get(order_id=mine.ordered(product.pk, 4)["order_id"])
    shop.lapse(placed)
    assert expiring.sweep(at=make.now) == 1
    placed.refresh_from_db()
    assert (placed.status, shop.pool(product)) == ("EXPIRED", (10, 0, 0))
    assert [move.status for move in placed.history.all()] == ["PENDING_PAYMENT", "EXPIRED"]


def test_a_cancelled_order_gives_its_units_back_once(mine: Shopper, product: Product) -> None:
    placed = mine.ordered(product.pk, 4)["order_id"]
    first = expect(200, mine.post(f"orders/{placed}/cancel"))
    assert (first["status"], first["payment_required"]) == ("CANCELLED", None)
    assert shop.pool(product) == (10, 0, 0)
    assert expect(200, mine.post(f"orders/{placed}/cancel", {})) == first
    order = Order.objects.get()
    moves = [(move.status, move.by) for move in order.history.all()]
    assert moves == [
        (status, f"customer:{mine.owner.pk}") for status in ("PENDING_PAYMENT", "CANCELLED")
    ]
    assert AllocationMove.objects.filter(kind="release").count() == 1


def test_a_paid_order_is_not_cancelled(mine: Shopper, product: Product) -> None:
    paid = shop.order("CONFIRMED", of=mine.account, on=product)
    answer = mine.post(f"orders/{paid.order_id}/cancel")
    assert refusal(answer) == (409, "order_not_cancellable")
    assert (Ticket.objects.get().status, shop.pool(product)) == ("ACTIVE", (10, 0, 1))


def test_cancelling_needs_no_body_and_takes_no_other(mine: Shopper, product: Product) -> None:
    placed = mine.ordered(product.pk)["order_id"]
    answer = mine.post(f"orders/{placed}/cancel", {"reason": "none"})
    assert refusal(answer) == (400, "validation_failed")
    assert shop.pool(product) == (10, 1, 0)


def test_what_is_history_names_the_opaque_id_and_nothing_else(
    mine: Shopper, product: Product
) -> None:
    mine.ordered(product.pk)
    order = Order.objects.get()
    told = str([list(order.history.values()), list(AllocationMove.objects.values())])
    assert str(mine.owner.pk) in told
    assert "chan" not in told
    assert "陳大文" not in told


@pytest.mark.django_db(transaction=True)
def test_twenty_customers_at_once_buy_the_last_five() -> None:
    product = shop.product(5)
    shoppers = [shopper() for _ in range(20)]
    answers = make.in_parallel(
        lambda each: each.post("orders", wish(product, quantity=1)), shoppers
    )
    verdicts = sorted(refusal(each) for each in answers if isinstance(each, Answer))
    assert verdicts == [(201, "")] * 5 + [(409, "insufficient_inventory")] * 15
    assert shop.pool(product) == (5, 5, 0)


@pytest.mark.django_db(transaction=True)
def test_an_order_is_cancelled_and_paid_at_once_and_one_of_them_wins() -> None:
    for _ in range(5):
        product, mine = shop.product(5), shopper()
        order = shop.order(of=mine.account, on=product)
        calls: list[Any] = [
            lambda mine=mine, order=order: mine.post(f"orders/{order.order_id}/cancel").status,
            lambda order=order: shop.pay(order),
        ]
        cancelled, paid = make.in_parallel(lambda call: call(), calls)
        order.refresh_from_db()
        assert (cancelled == 200) == (order.status == "CANCELLED")
        assert isinstance(paid, tuple) == (order.status == "CONFIRMED")
        assert shop.pool(product) == ((5, 0, 0) if cancelled == 200 else (5, 0, 1))
