"""POST /api/ota/tickets/bulk-generate: what comes back, again, and what is refused."""

import base64
import gc
import json
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import resolve

from config.api.rendering import Encoded
from ota.api.bulk import BulkGenerateView
from ota.api.partner_view import PartnerView
from ota.models import IdempotencyRecord
from qrcodes import tokens
from tests import make
from tests.partner_program import Program, expect, program, refusal
from tests.qrcodes.test_images import read_by_opencv, read_by_zxing
from ticketing.models import Batch, Ticket

pytestmark = pytest.mark.django_db
FAILED = (422, "validation_failed")
MALFORMED = (400, "validation_failed")
PATH = "tickets/bulk-generate"
JSON = "application/json"
SPECIAL = {
    "base_price": 250,
    "customer_type_pricing": [
        {"customer_type": "child", "price": 150},
        {"customer_type": "elderly", "price": 200},
    ],
    "weekend_premium": 25,
    "currency": "HKD",
}
CAMPAIGN = {
    "campaign_type": "early_bird",
    "campaign_name": "Spring 2025 Early Bird",
    "special_conditions": ["valid_weekends_only"],
    "marketing_tags": ["premium", "family_friendly"],
    "promotional_code": "SPRING25",
}


def wish(of: int = 0, **more: Any) -> dict[str, Any]:
    """A sound request for a product, a new one by default; `...` leaves a field out."""
    known = {"product_id": of or make.product().pk, "quantity": 2, "batch_id": "B-1"}
    return {name: value for name, value in {**known, **more}.items() if value is not ...}


# --- The answer ------------------------------------------------------------------------------


def test_a_batch_comes_with_all_its_tickets() -> None:
    mine, product = program(), make.product(functions={"FERRY_BOARDING": 1, "VIP_GIFT": 2})
    body = mine.generated(product.pk, 3)

    batch = Batch.objects.get()
    tickets = body.pop("tickets")
    assert body == {
        "batch_id": "B-1",
        "product_id": product.pk,
        "distribution_mode": "direct_sale",
        "total_generated": 3,
        "expires_at": body["expires_at"],
        "pricing_snapshot": batch.pricing_snapshot,
        "reseller_id": None,
        "reseller_metadata": None,
        "batch_metadata": None,
        "created_at": body["created_at"],
    }
    assert body["expires_at"].endswith("+08:00")
    assert {each["ticket_code"] for each in tickets} == set(
        batch.tickets.values_list("code", flat=True)
    )
    for each in tickets:
        assert each.keys() == {"ticket_code", "qr_code", "status", "entitlements"}
        assert each["status"] == "PRE_GENERATED"
        assert each["entitlements"] == [
            {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
            {"function_code": "VIP_GIFT", "remaining_uses": 2},
        ]
    assert make.pool(product) == (10, 3, 0)


def picture(ticket: dict[str, Any]) -> bytes:
    return base64.b64decode(ticket["qr_code"].removeprefix("data:image/png;base64,"))


def is_its_own(ticket: dict[str, Any], text: str) -> bool:
    """Whether a QR text is genuine and of this ticket."""
    read = tokens.read_ticket_qr(text)
    return (read.code, read.generation) == (ticket["ticket_code"], 1)


def test_every_qr_code_is_read_as_its_own_ticket() -> None:
    mine, product = program(), make.product(300)
    for ticket in mine.generated(product.pk, 300)["tickets"]:
        ((text, level),) = read_by_zxing(picture(ticket))
        assert (is_its_own(ticket, text), level) == (True, "M")


@pytest.mark.proof
def test_all_qr_codes_of_the_largest_batch_are_read_by_two_readers() -> None:
    mine, product = program(), make.product(5000)
    tickets = mine.generated(product.pk, 5000)["tickets"]
    assert len({ticket["ticket_code"] for ticket in tickets}) == 5000
    for ticket in tickets:
        ((by_zxing, _),) = read_by_zxing(picture(ticket))
        assert by_zxing == read_by_opencv(picture(ticket))
        assert is_its_own(ticket, by_zxing)


def test_the_qr_code_of_the_order_is_that_of_the_batch_byte_for_byte() -> None:
    mine, product = program(), make.product()
    made = mine.generated(product.pk, 2)["tickets"]
    for each in made:
        order_id = mine.sold(each["ticket_code"])["order_id"]
        (issued,) = expect(200, mine.get(f"orders/{order_id}/tickets"))["tickets"]
        assert (issued["ticket_code"], issued["qr_code"]) == (
            each["ticket_code"], each["qr_code"],
        )  # fmt: skip
        assert (issued["status"], issued["entitlements"]) == ("ACTIVE", each["entitlements"])


def test_all_that_is_said_of_a_batch_is_kept_and_shown() -> None:
    mine, product = program(), make.product()
    meant = {"intended_reseller": "Harbour Tours", "batch_purpose": "Counter sales"}
    body = mine.generated(
        product.pk,
        distribution_mode="reseller_batch",
        reseller_metadata=meant,
        batch_metadata=CAMPAIGN,
        special_pricing=SPECIAL,
    )
    assert (body["distribution_mode"], body["batch_metadata"]) == ("reseller_batch", CAMPAIGN)
    assert body["pricing_snapshot"] == {**SPECIAL, "customer_discounts": {}, "special_dates": {}}
    assert [body["reseller_metadata"]] + [
        each["reseller_metadata"] for each in body["tickets"]
    ] == [meant] * 4
    detail = expect(200, mine.get("batches/B-1"))
    shared = detail.keys() & body.keys()
    assert {name: detail[name] for name in shared} == {name: body[name] for name in shared}


def test_the_older_spelling_of_the_recipient_means_the_same() -> None:
    mine = program()
    old = {"reseller_name": "Harbour Tours", "batch_purpose": "Counter sales"}
    body = mine.generated(make.product().pk, distribution_mode="reseller_batch", reseller_info=old)
    assert body["reseller_metadata"] == {
        "intended_reseller": "Harbour Tours",
        "batch_purpose": "Counter sales",
    }
    both = wish(batch_id="B-2", reseller_info=old, reseller_metadata=body["reseller_metadata"])
    assert mine.post(PATH, both).status == 201


def test_a_batch_shows_the_reseller_it_is_linked_to() -> None:
    mine = program()
    known = make.reseller(mine.owner, reseller_code="HT-01", name="Harbour Tours")
    body = mine.generated(make.product().pk, reseller_metadata={"intended_reseller": known.name})
    assert body["reseller_id"] == known.pk
    assert body["tickets"][0]["reseller_metadata"] == {
        "intended_reseller": "Harbour Tours",
        "reseller_id": known.pk,
        "reseller_code": "HT-01",
    }


# --- The same again --------------------------------------------------------------------------


def test_a_repetition_gets_the_first_answer_byte_for_byte_whatever_happened_since() -> None:
    mine, product = program(), make.product()
    known = make.reseller(mine.owner, name="Harbour Tours")
    body = wish(product.pk, batch_metadata=CAMPAIGN, reseller_id=known.pk)
    first = mine.post(PATH, body, once="k")
    one, two = (each["ticket_code"] for each in first.json()["tickets"])
    mine.sold(one)
    expect(200, mine.post(f"tickets/{two}/cancel"))
    type(known).objects.update(name="Renamed", reseller_code="NEW")
    Batch.objects.update(reseller=make.reseller(mine.owner))

    again = mine.post(PATH, body, once="k")

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert (Batch.objects.count(), Ticket.objects.count()) == (1, 2)
    assert refusal(mine.post(PATH, wish(product.pk), once="k")) == (422, "idempotency_conflict")


def test_an_answer_is_the_same_with_and_without_a_key_and_none_is_stored_whole() -> None:
    mine, product = program(), make.product(100)
    bare = mine.post(PATH, wish(product.pk, quantity=50)).json()
    keyed = mine.post(PATH, wish(product.pk, quantity=50, batch_id="B-2"), once="k").json()
    assert bare.keys() == keyed.keys()
    assert bare["tickets"][0].keys() == keyed["tickets"][0].keys()
    assert len(IdempotencyRecord.objects.get().body) < 200


def test_what_was_sent_is_let_go_without_the_collector() -> None:
    assert kept_after_an_answer() == 0


def test_control_view_and_request_would_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BulkGenerateView, "dispatch", PartnerView.dispatch)
    assert kept_after_an_answer() == 1


def kept_after_an_answer() -> int:
    """Lists of tickets that are still in memory, though nobody needs them."""
    key = {"x-api-key": str(program().key)}
    request = RequestFactory().post(f"/api/ota/{PATH}", wish(), JSON, headers=key)
    request.resolver_match = resolve(request.path)
    gc.collect()
    gc.disable()
    try:
        status = request.resolver_match.func(request).render().status_code
        del request
        assert status == 201
        return sum(type(each) is Encoded for each in gc.get_objects())
    finally:
        gc.enable()


def test_a_second_batch_of_an_id_is_a_conflict_and_another_partner_s_is_none() -> None:
    mine, other, product = program(), program(), make.product()
    mine.generated(product.pk)
    assert refusal(mine.post(PATH, wish(product.pk))) == (409, "duplicate_batch")
    assert refusal(mine.post(PATH, wish(product.pk), once="k")) == (409, "duplicate_batch")
    assert other.generated(product.pk)["total_generated"] == 3
    assert make.pool(product) == (10, 6, 0)


# --- Refused ---------------------------------------------------------------------------------


def test_more_than_are_left_is_a_conflict_with_stock() -> None:
    mine, product = program(), make.product(10)
    assert refusal(mine.post(PATH, wish(product.pk, quantity=11))) == (
        409, "insufficient_inventory",
    )  # fmt: skip
    assert (Batch.objects.count(), make.pool(product)) == (0, (10, 0, 0))


def test_a_product_that_is_not_sold_is_not_acceptable() -> None:
    mine = program()
    for product_id in (4711, make.product(is_active=False).pk):
        assert refusal(mine.post(PATH, wish(product_id))) == (422, "unknown_product")


def test_a_named_reseller_must_exist_and_have_a_contract() -> None:
    mine = program()
    gone = make.reseller(mine.owner, reseller_code="GONE", is_active=False)
    strangers = make.reseller()
    assert {refusal(mine.post(PATH, wish(**named))) for named in (
        {"reseller_id": gone.pk}, {"reseller_code": "GONE"},
        {"reseller_metadata": {"intended_reseller": "GONE"}},
    )} == {(409, "reseller_inactive")}  # fmt: skip
    assert {refusal(mine.post(PATH, wish(**named))) for named in (
        {"reseller_id": strangers.pk}, {"reseller_code": strangers.reseller_code},
        {"reseller_id": 2**31 - 1},
    )} == {(422, "unknown_reseller")}  # fmt: skip


MALFORMED_FIELDS: list[dict[str, Any]] = [
    {"product_id": ...}, {"quantity": ...}, {"batch_id": ...},
    {"product_id": "106"}, {"product_id": 106.5}, {"product_id": None}, {"product_id": True},
    {"quantity": "5"}, {"quantity": 1.5}, {"quantity": None}, {"quantity": [5]},
    {"batch_id": 7}, {"batch_id": None}, {"colour": "red"}, {"distribution_mode": None},
    {"distribution_mode": 1}, {"reseller_metadata": "x"}, {"reseller_metadata": None},
    {"reseller_metadata": {"name": "x"}}, {"reseller_metadata": {"intended_reseller": 5}},
    {"reseller_info": {}}, {"reseller_info": {"batch_purpose": "x"}},
    {"batch_metadata": {}}, {"batch_metadata": {"campaign_type": "standard"}},
    {"batch_metadata": {"campaign_name": "x", "marketing_tags": "premium"}},
    {"special_pricing": {}}, {"special_pricing": {"weekend_premium": 1}},
    {"special_pricing": {"base_price": "250"}}, {"special_pricing": {"base_price": None}},
    {"special_pricing": {"base_price": 1, "customer_type_pricing": {"child": 1}}},
    {"special_pricing": {"base_price": 1, "customer_type_pricing": [{"price": 1}]}},
    {"special_pricing": {"base_price": 1, "currency": 5}}, {"reseller_id": "1"},
]  # fmt: skip
NOT_ACCEPTABLE: list[dict[str, Any]] = [
    {"quantity": 0}, {"quantity": -1}, {"quantity": 5001}, {"quantity": 10**12},
    {"product_id": 0}, {"product_id": 2**31}, {"batch_id": ""}, {"batch_id": "x" * 65},
    {"batch_id": "a b"}, {"batch_id": "a/b"}, {"batch_id": "ü"}, {"batch_id": "a\n"},
    {"distribution_mode": "resale"}, {"distribution_mode": ""},
    {"distribution_mode": "reseller_batch"},
    {"distribution_mode": "reseller_batch", "reseller_metadata": {"batch_purpose": "x"}},
    {"reseller_metadata": {"intended_reseller": ""}}, {"reseller_info": {"reseller_name": " "}},
    {"reseller_metadata": {"intended_reseller": "x" * 101}}, {"reseller_id": 0},
    {"reseller_metadata": {"intended_reseller": "A"}, "reseller_info": {"reseller_name": "B"}},
    {"batch_metadata": {"campaign_name": "x", "campaign_type": "black_friday"}},
    {"batch_metadata": {"campaign_name": "x" * 101}},
    {"special_pricing": {"base_price": -1}}, {"special_pricing": {"base_price": 1.005}},
    {"special_pricing": {"base_price": 10_000_000}},
    {"special_pricing": {"base_price": 1, "weekend_premium": -1}},
    {"special_pricing": {"base_price": 1, "currency": "hkd"}},
    {"special_pricing": {"base_price": 1, "currency": "XXX"}},
    {"special_pricing": {"base_price": 1, "currency": "HKDD"}},
    {"special_pricing": {"base_price": 1, "customer_type_pricing": [
        {"customer_type": "alien", "price": 1}]}},
    {"special_pricing": {"base_price": 1, "customer_type_pricing": [
        {"customer_type": "child", "price": -1}]}},
    {"special_pricing": {"base_price": 1, "customer_type_pricing": [
        {"customer_type": "child", "price": 1}, {"customer_type": "child", "price": 2}]}},
]  # fmt: skip


@pytest.fixture
def caller() -> Program:
    return program()


@pytest.mark.parametrize("wrong", MALFORMED_FIELDS, ids=str)
def test_what_cannot_be_read_is_malformed(caller: Program, wrong: dict[str, Any]) -> None:
    assert refusal(caller.post(PATH, wish(**wrong))) == MALFORMED
    assert Batch.objects.count() == 0


@pytest.mark.parametrize("wrong", NOT_ACCEPTABLE, ids=str)
def test_what_is_read_and_cannot_be_is_not_acceptable(
    caller: Program, wrong: dict[str, Any]
) -> None:
    assert refusal(caller.post(PATH, wish(**wrong))) == FAILED
    assert Batch.objects.count() == 0


def test_the_place_of_a_missing_recipient_is_named(caller: Program) -> None:
    answer = caller.post(PATH, wish(distribution_mode="reseller_batch"))
    assert answer.places == [("/reseller_metadata/intended_reseller", "intended_reseller_required")]


def test_the_smallest_and_the_dearest_batch_are_made(caller: Program) -> None:
    free = {"base_price": 0, "weekend_premium": 0}
    dear = {"base_price": 9_999_999.99, "weekend_premium": 9_999_999.99}
    own = [{"customer_type": "child", "price": 9_999_999.99}]
    caller.generated(make.product().pk, 1, special_pricing=free)
    made = caller.generated(
        make.product().pk,
        1,
        batch_id="x" * 64,
        special_pricing={**dear, "customer_type_pricing": own},
    )
    day = {"visit_date": make.A_SATURDAY.isoformat()}
    sold = caller.sold(made["tickets"][0]["ticket_code"], customer_type="child", **day)
    assert sold["total_amount"] == 19_999_999.98


def test_a_body_of_two_mebibytes_is_read_and_a_larger_one_is_not(caller: Program) -> None:
    body = json.dumps(wish()).encode()
    assert caller.post(PATH, body + b" " * (2 * 2**20 - len(body))).status == 201
    assert caller.post(PATH, body + b" " * (2 * 2**20 + 1 - len(body))).status == 413
