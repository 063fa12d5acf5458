"""Who takes batches, over HTTP: by contract, by day in Hong Kong, by status; and what stays."""

from datetime import datetime
from typing import Any

import pytest

from resellers.models import Reseller
from tests import make
from tests.partner_program import Program, expect, program, refusal
from ticketing.models import Batch, SettlementEntry

pytestmark = pytest.mark.django_db
PATH = "tickets/bulk-generate"
REFUSED = (409, "reseller_inactive")
MARCH = {"start_date": "2027-03-01", "end_date": "2027-03-31"}


@pytest.fixture
def mine() -> Program:
    return program()


def registered(mine: Program, **facts: Any) -> dict[str, Any]:
    wish = {"reseller_code": "HARBOUR", "name": "Harbour Tours", **facts}
    return expect(201, mine.post("resellers", wish))


def wish(**named: Any) -> dict[str, Any]:
    number = next(make.NUMBERS)
    return {"product_id": make.product().pk, "quantity": 1, "batch_id": f"B-{number}", **named}


def in_all_ways(made: dict[str, Any]) -> list[dict[str, Any]]:
    """How a batch can be meant for it so that a refusal is due."""
    return [
        {"reseller_id": made["id"]},
        {"reseller_code": made["reseller_code"]},
        {"reseller_metadata": {"intended_reseller": made["reseller_code"]}},
    ]


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime.fromisoformat(moment))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"status": "inactive"}, "it is inactive"),
        ({"contract": {"status": "suspended"}}, "its contract is suspended"),
        ({"contract": {"status": "ended"}}, "its contract is ended"),
        ({"contract": {"start_date": "2099-01-01"}}, "its contract starts on 2099-01-01"),
        ({"contract": {"end_date": "2026-01-01"}}, "its contract ended on 2026-01-01"),
    ],
)
def test_who_is_not_in_force_takes_no_batch_and_is_told_why(
    mine: Program, facts: dict[str, Any], why: str
) -> None:
    made = registered(mine, **facts)
    answers = [mine.post(PATH, wish(**named)) for named in in_all_ways(made)]
    assert {refusal(answer) for answer in answers} == {REFUSED}
    assert {answer.json()["detail"] for answer in answers} == {f"HARBOUR takes no batches: {why}."}
    assert Batch.objects.count() == 0


@pytest.mark.parametrize(
    "facts",
    [{"status": "inactive"}, {"contract": {"status": "suspended"}}, {"contract": MARCH}],
    ids=str,
)
def test_a_name_of_one_not_in_force_is_kept_as_a_text(mine: Program, facts: dict[str, Any]) -> None:
    registered(mine, **facts)
    named = {"reseller_metadata": {"intended_reseller": "Harbour Tours"}}
    made = expect(201, mine.post(PATH, wish(**named)))
    assert made["reseller_id"] is None
    assert made["reseller_metadata"] == {"intended_reseller": "Harbour Tours"}


@pytest.mark.parametrize(
    ("moment", "is_taken"),
    [
        ("2027-02-28T23:59:59.999999+08:00", False),
        ("2027-03-01T00:00:00+08:00", True),
        ("2027-02-28T16:00:00+00:00", True),
        ("2027-03-31T23:59:59.999999+08:00", True),
        ("2027-03-31T16:00:00+00:00", False),
        ("2027-04-01T00:00:00+08:00", False),
    ],
)
def test_the_days_of_a_contract_are_days_in_hong_kong(
    mine: Program, monkeypatch: pytest.MonkeyPatch, moment: str, is_taken: bool
) -> None:
    made = registered(mine, contract=MARCH)
    at(monkeypatch, moment)
    for named in in_all_ways(made):
        answer = mine.post(PATH, wish(**named))
        if is_taken:
            assert expect(201, answer)["reseller_id"] == made["id"]
        else:
            assert refusal(answer) == REFUSED


def test_a_contract_that_is_renewed_takes_batches_again(mine: Program) -> None:
    made = registered(mine, contract={"end_date": "2026-01-01"})
    to = {"reseller_id": made["id"]}
    path = f"resellers/{made['id']}"

    def verdict(**facts: Any) -> int:
        expect(200, mine.call("PATCH", path, facts))
        return mine.post(PATH, wish(**to)).status

    assert verdict() == 409
    assert verdict(contract={"end_date": None}) == 201
    assert verdict(contract={"status": "suspended"}) == 409
    assert verdict(contract={"status": "active"}) == 201
    assert mine.delete(path).status == 204
    assert mine.post(PATH, wish(**to)).status == 409
    assert verdict(status="active") == 201


def test_what_a_deactivated_reseller_has_is_sold_and_settled_on(mine: Program) -> None:
    made = registered(mine, commission_rate=0.2)
    (ticket,) = expect(201, mine.post(PATH, wish(reseller_id=made["id"])))["tickets"]
    mine.delete(f"resellers/{made['id']}")
    mine.sold(ticket["ticket_code"])
    entry = SettlementEntry.objects.get()
    assert (entry.reseller_id, entry.commission) == (made["id"], entry.gross / 5)
    (listed,) = expect(200, mine.get("tickets", reseller_id=made["id"]))["tickets"]
    assert (listed["ticket_code"], listed["status"]) == (ticket["ticket_code"], "ACTIVE")


def test_from_reseller_to_customer_every_link_is_found(mine: Program) -> None:
    """Partner → reseller → batch → ticket → order → customer, by nothing but the API."""
    made, other = registered(mine), make.reseller(mine.owner)
    asked = wish(reseller_id=made["id"], quantity=2)
    batch = expect(201, mine.post(PATH, asked))
    expect(201, mine.post(PATH, wish(reseller_id=other.pk)))
    mine.sold(batch["tickets"][0]["ticket_code"])
    make.ticket(of=mine.owner)

    of = {"reseller_id": made["id"]}
    (batch_shown,) = expect(200, mine.get("batches", **of))["batches"]
    tickets = expect(200, mine.get("tickets", **of))["tickets"]
    (order,) = expect(200, mine.get("orders", **of))["orders"]

    assert (batch_shown["batch_id"], batch_shown["reseller_id"]) == (asked["batch_id"], made["id"])
    assert {each["ticket_code"] for each in tickets} == {
        each["ticket_code"] for each in batch["tickets"]
    }
    assert {(each["batch_id"], each["reseller_id"]) for each in tickets} == {
        (asked["batch_id"], made["id"])
    }
    (sold,) = [each for each in tickets if each["order_id"]]
    assert (sold["order_id"], order["batch_id"]) == (order["order_id"], asked["batch_id"])
    assert order["customer_details"]["email"] == "chan@example.com"
    assert expect(200, mine.get("orders"))["total_count"] == 2
    assert expect(200, mine.get("orders", reseller_id=other.pk))["orders"] == []


def test_the_chain_is_written_down_when_a_ticket_is_activated(mine: Program) -> None:
    made = registered(mine)
    (ticket,) = expect(201, mine.post(PATH, wish(reseller_id=made["id"])))["tickets"]
    sold = mine.sold(ticket["ticket_code"])
    Reseller.objects.filter(pk=made["id"]).update(commission_rate="0.9", is_active=False)
    entry = SettlementEntry.objects.get()
    assert (
        entry.partner,
        entry.reseller_id,
        entry.batch.reseller_id,
        entry.ticket.code,
        entry.order.order_id,
        entry.order.customer.email,
    ) == (
        mine.owner,
        made["id"],
        made["id"],
        ticket["ticket_code"],
        sold["order_id"],
        "chan@example.com",
    )
