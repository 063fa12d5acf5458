"""Products are edited and their pools set up in the back office; counters never."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from inventory.models import AllocationMove, Product
from tests import make

NO_INLINES = {
    f"{inline}-{name}_FORMS": "0"
    for inline in ("discounts", "functions")
    for name in ("TOTAL", "INITIAL")
}
ANY_PRODUCT = {
    "name": "Deck Plan",
    "type": "FERRY",
    "is_active": "on",
    "weekday_price": "288.00",
    "weekend_price": "318.00",
    "currency": "HKD",
    "capacity": "30",
    "reason": "a new season",
}


def change(client: Client, product: Product, **fields: str) -> Any:
    page = reverse("admin:inventory_product_change", args=[product.pk])
    return client.post(page, ANY_PRODUCT | NO_INLINES | fields)


def set_up(client: Client, product: Product, **units: int) -> Any:
    page = reverse("admin:inventory_product_set_up_pools", args=[product.pk])
    return client.post(page, {**units, "reason": "launch"})


def bare_product(**fields: Any) -> Product:
    return make.ProductFactory.create(capacity=30, **fields)


def errors(answer: Any, form: str = "form") -> set[str]:
    """The codes of a form that was shown again."""
    shown = answer.context["adminform"].form if form == "adminform" else answer.context[form]
    return {error.code for field in shown.errors.as_data().values() for error in field}


@pytest.mark.django_db
def test_prices_discounts_and_functions_are_edited_on_one_page(admin_client: Client) -> None:
    product = bare_product()
    inlines = {
        "discounts-TOTAL_FORMS": "1",
        "discounts-0-customer_type": "child",
        "discounts-0-amount": "100",
        "functions-TOTAL_FORMS": "1",
        "functions-0-function_code": "FERRY_BOARDING",
        "functions-0-uses": "2",
        "functions-0-position": "0",
    }

    answer = change(admin_client, product, weekday_price="299.50", **inlines)

    product.refresh_from_db()
    assert answer.status_code == 302
    assert (str(product.weekday_price), product.name) == ("299.50", "Deck Plan")
    assert list(product.discounts.values_list("customer_type", "amount")) == [
        ("child", Decimal(100))
    ]
    assert [(f.function_code, f.uses) for f in product.functions.all()] == [("FERRY_BOARDING", 2)]


@pytest.mark.django_db
def test_who_changes_a_price_says_why_and_both_prices_are_kept(admin_client: Client) -> None:
    product = bare_product()
    discount = product.discounts.create(customer_type="child", amount=100)
    inlines = {
        "discounts-TOTAL_FORMS": "1", "discounts-INITIAL_FORMS": "1", "discounts-0-amount": "150",
        "discounts-0-id": str(discount.pk), "discounts-0-product": str(product.pk),
        "discounts-0-customer_type": "child",
    }  # fmt: skip

    unsaid = change(admin_client, product, weekday_price="1", reason=" ")
    assert (unsaid.status_code, errors(unsaid, "adminform")) == (200, {"required"})
    change(admin_client, product, weekday_price="299.50", name=product.name, **inlines)

    told = LogEntry.objects.get().get_change_message()
    assert told == (
        "weekday_price: 288.00 → 299.50; "
        f"customerdiscount {discount.pk}: amount: 100.00 → 150. a new season"
    )


@pytest.mark.django_db
def test_a_capacity_that_was_raised_while_the_form_was_open_stays(admin_client: Client) -> None:
    product = bare_product()
    page = reverse("admin:inventory_product_change", args=[product.pk])
    assert b'name="initial-capacity" value="30"' in admin_client.get(page).content
    Product.objects.update(capacity=50)

    change(admin_client, product, name="Upper Deck", **{"initial-capacity": "30"})

    product.refresh_from_db()
    assert (product.name, product.capacity) == ("Upper Deck", 50)
    change(admin_client, product, capacity="40", **{"initial-capacity": "50"})
    product.refresh_from_db()
    assert product.capacity == 40


@pytest.mark.django_db
def test_a_product_keeps_its_id(admin_client: Client) -> None:
    product = bare_product()

    change(admin_client, product, id="4711")

    assert list(Product.objects.values_list("pk", flat=True)) == [product.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"weekday_price": "-1"},
        {"capacity": "99999999999"},
        {"type": "ferry boat"},
        {"name": ""},
        {"currency": "hk"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_the_database_would_refuse_is_shown_on_the_form(
    admin_client: Client, wrong: dict[str, str]
) -> None:
    product = bare_product()

    answer = change(admin_client, product, **wrong)

    assert answer.status_code == 200
    assert errors(answer, "adminform")
    assert Product.objects.get(pk=product.pk).name == product.name


@pytest.mark.django_db(transaction=True)
def test_capacity_below_the_pools_is_shown_on_the_form(admin_client: Client) -> None:
    product = make.product(ota=20, direct=10)

    below = change(admin_client, product, capacity="29")
    enough = change(admin_client, product, capacity="30")

    assert (below.status_code, errors(below, "adminform")) == (200, {"capacity_below_pools"})
    assert enough.status_code == 302


@pytest.mark.django_db
def test_pools_are_set_up_with_their_moves_and_a_log_entry(admin_client: Client) -> None:
    product = bare_product()

    answer = set_up(admin_client, product, ota=20, direct=10)

    moves = AllocationMove.objects.order_by("d_allocated")
    assert answer.status_code == 302
    assert (make.pool(product), make.pool(product, "direct")) == ((20, 0, 0), (10, 0, 0))
    assert [(move.kind, move.by) for move in moves] == [("set_up", "staff:admin")] * 2
    assert all(move.request_id for move in moves)
    assert LogEntry.objects.get().object_id == str(product.pk)


@pytest.mark.django_db(transaction=True)
def test_pools_beyond_the_capacity_are_refused_as_a_whole(admin_client: Client) -> None:
    product = bare_product()

    answer = set_up(admin_client, product, ota=20, direct=11)

    assert (answer.status_code, len(errors(answer))) == (200, 1)
    assert (product.allocations.count(), LogEntry.objects.count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("units", ["-1", "2.5", "many", "", "2147483648"])
def test_a_pool_starts_with_a_number_of_units(admin_client: Client, units: Any) -> None:
    product = bare_product()

    answer = set_up(admin_client, product, ota=units, direct=0)

    assert (answer.status_code, product.allocations.count()) == (200, 0)


@pytest.mark.django_db
def test_only_the_missing_pool_is_asked_for_and_the_other_stays(admin_client: Client) -> None:
    product = make.product(ota=20, capacity=30)
    page = reverse("admin:inventory_product_set_up_pools", args=[product.pk])

    asked = list(admin_client.get(page).context["form"].fields)
    set_up(admin_client, product, ota=5, direct=10)
    again = set_up(admin_client, product, ota=1, direct=1)

    assert asked == ["direct", "reason"]
    assert (make.pool(product), make.pool(product, "direct")) == ((20, 0, 0), (10, 0, 0))
    assert again.status_code == 302


@pytest.mark.django_db
def test_a_product_that_is_not_there_has_no_pools_to_set_up(admin_client: Client) -> None:
    page = reverse("admin:inventory_product_set_up_pools", args=["4711x"])
    assert admin_client.get(page).status_code == 404


@pytest.mark.django_db
def test_the_product_page_shows_its_pools(admin_client: Client) -> None:
    product = make.product(ota=20, direct=10)
    make.reservation(on=product, quantity=5)

    page = reverse("admin:inventory_product_change", args=[product.pk])
    shown = admin_client.get(page).content.decode()

    assert product.channel_allocations["ota"] == {"allocated": 20, "reserved": 5, "sold": 0}
    assert "&quot;ota&quot;: {&quot;allocated&quot;: 20, &quot;reserved&quot;: 5" in shown
    assert "25.0 %" in shown
