"""A reservation becomes an order over HTTP: what is answered, kept and refused."""

from typing import Any

import pytest

from tests import make
from tests.partner_program import CUSTOMER, PAID, expect, program, refusal
from ticketing.models import Customer, Order

FAILED = (422, "validation_failed")
MALFORMED = (400, "validation_failed")


@pytest.mark.django_db
def test_activation_answers_with_the_order_and_a_ticket_per_unit() -> None:
    mine = program()
    product = make.product(functions={"FERRY_BOARDING": 1, "PLAYGROUND_TOKEN": 10})
    sold = mine.activated(mine.reserved(product.pk, 2)["reservation_id"])
    assert {name: sold[name] for name in ("total_amount", "currency", "status")} == {
        "total_amount": 576,
        "currency": "HKD",
        "status": "CONFIRMED",
    }
    assert len({each["ticket_code"] for each in sold["tickets"]}) == 2
    for each in sold["tickets"]:
        assert each["qr_code"].startswith("data:image/png;base64,iVBOR")
        assert (each["status"], each["customer_type"], each["price"]) == ("ACTIVE", "adult", 288)
        assert each["entitlements"] == [
            {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
            {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
        ]
    order = Order.objects.get(order_id=sold["order_id"])
    assert order.confirmation_code == sold["confirmation_code"]
    assert expect(200, mine.get("reservations", status="activated"))["total_count"] == 1


WRONG_DETAILS: list[Any] = [
    ..., None, 1, "x", [], {}, {**CUSTOMER, "name": ...}, {**CUSTOMER, "email": ...},
    {**CUSTOMER, "phone": ...}, {**CUSTOMER, "name": None}, {**CUSTOMER, "name": ""},
    {**CUSTOMER, "name": "  "}, {**CUSTOMER, "name": "x" * 101}, {**CUSTOMER, "name": 5},
    {**CUSTOMER, "name": "a\u202eb"}, {**CUSTOMER, "name": "a\u200bb"},
    {**CUSTOMER, "name": "a\nb"},
    {**CUSTOMER, "name": "a\0b"}, {**CUSTOMER, "email": "x"}, {**CUSTOMER, "email": "a@b"},
    {**CUSTOMER, "email": "a@еxample.com"}, {**CUSTOMER, "email": "a@example.com\n"},
    {**CUSTOMER, "phone": "x"}, {**CUSTOMER, "phone": "12345"}, {**CUSTOMER, "phone": "+" * 8},
    {**CUSTOMER, "phone": "٣" * 8}, {**CUSTOMER, "phone": "+852 1234 5678 ext. 9"},
    {**CUSTOMER, "phone": 85212345678}, {**CUSTOMER, "vip": True},
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["reservations/{id}/activate", "orders"])
def test_anything_wrong_in_customer_details_is_not_acceptable(path: str) -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    rest: dict[str, Any] = {"reservation_id": held} if path == "orders" else _paid
    for details in WRONG_DETAILS:
        given = details
        if isinstance(details, dict):
            given = {name: value for name, value in details.items() if value is not ...}
        body = rest if details is ... else {**rest, "customer_details": given}
        answer = mine.post(path.format(id=held), body)
        assert (answer.status, details) == (422, details)
        assert answer.places[0][0].startswith("/customer_details")
    assert (Customer.objects.count(), Order.objects.count()) == (0, 0)
    assert make.pool(product) == (10, 1, 0)


_paid = {"payment_reference": "PAY-1"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (..., MALFORMED), (None, MALFORMED), (5, MALFORMED), ("", FAILED), ("a b", FAILED),
        ("x" * 65, FAILED), ("é", FAILED), ("PAY-1\n", FAILED), ("<script>", FAILED),
    ],
)  # fmt: skip
def test_a_payment_reference_that_is_none_is_refused(
    reference: Any, expected: tuple[int, str]
) -> None:
    mine, product = program(), make.product()
    body = {**PAID, "payment_reference": reference}
    if reference is ...:
        del body["payment_reference"]
    answer = mine.post(f"reservations/{mine.reserved(product.pk)['reservation_id']}/activate", body)
    assert (refusal(answer), answer.places[0][0]) == (expected, "/payment_reference")


@pytest.mark.django_db
@pytest.mark.parametrize("reference", ["x", "x" * 64, "pay_1/2026-01:A.b"])
def test_a_payment_reference_is_kept_on_the_order(reference: str) -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    sold = mine.activated(held, payment_reference=reference)
    shown = expect(200, mine.get(f"orders/{sold['order_id']}"))
    assert shown["payment_reference"] == reference
    assert shown["customer_details"] == {**CUSTOMER, "phone": "+85212345678"}
    assert shown["reservation_id"] == held


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["李小明", "O'Brien-Ñandú", "نور الدين", "x", "x" * 100, "😀 Kim"])
def test_a_name_in_any_script_is_kept(name: str) -> None:
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    sold = mine.activated(held, customer_details={**CUSTOMER, "name": f" {name} "})
    assert expect(200, mine.get(f"orders/{sold['order_id']}"))["customer_details"]["name"] == name


@pytest.mark.django_db
def test_special_requests_are_stored_with_the_customer() -> None:
    mine, product = program(), make.product()
    mine.activated(
        mine.reserved(product.pk)["reservation_id"], special_requests="Wheelchair\nSecond line"
    )
    assert Customer.objects.get().special_requests == "Wheelchair\nSecond line"


@pytest.mark.django_db
def test_the_longest_details_there_may_be_are_kept() -> None:
    longest = {"name": "文" * 100, "email": f"{'a' * 60}@{'b' * 60}.hk", "phone": "+" + "8" * 20}
    mine, product = program(), make.product()
    held = mine.reserved(product.pk)["reservation_id"]
    sold = mine.activated(held, customer_details=longest)
    assert expect(200, mine.get(f"orders/{sold['order_id']}"))["customer_details"] == longest
