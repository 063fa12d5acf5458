"""The words and numbers of the back office, and its lists of millions."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from config import admin_ground
from config.admin_ground import CappedPaginator


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("customer@example.com", "c•••@example.com"),
        ("陳@example.com", "陳•••@example.com"),
        ("no address", "•••"),
        ("", "•••"),
    ],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert admin_ground.masked_email(address) == shown


def test_names_and_numbers_are_masked() -> None:
    assert (admin_ground.masked("Chan Tai Man"), admin_ground.masked("")) == ("C•••", "")
    assert admin_ground.masked_phone("+85212345678") == "•••78"


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal(1288), "HKD", "HKD\N{NO-BREAK SPACE}1,288.00"),
        (Decimal("318.5"), "", "318.50"),
        (0, "HKD", "HKD\N{NO-BREAK SPACE}0.00"),
        (None, "HKD", ""),
    ],
)
def test_money_is_readable(amount: Decimal | None, currency: str, shown: str) -> None:
    assert admin_ground.money(amount, currency) == shown


def test_a_share_of_nothing_is_a_dash() -> None:
    assert (admin_ground.percent(5, 8), admin_ground.percent(0, 0)) == ("62.5 %", "–")


def test_the_longest_name_of_an_account_fits_into_a_history_row() -> None:
    request = RequestFactory().get("/")
    request.user = User(username="u" * 150)

    assert len(admin_ground.staff(request).name) == 80


@pytest.mark.django_db
def test_a_long_list_is_counted_only_as_far_as_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_ground, "COUNTED", 2)
    User.objects.bulk_create(User(username=f"u{n}") for n in range(5))

    assert CappedPaginator(User.objects.order_by("pk"), 2).count == 3
    assert CappedPaginator(User.objects.filter(username="u1").order_by("pk"), 2).count == 1
