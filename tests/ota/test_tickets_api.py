"""Pre-made tickets over HTTP: found, sold, cancelled, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from resellers.models import Partner
from tests import gate, make
from tests.partner_program import CUSTOMER, PAID, Program, expect, program, refusal
from ticketing.batches import Recipient
from ticketing.models import Batch, Order, SettlementEntry, Ticket

pytestmark = pytest.mark.django_db
FAILED = (422, "validation_failed")
MALFORMED = (400, "validation_failed")
NOWHERE = (404, "not_found")


def listed(mine: Program, **query: Any) -> dict[str, Any]:
    return expect(200, mine.get("tickets", **query))


def codes(mine: Program, **query: Any) -> set[str]:
    """The codes listed, all on one page."""
    shown = listed(mine, **query)
    assert shown["total_count"] == len(shown["tickets"])
    return {each["ticket_code"] for each in shown["tickets"]}


def codes_of(batch: Batch, **facts: Any) -> set[str]:
    return set(batch.tickets.filter(**facts).values_list("code", flat=True))


# --- The list --------------------------------------------------------------------------------


def test_a_ticket_is_shown_before_and_after_it_is_sold() -> None:
    mine, product = program(), make.product()
    code = mine.generated(product.pk, 1)["tickets"][0]["ticket_code"]
    (waiting,) = listed(mine)["tickets"]
    assert waiting == {
        "ticket_code": code,
        "status": "PRE_GENERATED",
        "product_id": product.pk,
        "batch_id": "B-1",
        "reseller_id": None,
        "order_id": None,
        "customer_type": None,
        "price": None,
        "created_at": waiting["created_at"],
        "activated_at": None,
    }
    sold = mine.sold(code, customer_type="adult")
    assert listed(mine)["tickets"] == [
        {
            **waiting,
            "status": "ACTIVE",
            "order_id": sold["order_id"],
            "customer_type": "adult",
            "price": 288,
            "activated_at": sold["activated_at"],
        }
    ]


@pytest.fixture
def some() -> tuple[Program, Batch, Batch]:
    """A program with two batches of different products, one of a reseller, and a reservation."""
    mine = program()
    reseller = make.reseller(mine.owner)
    first = make.batch(3, of=mine.owner)
    second = make.batch(2, of=mine.owner, recipient=Recipient(reseller_id=reseller.pk))
    make.sell(first.tickets.all()[0])
    make.ticket(of=mine.owner)
    make.batch(4)
    return mine, first, second


def test_every_filter_chooses_and_filters_combine(some: tuple[Program, Batch, Batch]) -> None:
    mine, first, second = some
    both = codes_of(first) | codes_of(second)
    between = (first.created_at + (second.created_at - first.created_at) / 2).isoformat()

    assert codes(mine) == both
    assert codes(mine, status="ACTIVE") == codes_of(first, status="ACTIVE")
    assert codes(mine, status="PRE_GENERATED") == both - codes_of(first, status="ACTIVE")
    assert codes(mine, batch_id=first.batch_id) == codes_of(first)
    assert codes(mine, product_id=second.product_id) == codes_of(second)
    assert codes(mine, reseller_id=second.reseller_id) == codes_of(second)
    assert codes(mine, created_after=between) == codes_of(second)
    assert codes(mine, created_before=between) == codes_of(first)
    assert codes(mine, created_after=between, created_before=between) == set()
    assert codes(mine, status="ACTIVE", batch_id=second.batch_id) == set()
    assert codes(mine, status="PRE_GENERATED", batch_id=first.batch_id) == codes_of(
        first, status="PRE_GENERATED"
    )
    assert codes(mine, batch_id="NONE") == set()


@pytest.mark.parametrize("status", ["PRE_GENERATED", "ACTIVE", "USED", "EXPIRED", "CANCELLED"])
def test_all_five_statuses_can_be_asked_for(status: str) -> None:
    mine = program()
    ticket = make.premade_ticket(of=mine.owner)
    make.sell(ticket)
    if status == "USED":
        gate.use_up(ticket)
    Ticket.objects.update(status=status)
    others = {"PRE_GENERATED", "ACTIVE", "USED", "EXPIRED", "CANCELLED"} - {status}
    assert codes(mine, status=status) == {ticket.code}
    assert [codes(mine, status=other) for other in others] == [set()] * 4


def test_tickets_of_reservations_are_listed_when_they_are_asked_for() -> None:
    mine = program()
    made, issued = make.premade_ticket(of=mine.owner), make.ticket(of=mine.owner)
    assert codes(mine) == codes(mine, origin="premade") == {made.code}
    assert codes(mine, origin="all") == {made.code, issued.code}
    shown = {each["ticket_code"]: each for each in listed(mine, origin="all")["tickets"]}
    assert shown[issued.code]["batch_id"] is None


def test_what_others_have_is_neither_shown_nor_told_apart() -> None:
    mine, strangers = program(), make.batch(3, recipient=Recipient("X"), batch_id="THEIRS")
    reseller = make.reseller(strangers.partner)
    Batch.objects.filter(pk=strangers.pk).update(reseller=reseller)
    make.batch(1, of=mine.owner)
    assert codes(mine, batch_id="THEIRS") == codes(mine, batch_id="NOBODYS") == set()
    assert codes(mine, reseller_id=reseller.pk) == set()


@pytest.mark.parametrize(
    "query",
    [
        {"status": "active"}, {"status": "ALL"}, {"status": ""}, {"status": ["ACTIVE", "USED"]},
        {"batch_id": "a b"}, {"batch_id": ""}, {"created_after": "2026-12-24"},
        {"created_after": "2026-12-24T10:00:00"}, {"created_before": "yesterday"},
        {"page": 0}, {"page": -1}, {"page": "x"}, {"limit": 0}, {"limit": 1001}, {"limit": 1.5},
        {"page_size": 1001}, {"limit": 5, "page_size": 6}, {"cursor": "x"}, {"colour": "red"},
        {"origin": "none"}, {"product_id": "x"}, {"reseller_id": 0},
    ],
    ids=str,
)  # fmt: skip
def test_a_query_that_cannot_be_is_not_acceptable(query: dict[str, Any]) -> None:
    assert refusal(program().get("tickets", **query)) == FAILED


def test_pages_and_cursors_show_every_ticket_once_in_one_order() -> None:
    mine = program()
    for _ in range(3):
        make.batch(5, of=mine.owner)  # five of the same moment each
    whole = [each["ticket_code"] for each in listed(mine)["tickets"]]
    assert len(set(whole)) == 15

    paged = [listed(mine, page=n, limit=4) for n in range(1, 6)]
    walked, cursor = [], listed(mine, limit=4)["next_cursor"]
    while cursor:
        behind = listed(mine, limit=4, cursor=cursor)
        assert (behind["total_count"], behind["page"], behind["page_size"]) == (15, None, 4)
        walked += [each["ticket_code"] for each in behind["tickets"]]
        cursor = behind["next_cursor"]

    assert [each["ticket_code"] for page in paged for each in page["tickets"]] == whole
    assert whole[:4] + walked == whole
    assert {(page["total_count"], page["page_size"]) for page in paged} == {(15, 4)}
    assert [len(page["tickets"]) for page in paged] == [4, 4, 4, 3, 0]


def test_a_cursor_goes_on_where_it_was_whatever_is_made_meanwhile() -> None:
    mine = program()
    make.batch(5, of=mine.owner)
    first = listed(mine, limit=3)
    make.batch(5, of=mine.owner)
    rest = listed(mine, limit=100, cursor=first["next_cursor"])
    seen = {each["ticket_code"] for each in first["tickets"] + rest["tickets"]}
    assert (len(seen), rest["next_cursor"]) == (5, None)


def test_a_list_of_many_takes_no_more_statements_than_one_of_few() -> None:
    mine = program()
    make.sell(make.premade_ticket(of=mine.owner))
    listed(mine)  # the first call of a key is noted
    _, few = make.statements(lambda: listed(mine))
    for ticket in make.batch(5, of=mine.owner).tickets.all():
        make.sell(ticket)
    _, many = make.statements(lambda: listed(mine))
    assert few == many


# --- Sold ------------------------------------------------------------------------------------


def a_ticket(of: Partner, **facts: Any) -> str:
    return make.premade_ticket(of=of, **facts).code


def test_a_sale_answers_with_the_ticket_and_its_order() -> None:
    mine = program()
    code = a_ticket(mine.owner)
    body = mine.sold(code)
    order = Order.objects.get()
    assert body == {
        "ticket_code": code,
        "order_id": order.order_id,
        "customer_name": CUSTOMER["name"],
        "status": "ACTIVE",
        "activated_at": body["activated_at"],
        "total_amount": 288,
        "currency": "HKD",
    }
    (shown,) = expect(200, mine.get("orders"))["orders"]
    assert (shown["order_id"], shown["quantity"]) == (order.order_id, 1)
    assert shown["customer_details"] == {**CUSTOMER, "phone": "+85212345678"}
    assert (shown["batch_id"], shown["reservation_id"]) == (
        order.batch and order.batch.batch_id,
        None,
    )


def test_customer_type_and_date_are_said_in_either_way() -> None:
    mine, product = program(), make.product(discounts={"child": 100})
    made = mine.generated(product.pk, 4)["tickets"]
    day = {"visit_date": make.A_SATURDAY.isoformat()}
    ways: list[dict[str, Any]] = [
        {"customer_type": "child", **day},
        {"pricing_context": {"customer_type": "child", **day}},
        {"pricing_context": {"customer_types": {"child": 1}, **day}},
        {},
    ]
    amounts = [
        mine.sold(each["ticket_code"], **way)["total_amount"]
        for each, way in zip(made, ways, strict=True)
    ]
    assert amounts == [218, 218, 218, 288]


def test_a_second_sale_is_a_conflict() -> None:
    mine = program()
    code = a_ticket(mine.owner)
    mine.sold(code)
    again = mine.post(f"tickets/{code}/activate", PAID)
    assert refusal(again) == (409, "ticket_already_activated")
    assert (Order.objects.count(), SettlementEntry.objects.count()) == (1, 1)


def test_a_cancelled_ticket_is_not_sold_and_an_unknown_one_is_nowhere() -> None:
    mine = program()
    code = a_ticket(mine.owner)
    expect(200, mine.post(f"tickets/{code}/cancel"))
    assert refusal(mine.post(f"tickets/{code}/activate", PAID)) == (409, "ticket_not_sellable")
    assert refusal(mine.post("tickets/CRUISE-1/activate", PAID)) == NOWHERE
    theirs = a_ticket(make.partner())
    assert refusal(mine.post(f"tickets/{theirs}/activate", PAID)) == NOWHERE


WRONG_DETAILS: list[Any] = [
    ..., None, 1, "x", [], {}, {**CUSTOMER, "phone": ...}, {**CUSTOMER, "name": ...},
    {**CUSTOMER, "email": ...}, {**CUSTOMER, "phone": None}, {**CUSTOMER, "phone": "x"},
    {**CUSTOMER, "email": "x"}, {**CUSTOMER, "name": ""}, {**CUSTOMER, "name": "x" * 101},
    {**CUSTOMER, "vip": True}, {**CUSTOMER, "phone": 85212345678},
]  # fmt: skip


@pytest.mark.parametrize("details", WRONG_DETAILS, ids=str)
def test_anything_wrong_in_customer_details_is_malformed(details: Any) -> None:
    mine = program()
    code = a_ticket(mine.owner)
    if isinstance(details, dict):
        details = {name: value for name, value in details.items() if value is not ...}
    body = {"payment_reference": "PAY-1", "customer_details": details}
    given = {name: value for name, value in body.items() if value is not ...}

    answer = mine.post(f"tickets/{code}/activate", given)

    assert refusal(answer) == MALFORMED
    assert {place.split("/")[1] for place, _ in answer.places} == {"customer_details"}
    assert (Order.objects.count(), Ticket.objects.get().status) == (0, "PRE_GENERATED")


@pytest.mark.parametrize("phone", ["+1234567890", "+1555000111"])
def test_documented_phone_numbers_are_taken(phone: str) -> None:
    mine = program()
    details = {**CUSTOMER, "phone": phone}
    assert mine.sold(a_ticket(mine.owner), customer_details=details)["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"payment_reference": ...}, MALFORMED), ({"payment_reference": 5}, MALFORMED),
        ({"payment_reference": ""}, FAILED), ({"payment_reference": "a b"}, FAILED),
        ({"customer_type": "alien"}, FAILED), ({"customer_type": 5}, MALFORMED),
        ({"visit_date": "24.12.2026"}, MALFORMED), ({"visit_date": "2026-02-30"}, FAILED),
        ({"colour": "red"}, MALFORMED),
        ({"customer_type": "child", "pricing_context": {}}, FAILED),
        ({"pricing_context": {"customer_types": {"adult": 2}}}, (422, "composition_mismatch")),
        ({"pricing_context": {"customer_types": {"alien": 1}}}, (422, "unknown_customer_type")),
    ],
    ids=str,
)  # fmt: skip
def test_the_rest_of_a_sale_is_judged_as_everywhere(
    more: dict[str, Any], expected: tuple[int, str]
) -> None:
    mine = program()
    given = {name: value for name, value in {**PAID, **more}.items() if value is not ...}
    assert refusal(mine.post(f"tickets/{a_ticket(mine.owner)}/activate", given)) == expected
    assert Order.objects.count() == 0


def test_a_sale_is_repeated_by_its_key() -> None:
    mine = program()
    path = f"tickets/{a_ticket(mine.owner)}/activate"
    first, again = (mine.post(path, PAID, once="k") for _ in range(2))
    assert (again.status, again.body, Order.objects.count()) == (200, first.body, 1)
    assert again.headers["idempotent-replayed"] == "true"


def test_over_the_end_of_the_sales_period_a_sale_is_refused_where_that_is_enforced(
    settings: Any,
) -> None:
    mine = program()
    code = a_ticket(mine.owner)
    Batch.objects.update(expires_at=make.now() - timedelta(seconds=1))
    settings.ENFORCE_BATCH_EXPIRY = True
    assert refusal(mine.post(f"tickets/{code}/activate", PAID)) == (409, "batch_expired")
    settings.ENFORCE_BATCH_EXPIRY = False
    assert mine.sold(code)["status"] == "ACTIVE"


# --- Cancelled -------------------------------------------------------------------------------


def test_cancelling_twice_gives_the_first_answer_and_one_unit() -> None:
    mine, product = program(), make.product()
    code = a_ticket(mine.owner, product_id=product.pk)
    assert mine.free(product.pk) == 9
    first, again = (expect(200, mine.post(f"tickets/{code}/cancel")) for _ in range(2))
    assert (
        first
        == again
        == {
            "ticket_code": code,
            "status": "CANCELLED",
            "cancelled_at": first["cancelled_at"],
        }
    )
    assert mine.free(product.pk) == 10


def test_a_sold_ticket_is_cancelled_and_its_order_leaves_the_list() -> None:
    mine, product = program(), make.product()
    code = a_ticket(mine.owner, product_id=product.pk)
    order_id = mine.sold(code)["order_id"]
    expect(200, mine.post(f"tickets/{code}/cancel", {}))
    assert expect(200, mine.get("orders"))["orders"] == []
    order = expect(200, mine.get(f"orders/{order_id}"))
    assert (order["status"], order["total_amount"]) == ("CANCELLED", 288)
    assert mine.free(product.pk) == 10


@pytest.mark.parametrize("status", ["USED", "EXPIRED"])
def test_a_used_or_expired_ticket_is_not_cancelled(status: str) -> None:
    mine = program()
    ticket = make.premade_ticket(of=mine.owner)
    make.sell(ticket)
    if status == "USED":
        gate.use_up(ticket)
    Ticket.objects.update(status=status)
    answer = mine.post(f"tickets/{ticket.code}/cancel")
    assert refusal(answer) == (409, "ticket_not_cancellable")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', {"reason": "x"}])
def test_a_cancellation_takes_no_other_body_than_an_empty_object(body: Any) -> None:
    mine = program()
    answer = mine.post(f"tickets/{a_ticket(mine.owner)}/cancel", body)
    assert refusal(answer) == MALFORMED
    assert Ticket.objects.get().status == "PRE_GENERATED"
