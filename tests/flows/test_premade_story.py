"""The documented testing workflow of pre-made tickets, step by step, as a partner walks it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from inventory.models import CustomerDiscount, Product, SpecialDate
from ota import demo
from resellers import keys
from resellers.models import Partner
from tests import make
from tests.flows.over_http import over_http
from tests.ota.test_bulk_api import is_its_own, picture
from tests.partner_program import Program, expect, refusal
from tests.qrcodes.test_images import read_by_zxing
from ticketing import reconcile

pytestmark = pytest.mark.django_db(transaction=True)
GENERATE = "tickets/bulk-generate"
SPECIAL: dict[str, Any] = {
    "base_price": 250,
    "customer_type_pricing": [
        {"customer_type": "child", "price": 150},
        {"customer_type": "elderly", "price": 200},
    ],
    "weekend_premium": 25,
    "currency": "HKD",
}
TEST_BATCH: dict[str, Any] = {
    "product_id": 106,
    "quantity": 5,
    "batch_id": "TEST-BATCH-001",
    "special_pricing": SPECIAL,
}
CUSTOMER = {"name": "Test Customer", "email": "test@example.com", "phone": "+1555000111"}
PAID = {"customer_details": CUSTOMER, "payment_reference": "PAY-TEST-001"}


@pytest.fixture
def mine(web: str, transactional_db: None) -> Iterator[Program]:
    """The demonstration partner at the product's own web server."""
    demo.seed(at=make.now())
    yield Program("ota_test_key_12345", send=over_http(web))
    assert list(reconcile.differences()) == []


def prices_of_everything_change() -> None:
    Product.objects.update(weekday_price=Decimal(999), weekend_price=Decimal(1999))
    CustomerDiscount.objects.all().delete()
    SpecialDate.objects.update(multiplier=Decimal(9))


def test_the_complete_testing_workflow(mine: Program) -> None:
    # 1. What is there for the channel.
    stock = expect(200, mine.get("inventory"))["available_quantities"]
    assert stock == {"106": 2000, "107": 1500, "108": 1500}

    # 2. Five tickets at prices of their own.
    batch = expect(201, mine.post(GENERATE, TEST_BATCH))
    assert (batch["batch_id"], batch["total_generated"]) == ("TEST-BATCH-001", 5)
    assert batch["distribution_mode"] == "direct_sale"
    assert batch["pricing_snapshot"] == {**SPECIAL, "customer_discounts": {}, "special_dates": {}}
    tickets = batch["tickets"]
    assert [each["status"] for each in tickets] == ["PRE_GENERATED"] * 5
    assert len({each["ticket_code"] for each in tickets}) == 5
    assert all(is_its_own(each, read_by_zxing(picture(each))[0][0]) for each in tickets)
    assert mine.free(106) == 1995

    # 3. One is sold.
    first = tickets[0]
    sold = expect(200, mine.post(f"tickets/{first['ticket_code']}/activate", PAID))
    assert (sold["status"], sold["customer_name"]) == ("ACTIVE", "Test Customer")
    assert (sold["total_amount"], sold["currency"]) == (250, "HKD")

    # 4. Its order shows who bought.
    (order,) = expect(200, mine.get("orders"))["orders"]
    assert order["order_id"] == sold["order_id"]
    assert order["customer_details"] == CUSTOMER
    assert (order["batch_id"], order["payment_reference"]) == ("TEST-BATCH-001", "PAY-TEST-001")

    # 5. The order's ticket carries the QR code that was printed.
    (shown,) = expect(200, mine.get(f"orders/{sold['order_id']}/tickets"))["tickets"]
    assert (shown["ticket_code"], shown["status"]) == (first["ticket_code"], "ACTIVE")
    assert shown["qr_code"] == first["qr_code"]
    assert mine.free(106) == 1995


def test_what_has_to_be_refused_is_refused(mine: Program) -> None:
    batch = expect(201, mine.post(GENERATE, TEST_BATCH))
    activate = f"tickets/{batch['tickets'][0]['ticket_code']}/activate"
    expect(200, mine.post(activate, PAID))

    assert refusal(mine.post(activate, PAID)) == (409, "ticket_already_activated")
    unknown = "tickets/CRUISE-2026-FERRY-1762274285982-0000000000000000/activate"
    assert refusal(mine.post(unknown, PAID)) == (404, "not_found")
    too_many = {**TEST_BATCH, "batch_id": "TOO-MANY", "quantity": 2001}
    assert refusal(mine.post(GENERATE, too_many)) == (409, "insufficient_inventory")
    assert refusal(mine.post(GENERATE, TEST_BATCH)) == (409, "duplicate_batch")
    reader = Program("ota_test_key_readonly", send=mine.send)
    assert refusal(reader.post(GENERATE, TEST_BATCH)) == (403, "permission_denied")
    assert refusal(reader.post(activate, PAID)) == (403, "permission_denied")
    other = Program("ota_test_key_251103", send=mine.send)
    assert refusal(other.post(activate, PAID)) == (404, "not_found")
    assert mine.free(106) == 1995


@pytest.mark.parametrize("permission", ["tickets:bulk-generate", "tickets:activate"])
def test_each_of_both_permissions_is_needed(mine: Program, permission: str) -> None:
    batch = expect(201, mine.post(GENERATE, TEST_BATCH))
    owner = Partner.objects.get(partner_id="OTA_DEMO")
    _, key = keys.issue(owner, [permission], at=make.now())
    helper = Program(key, send=mine.send)
    again = helper.post(GENERATE, {**TEST_BATCH, "batch_id": "TEST-BATCH-002"})
    sold = helper.post(f"tickets/{batch['tickets'][0]['ticket_code']}/activate", PAID)
    allowed = {"tickets:bulk-generate": (201, 403), "tickets:activate": (403, 200)}
    assert (again.status, sold.status) == allowed[permission]


def test_a_batch_keeps_its_prices_with_and_without_special_ones(mine: Program) -> None:
    special = expect(201, mine.post(GENERATE, TEST_BATCH))
    plain = mine.generated(106, 5, batch_id="TEST-BATCH-002")
    assert plain["pricing_snapshot"] == {
        "base_price": 288,
        "weekend_premium": 30,
        "currency": "HKD",
        "customer_type_pricing": [],
        "customer_discounts": {"child": 100, "elderly": 50, "student": 50},
        "special_dates": {"2025-12-31": {"multiplier": 1.5}, "2026-02-18": {"multiplier": 1.3}},
    }

    prices_of_everything_change()

    saturday, new_year = {"visit_date": "2026-12-26"}, {"visit_date": "2025-12-31"}
    child = {"customer_type": "child"}
    bought: list[dict[str, Any]] = [{}, child, {**child, **saturday}, {**child, **new_year}]
    assert paid(mine, special, bought) == [250, 150, 175, 150]
    assert paid(mine, plain, bought) == [288, 188, 218, 332]
    for batch in (special, plain):
        shown = expect(200, mine.get(f"batches/{batch['batch_id']}"))
        assert shown["pricing_snapshot"] == batch["pricing_snapshot"]
    assert expect(200, mine.get("inventory"))["pricing_context"]["base_prices"]["106"] == {
        "weekday": 999,
        "weekend": 1999,
    }


def paid(mine: Program, batch: dict[str, Any], contexts: list[dict[str, Any]]) -> list[float]:
    """What a ticket each costs these customers."""
    codes = [each["ticket_code"] for each in batch["tickets"]]
    return [
        mine.sold(code, **context)["total_amount"]
        for code, context in zip(codes, contexts, strict=False)
    ]


def test_what_became_of_a_batch_is_seen_and_its_rest_comes_back(mine: Program) -> None:
    campaign = {
        "campaign_type": "early_bird",
        "campaign_name": "Spring 2025 Early Bird",
        "marketing_tags": ["premium", "family_friendly"],
        "promotional_code": "SPRING25",
    }
    batch = expect(201, mine.post(GENERATE, {**TEST_BATCH, "batch_metadata": campaign}))
    first, second, *_ = [each["ticket_code"] for each in batch["tickets"]]
    mine.sold(first)
    mine.sold(second)

    shown = expect(200, mine.get("batches/TEST-BATCH-001/analytics"))
    assert (shown["tickets_generated"], shown["tickets_activated"]) == (5, 2)
    assert shown["conversion_rates"] == {"activation_rate": 0.4}
    assert shown["campaign_name"] == "Spring 2025 Early Bird"
    waiting = expect(200, mine.get("tickets", batch_id="TEST-BATCH-001", status="PRE_GENERATED"))
    assert waiting["total_count"] == 3

    cancelled = expect(200, mine.post("batches/TEST-BATCH-001/cancel", {}))
    assert cancelled == {"batch_id": "TEST-BATCH-001", "cancelled": 3}
    expect(200, mine.post(f"tickets/{first}/cancel", {}))
    expect(200, mine.post(f"tickets/{first}/cancel", {}))
    assert mine.free(106) == 1999
    counts = expect(200, mine.get("batches/TEST-BATCH-001"))["counts"]
    assert {name: number for name, number in counts.items() if number} == {
        "ACTIVE": 1,
        "CANCELLED": 4,
    }
    call_command("reconcile")
