"""Place, pay and look at orders over HTTP: every status as it is documented."""

from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from qrcodes import images, tokens
from tests import make
from tests.partner_program import CUSTOMER, PAID, expect, program, refusal
from ticketing.models import Order, Ticket

FAILED = (422, "validation_failed")
MALFORMED = (400, "validation_failed")
NOWHERE = (404, "not_found")
PAY = {"payment_reference": "PAY-7"}


@pytest.mark.django_db
def test_an_order_says_what_is_to_be_paid_where_and_until_when() -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk, 2)
    placed = mine.ordered(held["reservation_id"])
    assert placed == {
        "order_id": Order.objects.get().order_id,
        "status": "PENDING_PAYMENT",
        "payment_required": {"amount": 576, "currency": "HKD"},
        "webhook_url": "http://testserver/payments/notify",
        "expires_at": held["expires_at"],
    }
    assert make.pool(product) == (10, 2, 0)


@pytest.mark.django_db
def test_an_order_is_shown_in_full_before_and_after_it_is_paid() -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    order_id = mine.ordered(held)["order_id"]
    unpaid = expect(200, mine.get(f"orders/{order_id}"))
    assert unpaid == {
        "order_id": order_id,
        "confirmation_code": Order.objects.get().confirmation_code,
        "product_id": product.pk,
        "quantity": 1,
        "total_amount": 288,
        "currency": "HKD",
        "status": "PENDING_PAYMENT",
        "payment_reference": None,
        "reservation_id": held,
        "batch_id": None,
        "customer_details": {**CUSTOMER, "phone": "+85212345678"},
        "created_at": unpaid["created_at"],
        "confirmed_at": None,
    }
    expect(200, mine.post("activate", {"order_id": order_id, **PAY}))
    paid = expect(200, mine.get(f"orders/{order_id}"))
    assert datetime.fromisoformat(paid["confirmed_at"]) >= datetime.fromisoformat(
        paid["created_at"]
    )
    assert paid == {
        **unpaid,
        "status": "CONFIRMED",
        "payment_reference": "PAY-7",
        "confirmed_at": paid["confirmed_at"],
    }


@pytest.mark.django_db
def test_activating_an_order_answers_with_its_tickets() -> None:
    mine, product = program(), make.product()
    order_id = mine.ordered(mine.reserved(product.pk, 3)["reservation_id"])["order_id"]
    paid = expect(200, mine.post("activate", {"order_id": order_id, **PAY}))
    assert (paid["order_id"], paid["activation_status"]) == (order_id, "success")
    assert len({each["ticket_code"] for each in paid["tickets"]}) == 3
    assert make.pool(product) == (10, 0, 3)


@pytest.mark.django_db
def test_the_tickets_of_an_order_are_the_same_wherever_they_are_shown() -> None:
    mine, product = program(), make.product()
    sold = mine.activated(mine.reserved(product.pk, 2)["reservation_id"])
    path = f"orders/{sold['order_id']}/tickets"
    assert expect(200, mine.get(path))["tickets"] == sold["tickets"]
    assert mine.get(path).body == mine.get(path).body


@pytest.mark.django_db
def test_a_qr_code_is_the_ticket_s_own_picture() -> None:
    mine = program()
    ticket = make.ticket(of=mine.owner)
    (shown,) = expect(200, mine.get(f"orders/{ticket.order.order_id}/tickets"))["tickets"]  # type: ignore[union-attr]
    text = tokens.ticket_qr(ticket.code, ticket.generation, ticket.qr_kid)
    assert (shown["ticket_code"], shown["qr_code"]) == (ticket.code, images.data_uri(text))


@pytest.mark.django_db
def test_an_unpaid_order_has_no_tickets_yet() -> None:
    mine = program()
    order = make.order(of=mine.owner)
    assert expect(200, mine.get(f"orders/{order.order_id}/tickets")) == {"tickets": []}


@pytest.mark.django_db
def test_a_second_order_on_a_reservation_is_a_conflict() -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    mine.ordered(held)
    again = mine.post("orders", {"reservation_id": held, "customer_details": CUSTOMER})
    assert refusal(again) == (409, "reservation_has_order")
    assert Order.objects.count() == 1


@pytest.mark.django_db
def test_activating_the_reservation_completes_its_pending_order() -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    order_id = mine.ordered(held)["order_id"]
    other = {**CUSTOMER, "name": "Somebody Else"}
    sold = mine.activated(held, customer_details=other, pricing_context={"customer_type": "child"})
    assert (sold["order_id"], sold["total_amount"]) == (order_id, 288)
    shown = expect(200, mine.get(f"orders/{order_id}"))
    assert shown["customer_details"]["name"] == CUSTOMER["name"]
    assert (Order.objects.count(), Ticket.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_an_order_is_paid_once() -> None:
    mine, product = program(), make.product()
    order_id = mine.ordered(mine.reserved(product.pk)["reservation_id"])["order_id"]
    expect(200, mine.post("activate", {"order_id": order_id, **PAY}))
    again = mine.post("activate", {"order_id": order_id, **PAY})
    assert refusal(again) == (409, "order_already_confirmed")
    assert (Ticket.objects.count(), make.pool(product)) == (1, (10, 0, 1))


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["overdue", "swept"])
def test_an_order_lapses_with_its_hold_whether_or_not_it_was_swept(state: str) -> None:
    mine, product = program(), make.product(ota=1)
    if state == "swept":
        order = make.order("EXPIRED", of=mine.owner, on=product)
    else:
        order = make.order(of=mine.owner, on=product)
        make.lapse(order.reservation)  # type: ignore[arg-type]
    shown = expect(200, mine.get(f"orders/{order.order_id}"))
    assert (shown["status"], shown["total_amount"]) == ("EXPIRED", 288)
    paid = mine.post("activate", {"order_id": order.order_id, **PAY})
    assert refusal(paid) == (409, "reservation_expired")
    assert expect(200, mine.get(f"orders/{order.order_id}/tickets")) == {"tickets": []}
    assert mine.free(product.pk) == 1


@pytest.mark.django_db
def test_cancelling_the_reservation_cancels_its_unpaid_order() -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    order_id = mine.ordered(held)["order_id"]
    assert mine.delete(f"reservations/{held}").status == 204
    assert expect(200, mine.get(f"orders/{order_id}"))["status"] == "CANCELLED"
    paid = mine.post("activate", {"order_id": order_id, **PAY})
    assert refusal(paid) == (409, "reservation_cancelled")
    assert make.pool(product) == (10, 0, 0)


@pytest.mark.django_db
def test_the_list_shows_paid_orders_newest_first() -> None:
    mine = program()
    paid = [make.order("CONFIRMED", of=mine.owner).order_id for _ in range(3)]
    for status in ("PENDING_PAYMENT", "CANCELLED", "EXPIRED"):
        make.order(status, of=mine.owner)
    make.order("CONFIRMED", of=make.partner())
    listed = expect(200, mine.get("orders"))
    assert [each["order_id"] for each in listed["orders"]] == paid[::-1]
    assert {name: listed[name] for name in ("total_count", "page", "page_size")} == {
        "total_count": 3,
        "page": 1,
        "page_size": 100,
    }
    assert listed["orders"][0] == expect(200, mine.get(f"orders/{paid[-1]}"))


@pytest.mark.django_db
def test_the_list_goes_by_page_and_by_cursor() -> None:
    mine = program()
    ids = [make.order("CONFIRMED", of=mine.owner).order_id for _ in range(3)][::-1]
    first = expect(200, mine.get("orders", limit=2))
    rest = expect(200, mine.get("orders", limit=2, cursor=first["next_cursor"]))
    second = expect(200, mine.get("orders", limit=2, page=2))
    beyond = expect(200, mine.get("orders", limit=2, page=9))
    assert [each["order_id"] for each in first["orders"] + rest["orders"]] == ids
    assert [each["order_id"] for each in second["orders"]] == ids[2:]
    assert (beyond["orders"], beyond["total_count"]) == ([], 3)


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["limit=1001", "limit=0", "page=0", "status=all", "cursor=x"])
def test_a_page_that_is_none_is_refused(query: str) -> None:
    assert refusal(program().get(f"/api/ota/orders?{query}")) == FAILED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "expected", "place"),
    [
        ({"reservation_id": ...}, MALFORMED, "/reservation_id"),
        ({"reservation_id": None}, MALFORMED, "/reservation_id"),
        ({"reservation_id": "x"}, MALFORMED, "/reservation_id"),
        ({"reservation_id": 5}, MALFORMED, "/reservation_id"),
        ({"pricing_context": []}, MALFORMED, "/pricing_context"),
        ({"pricing_context": {"x": 1}}, MALFORMED, "/pricing_context/x"),
        ({"pricing_context": {"visit_date": "soon"}}, MALFORMED, "/pricing_context/visit_date"),
        ({"pricing_context": {"visit_date": 5}}, MALFORMED, "/pricing_context/visit_date"),
        ({"pricing_context": {"visit_date": "2026-02-30"}}, FAILED, "/pricing_context/visit_date"),
        ({"pricing_context": {"customer_type": "pet"}}, FAILED, "/pricing_context/customer_type"),
        ({"special_requests": "x" * 1001}, FAILED, "/special_requests"),
        ({"special_requests": "a\0b"}, MALFORMED, "/special_requests"),
        ({"total_amount": 1}, MALFORMED, "/total_amount"),
    ],
    ids=str,
)
def test_an_order_that_is_wrong_names_the_place(
    change: dict[str, Any], expected: tuple[int, str], place: str
) -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    body = {"reservation_id": held, "customer_details": CUSTOMER, **change}
    answer = mine.post("orders", {name: each for name, each in body.items() if each is not ...})
    assert (refusal(answer), answer.places[0][0]) == (expected, place)
    assert Order.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("context", "code"),
    [
        ({"customer_types": {"adult": 1}}, "composition_mismatch"),
        ({"customer_types": {"adult": 2, "child": 1}}, "composition_mismatch"),
        ({"customer_types": {"adult": 1, "pet": 1}}, "unknown_customer_type"),
        ({"customer_types": {}}, "validation_failed"),
        ({"customer_types": {"adult": 0, "child": 2}}, "validation_failed"),
        ({"customer_types": {"adult": -1, "child": 3}}, "validation_failed"),
        ({"customer_type": "adult", "customer_types": {"adult": 2}}, "composition_mismatch"),
    ],
)
@pytest.mark.parametrize("path", ["orders", "reservations/{id}/activate"])
def test_units_by_type_that_do_not_add_up_are_not_acceptable(
    path: str, context: dict[str, Any], code: str
) -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk, 2)["reservation_id"]
    rest = {"reservation_id": held, "customer_details": CUSTOMER} if path == "orders" else PAID
    answer = mine.post(path.format(id=held), {**rest, "pricing_context": context})
    assert refusal(answer) == (422, code)
    assert make.pool(product) == (10, 2, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"order_id": ...}, MALFORMED), ({"order_id": 5}, MALFORMED), ({"order_id": "x"}, NOWHERE),
        ({"order_id": "x" * 41}, FAILED), ({"payment_reference": ...}, MALFORMED),
        ({"payment_reference": "a b"}, FAILED), ({"payment_reference": None}, MALFORMED),
        ({"x": 1}, MALFORMED),
    ],
    ids=str,
)  # fmt: skip
def test_a_payment_report_that_is_wrong_is_refused(
    change: dict[str, Any], expected: tuple[int, str]
) -> None:
    mine = program()
    body = {"order_id": make.order(of=mine.owner).order_id, **PAY, **change}
    answer = mine.post("activate", {name: each for name, each in body.items() if each is not ...})
    assert refusal(answer) == expected
    assert Ticket.objects.count() == 0


@pytest.mark.django_db
def test_without_qr_keys_nothing_is_sold_and_the_fault_is_named(settings: Settings) -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    settings.QR_KEYS = []
    answer = mine.post(f"reservations/{held}/activate", PAID)
    assert refusal(answer) == (500, "qr_not_configured")
    assert (make.pool(product), Order.objects.count()) == ((10, 1, 0), 0)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "statements"), [("orders", 4), ("orders/{id}/tickets", 5)])
def test_a_longer_list_costs_no_more_statements(
    path: str, statements: int, count: int, django_assert_num_queries: object
) -> None:
    mine = program()
    orders = [make.order("CONFIRMED", of=mine.owner, quantity=count) for _ in range(count)]
    mine.get("orders")  # notes when the key was last used
    with django_assert_num_queries(statements):  # type: ignore[operator]
        mine.get(path.format(id=orders[0].order_id))
