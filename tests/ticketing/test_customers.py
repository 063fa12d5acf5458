"""Customers forgotten on request: nothing of the person is left, every sum stays."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Model, Sum
from django.test import Client
from django.urls import reverse

from customers import tokens
from customers.errors import CustomerNotFound, InvalidRefreshToken, InvalidToken
from customers.models import Account
from tests import make, shop
from tests.customer_program import Shopper
from tests.partner_program import expect, program, refusal
from ticketing import customers, orders, reconcile
from ticketing.customers import Erased
from ticketing.models import Customer, Order, Ticket

pytestmark = pytest.mark.django_db
EMAIL = "canary-7Qx@example.com"
PERSON = {"name": "Canary Person 7Qx", "email": "friend-7Qx@example.com", "phone": "+85277771234"}
TRACES = ["7Qx", "7qx", "77771234", "Canary Person"]


@pytest.fixture
def person() -> Account:
    """Somebody with an account, a paid order for a friend and an unpaid one for themselves."""
    account = shop.account(EMAIL, name=PERSON["name"])
    shop.order("CONFIRMED", of=account, quantity=2, customer_details=PERSON)
    shop.order(of=account)
    tokens.issue(account, at=make.now())
    return account


@transaction.atomic
def erase(customer_id: uuid.UUID) -> Erased:
    return customers.erase(customer_id=customer_id, at=make.now(), by=make.BY)


@transaction.atomic
def erase_address(email: str) -> Erased:
    return customers.erase_address(email=email, at=make.now(), by=make.BY)


def everything() -> str:
    """Every row of every table of the database, as text."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        found = []
        for name in sorted(names):
            cursor.execute(f'SELECT t::text FROM "{name}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def books() -> list[Any]:
    """What the erasure may not touch."""
    sold = Order.objects.order_by("id").values_list(
        "order_id", "quantity", "total_amount", "status", "account", "customer", "confirmed_at"
    )
    tickets = Ticket.objects.order_by("id").values_list("code", "status", "price", "entitlements")
    return [list(sold), list(tickets), Order.objects.aggregate(Sum("total_amount"))]


def test_nothing_of_the_person_is_left_and_every_sum_stays(person: Account) -> None:
    before = books()
    assert all(trace in everything() for trace in TRACES)
    assert erase(person.pk) == Erased(accounts=1, people=2)
    assert [trace for trace in TRACES if trace in everything()] == []
    assert books() == before
    assert list(reconcile.differences()) == []


def test_who_was_erased_cannot_log_in_nor_stay_logged_in(person: Account) -> None:
    pair = tokens.issue(person, at=make.now())
    erase(person.pk)
    mine = Shopper(pair.access)
    assert refusal(mine.get("orders")) == (401, "invalid_token")
    with pytest.raises(InvalidRefreshToken):
        tokens.renew(pair.refresh, at=make.now())
    again = Shopper().post("auth/token", {"email": EMAIL, "password": shop.PASSWORD})
    assert refusal(again) == (401, "wrong_credentials")


def test_the_address_may_be_registered_anew_and_is_somebody_new(person: Account) -> None:
    erase(person.pk)
    new = shop.account(EMAIL)
    assert new.pk != person.pk
    assert expect(200, Shopper(shop.access(new)).get("orders"))["total_count"] == 0


def test_what_was_sold_still_admits_and_an_unpaid_order_can_still_be_paid(person: Account) -> None:
    unpaid = Order.objects.get(status="PENDING_PAYMENT")
    erase(person.pk)
    assert make.notify(make.notice(unpaid), "direct")["applied"] is True
    assert set(Ticket.objects.values_list("status", flat=True)) == {"ACTIVE"}


def test_erasing_twice_is_the_same_as_once(person: Account) -> None:
    erase(person.pk)
    closed = Account.objects.values().get()
    assert erase(person.pk) == Erased(accounts=0, people=0)
    assert Account.objects.values().get() == closed


def test_the_person_of_one_order_is_forgotten_alone(person: Account) -> None:
    friend = Order.objects.get(status="CONFIRMED").customer
    assert erase(friend.pk) == Erased(accounts=0, people=1)
    assert "friend-7Qx" not in everything()
    assert Account.objects.get().email == EMAIL.lower()


def test_an_address_is_forgotten_in_the_orders_of_partners_too(person: Account) -> None:
    sold = make.sell(make.premade_ticket())[1]
    Customer.objects.filter(pk=sold.customer_id).update(email=EMAIL.upper())
    other = make.order("CONFIRMED").customer
    assert erase_address(EMAIL) == Erased(accounts=1, people=3)
    assert [trace for trace in TRACES if trace in everything()] == []
    other.refresh_from_db()
    assert other.email == make.CUSTOMER["email"]


def test_a_partner_sees_a_placeholder_that_fits_the_protocol() -> None:
    mine = program()
    order = make.order("CONFIRMED", of=mine.partner)
    erase(order.customer_id)
    shown = expect(200, mine.get(f"orders/{order.order_id}"))
    assert shown["customer_details"] == {
        "name": "erased", "email": "erased@erased.invalid", "phone": "000000",
    }  # fmt: skip


@pytest.mark.parametrize(
    "forget", [lambda: erase(uuid.uuid4()), lambda: erase_address("nobody@example.com")]
)
def test_nobody_cannot_be_forgotten(forget: Callable[[], object], person: Account) -> None:
    before = everything()
    with pytest.raises(CustomerNotFound):
        forget()
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_an_order_at_the_moment_of_the_erasure_leaves_no_trace_behind() -> None:
    for _ in range(5):
        account, product = shop.account(EMAIL, name=PERSON["name"]), shop.product()

        def buy(account: Account = account, product: Any = product) -> object:
            return orders.place_directly(
                account=account, product_id=product.pk, quantity=1, context=make.NO_CONTEXT,
                at=make.now(), by=make.BY,
            )  # fmt: skip

        calls: list[Callable[[], object]] = [buy, lambda account=account: erase(account.pk)]  # type: ignore[misc]
        bought, erased = make.in_parallel(lambda call: call(), calls)
        assert isinstance(erased, Erased)
        assert isinstance(bought, Order | InvalidToken)
        assert [trace for trace in TRACES if trace in everything()] == []


# --- By command ------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("erase_customer", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_erases_by_id(person: Account) -> None:
    assert command(str(person.pk)) == "Erased: 1 accounts, 2 orders.\n"
    assert "7Qx" not in everything()


def test_the_command_reads_an_address_where_no_shell_remembers_it(
    person: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{EMAIL}\n"))
    assert command("--address") == "Erased: 1 accounts, 2 orders.\n"
    assert "friend-7Qx" not in everything()


@pytest.mark.parametrize(
    "arguments", [(), (EMAIL,), (str(uuid.uuid4()),), (str(uuid.uuid4()), "--address")]
)
def test_the_command_says_what_it_cannot_do(person: Account, arguments: tuple[str, ...]) -> None:
    before = everything()
    with pytest.raises(CommandError), transaction.atomic():
        command(*arguments)
    assert everything() == before


# --- In the back office ----------------------------------------------------------------------


def erase_page(row: Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_erase"
    return reverse(name, args=[row.pk])


def test_staff_erase_a_customer_and_say_why(admin_client: Client, person: Account) -> None:
    asked = admin_client.get(erase_page(person))
    assert asked.status_code == 200
    assert "7Qx" in everything()
    done = admin_client.post(erase_page(person), {"reason": "asked by letter"}, follow=True)
    assert "Erased: 1 accounts, 2 orders." in done.content.decode()
    assert [trace for trace in TRACES if trace in everything()] == []
    assert "asked by letter" in everything()


def test_staff_erase_the_person_of_one_order(admin_client: Client, person: Account) -> None:
    friend = Order.objects.get(status="CONFIRMED").customer
    admin_client.post(erase_page(friend), {"reason": "asked"})
    friend.refresh_from_db()
    assert (friend.name, friend.erased_at is not None) == ("erased", True)
    assert Account.objects.get().is_active


def test_without_a_reason_nobody_is_erased(admin_client: Client, person: Account) -> None:
    admin_client.post(erase_page(person), {"reason": " "})
    assert Account.objects.get().email == EMAIL.lower()


@pytest.mark.parametrize("allowed", [True, False])
def test_only_who_may_erase_can(client: Client, person: Account, allowed: bool) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    codes = ["view_account", *(["erase_account"] if allowed else [])]
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=codes))
    client.force_login(clerk)
    answer = client.post(erase_page(person), {"reason": "asked"})
    assert (answer.status_code == 302) is allowed
    assert (Account.objects.get().email is None) is allowed


def test_pages_of_accounts_show_nobody(admin_client: Client, person: Account) -> None:
    page = admin_client.get(reverse("admin:customers_account_changelist")).content.decode()
    assert "c•••@example.com" in page
    assert [trace for trace in TRACES if trace in page] == []
    own = admin_client.get(reverse("admin:customers_account_change", args=[person.pk]))
    assert [trace for trace in TRACES if trace in own.content.decode()] == []
