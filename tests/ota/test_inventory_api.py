"""GET /api/ota/inventory: free units and prices as partners read them."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from inventory import allocations
from inventory.models import CustomerDiscount, SpecialDate
from ota import demo
from tests import make
from tests.partner_program import expect, program, refusal
from ticketing import expiring

FAILED = (422, "validation_failed")
UNKNOWN = (422, "unknown_product")


@pytest.fixture
def _demo(db: None) -> None:
    demo.seed(at=timezone.now())


@pytest.mark.usefixtures("_demo")
def test_the_demonstration_reads_exactly_as_published() -> None:
    assert expect(200, program().get("inventory")) == {
        "available_quantities": {"106": 2000, "107": 1500, "108": 1500},
        "pricing_context": {
            "base_prices": {
                "106": {"weekday": 288, "weekend": 318},
                "107": {"weekday": 188, "weekend": 228},
                "108": {"weekday": 788, "weekend": 868},
            },
            "customer_types": ["adult", "child", "elderly"],
            "product_customer_types": {
                "106": ["adult", "child", "elderly", "student"],
                "107": ["adult", "child", "elderly", "family"],
                "108": ["adult", "elderly", "vip"],
            },
            "special_dates": {
                "2025-12-31": {"multiplier": 1.5},
                "2026-02-18": {"multiplier": 1.3},
            },
            "customer_discounts": {
                "106": {"child": 100, "elderly": 50, "student": 50},
                "107": {"child": 150, "family": 100, "elderly": 75},
                "108": {"vip": 200, "elderly": 100},
            },
        },
    }


@pytest.mark.usefixtures("_demo")
def test_amounts_are_plain_json_numbers() -> None:
    body = program().get("inventory").body
    assert b'"weekday":288,' in body
    assert b'"multiplier":1.5' in body


@pytest.mark.usefixtures("_demo")
@pytest.mark.parametrize(
    "query",
    ["product_ids=106,108", "product_ids=108,106", "product_ids=106&product_ids=108",
     "product_ids=106%2C108", "product_ids=106,108&product_ids=106"],
)  # fmt: skip
def test_products_are_chosen_by_comma_or_repetition(query: str) -> None:
    shown = expect(200, program().get(f"/api/ota/inventory?{query}"))
    assert list(shown["available_quantities"]) == ["106", "108"]
    assert list(shown["pricing_context"]["base_prices"]) == ["106", "108"]
    assert list(shown["pricing_context"]["customer_discounts"]) == ["106", "108"]
    assert list(shown["pricing_context"]["product_customer_types"]) == ["106", "108"]


@pytest.mark.usefixtures("_demo")
def test_a_range_of_dates_adds_the_price_of_every_day() -> None:
    shown = expect(
        200, program().get("inventory", product_ids=106, date_range="2025-12-26,2025-12-31")
    )
    context = shown["pricing_context"]
    weekday = {"adult": 288, "child": 188, "elderly": 238, "student": 238}
    weekend = {"adult": 318, "child": 218, "elderly": 268, "student": 268}
    special = {"adult": 432, "child": 332, "elderly": 382, "student": 382}
    assert context["special_dates"] == {"2025-12-31": {"multiplier": 1.5}}
    assert context["calendar"] == {
        "2025-12-26": {"106": weekday},
        "2025-12-27": {"106": weekend},
        "2025-12-28": {"106": weekend},
        "2025-12-29": {"106": weekday},
        "2025-12-30": {"106": weekday},
        "2025-12-31": {"106": special},
    }


@pytest.mark.usefixtures("_demo")
@pytest.mark.parametrize(
    ("days", "count"),
    [
        ("2026-12-24,2026-12-31", 8),
        ("2026-12-24/2026-12-31", 8),
        ("2026-12-24,2026-12-24", 1),
        ("2020-01-01,2020-12-31", 366),
        ("2026-01-01,2027-01-01", 366),
        ("1999-12-31,2000-01-01", 2),
        ("2028-02-29,2028-03-01", 2),
    ],
)
def test_any_range_up_to_366_days_is_taken_past_ones_too(days: str, count: int) -> None:
    shown = expect(200, program().get("inventory", date_range=days))
    assert len(shown["pricing_context"]["calendar"]) == count


@pytest.mark.django_db
@pytest.mark.parametrize(
    "days",
    ["2026-01-01,2027-01-02", "2026-12-31,2026-12-24", "2026-12-24", "2026-12-24,", ",2026-12-24",
     "2026-12-24,2026-12-25,2026-12-26", "2026-02-30,2026-03-01", "20261224,20261231", "a,b", "",
     "2026-12-24 2026-12-31", "2026-W01-1,2026-W01-2", "2026-12-24T00:00:00,2026-12-25", "9999",
     "٢٠٢٦-12-24,2026-12-31", "2026-12-24\x00,2026-12-31", "0000-01-01,0000-01-02",
     "9999-12-31,10000-01-01", " 2026-12-24,2026-12-31 x"],
)  # fmt: skip
def test_a_range_that_is_none_is_refused(days: str) -> None:
    answer = program().get("inventory", date_range=days)
    assert refusal(answer) == FAILED
    assert {place for place, _ in answer.places} == {"/date_range"}


@pytest.mark.django_db
def test_a_calendar_ends_with_the_calendar() -> None:
    product = make.product()
    shown = expect(
        200, program().get("inventory", product_ids=product.pk, date_range="9999-12-30,9999-12-31")
    )
    assert list(shown["pricing_context"]["calendar"]) == ["9999-12-30", "9999-12-31"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ids",
    ["", "x", "106,", ",", "1.0", "1_0", "٣", "-1", "0", "2147483648", "9" * 30, "1e2", "+1", " 1",
     "true", "106;107", "%00"],
)  # fmt: skip
def test_an_id_that_is_none_is_refused(ids: str) -> None:
    assert refusal(program().get("inventory", product_ids=ids)) == FAILED


@pytest.mark.django_db
def test_a_product_that_is_not_sold_in_the_channel_is_refused() -> None:
    sold = make.product()
    inactive, in_no_channel = make.product(is_active=False), make.ProductFactory.create()
    mine = program()
    assert refusal(mine.get("inventory", product_ids=1)) == UNKNOWN
    assert refusal(mine.get("inventory", product_ids=inactive.pk)) == UNKNOWN
    assert refusal(mine.get("inventory", product_ids=in_no_channel.pk)) == UNKNOWN
    assert refusal(mine.get("inventory", product_ids=f"{sold.pk},1")) == UNKNOWN


@pytest.mark.django_db
def test_an_inactive_product_is_not_shown() -> None:
    sold, inactive = make.product(), make.product(is_active=False)
    shown = expect(200, program().get("inventory"))
    assert list(shown["available_quantities"]) == [str(sold.pk)]
    assert str(inactive.pk) not in shown["pricing_context"]["base_prices"]


@pytest.mark.django_db
def test_an_unknown_parameter_is_refused_and_not_ignored() -> None:
    for query in ("product_id=106", "partner_id=OTA_DEMO", "page=1", "Product_ids=106"):
        assert refusal(program().get(f"/api/ota/inventory?{query}")) == FAILED


@pytest.mark.django_db
def test_every_change_of_stock_shows_in_the_very_next_answer() -> None:
    mine, product = program(), make.product(ota=10)
    seen = [mine.free(product.pk)]
    first = mine.reserved(product.pk, 4)["reservation_id"]
    seen.append(mine.free(product.pk))
    second = mine.reserved(product.pk, 2)["reservation_id"]
    seen.append(mine.free(product.pk))
    mine.activated(first)
    seen.append(mine.free(product.pk))
    mine.delete(f"reservations/{second}")
    seen.append(mine.free(product.pk))
    assert seen == [10, 6, 4, 4, 6]


@pytest.mark.django_db
def test_an_overdue_hold_counts_as_free_before_anybody_swept_it() -> None:
    mine, product = program(), make.product(ota=10)
    make.reservation("overdue", on=product, quantity=7)
    assert make.pool(product) == (10, 7, 0)
    assert mine.free(product.pk) == 10
    assert make.pool(product) == (10, 7, 0)  # a read writes nothing
    expiring.sweep(at=make.now)
    assert (mine.free(product.pk), make.pool(product)) == (10, (10, 0, 0))


@pytest.mark.django_db
def test_the_direct_pool_is_not_shown_and_not_counted() -> None:
    product = make.product(ota=10, direct=500)
    assert program().free(product.pk) == 10


@pytest.mark.django_db
def test_every_partner_sees_the_same_shared_pool() -> None:
    product, mine, other = make.product(ota=10), program(), program()
    other.reserved(product.pk, 3)
    assert mine.free(product.pk) == other.free(product.pk) == 7


@pytest.mark.django_db
def test_a_changed_price_discount_or_special_date_shows_at_once() -> None:
    mine, product = program(), make.product(discounts={"child": "100"})
    product.weekday_price = Decimal("299.50")
    product.save()
    CustomerDiscount.objects.filter(product=product).update(amount=Decimal("99.90"))
    SpecialDate.objects.create(date=date(2026, 10, 1), multiplier=Decimal("1.25"))
    context = expect(200, mine.get("inventory"))["pricing_context"]
    assert context["base_prices"][str(product.pk)] == {"weekday": 299.5, "weekend": 318}
    assert context["customer_discounts"][str(product.pk)] == {"child": 99.9}
    assert context["special_dates"] == {"2026-10-01": {"multiplier": 1.25}}


@pytest.mark.django_db
def test_more_stock_shows_at_once() -> None:
    mine, product = program(), make.product(ota=10, direct=10)
    allocations.reallocate(
        product_id=product.pk,
        source="direct",
        target="ota",
        units=5,
        demand=100,
        at=make.now(),
        by=make.BY,
    )
    assert mine.free(product.pk) == 15


@pytest.mark.django_db
def test_with_nothing_to_sell_the_answer_is_empty() -> None:
    shown = expect(200, program().get("inventory"))
    assert shown["available_quantities"] == {}
    assert shown["pricing_context"]["base_prices"] == {}


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_products_cost_no_more_statements(count: int, django_assert_num_queries: object) -> None:
    for _ in range(count):
        make.product(discounts={"child": 1})
    mine = program()
    mine.get("inventory")  # notes when the key was last used
    with django_assert_num_queries(5):  # type: ignore[operator]
        mine.get("inventory")
