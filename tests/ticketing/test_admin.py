"""Staff see reservations, orders and tickets as partners do, with their history."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ota.models import IdempotencyRecord
from tests import make
from ticketing.models import Customer, Order, PaymentNotice, Reservation, Ticket

pytestmark = pytest.mark.django_db


def listed(client: Client, model: type[Model], **sought: str) -> list[Any]:
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return list(client.get(page, sought).context["cl"].result_list)


def page_of(client: Client, row: Model) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return client.get(reverse(name, args=[row.pk])).content.decode()


def text_of(client: Client, model: type[Model]) -> str:
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return client.get(page).content.decode()


def test_an_overdue_hold_is_listed_as_expired(admin_client: Client) -> None:
    overdue, active = make.reservation("overdue"), make.reservation()

    assert overdue.status == "active"
    assert listed(admin_client, Reservation, status="expired") == [overdue]
    assert listed(admin_client, Reservation, status="active") == [active]
    assert {row.shown_status for row in listed(admin_client, Reservation)} == {"active", "expired"}


def test_an_unpaid_order_on_an_overdue_hold_is_listed_as_expired(admin_client: Client) -> None:
    held = make.reservation()
    order, payable = make.order(reserved=held), make.order()
    make.lapse(held)

    assert order.status == "PENDING_PAYMENT"
    assert listed(admin_client, Order, status="EXPIRED") == [order]
    assert listed(admin_client, Order, status="PENDING_PAYMENT") == [payable]


def test_an_overdue_hold_is_expired_on_its_page(admin_client: Client) -> None:
    page = reverse("admin:ticketing_reservation_change", args=[make.reservation("overdue").pk])

    assert admin_client.get(page).context["original"].shown_status == "expired"


@pytest.mark.parametrize(
    ("row", "statuses"),
    [
        (lambda: make.reservation("cancelled"), ["active", "cancelled"]),
        (lambda: make.order("EXPIRED"), ["PENDING_PAYMENT", "EXPIRED"]),
        (lambda: make.ticket(), ["ACTIVE"]),
    ],
    ids=["reservation", "order", "ticket"],
)
def test_a_page_tells_the_whole_history(
    admin_client: Client, row: Any, statuses: list[str]
) -> None:
    about = row()
    name = f"admin:ticketing_{about._meta.model_name}_change"

    answer = admin_client.get(reverse(name, args=[about.pk]))

    timeline = answer.context["inline_admin_formsets"][0].formset.queryset
    assert [move.status for move in timeline] == statuses
    assert "request-of-the-tests" in answer.content.decode()


def test_lists_show_nobodys_personal_data(admin_client: Client) -> None:
    make.order("CONFIRMED")

    shown = "".join(text_of(admin_client, model) for model in (Customer, Order, Ticket))

    assert "c•••@example.com" in shown
    assert [word for word in make.CUSTOMER.values() if word in shown] == []


def test_no_page_shows_a_person_unmasked(admin_client: Client) -> None:
    order = make.order("CONFIRMED")

    person, sale = page_of(admin_client, order.customer), page_of(admin_client, order)

    assert [word for word in make.CUSTOMER.values() if word in person + sale] == []


def test_a_whole_address_finds_its_customer_and_half_of_it_does_not(admin_client: Client) -> None:
    customer = make.order().customer

    assert listed(admin_client, Customer, q=customer.email.upper()) == [customer]
    assert listed(admin_client, Customer, q=customer.email[:6]) == []


def test_rejected_notices_are_found_by_one_filter(admin_client: Client) -> None:
    partner = make.partner()
    unpaid, paid = make.order(of=partner), make.order(of=partner)
    make.notify(make.notice(unpaid, amount=1), partner.partner_id)
    make.notify(make.notice(paid), partner.partner_id)

    rejected = listed(admin_client, PaymentNotice, outcome__exact="rejected")

    assert [notice.order for notice in rejected] == [unpaid]
    assert "?outcome__exact=rejected" in text_of(admin_client, PaymentNotice)


def test_a_row_is_found_by_what_people_have_in_hand(admin_client: Client) -> None:
    order, other = make.order("CONFIRMED"), make.ticket()
    ticket = order.tickets.get()

    assert listed(admin_client, Ticket, q=ticket.code) == [ticket]
    assert listed(admin_client, Ticket, q=order.order_id) == [ticket]
    assert listed(admin_client, Order, q=order.confirmation_code) == [order]
    assert listed(admin_client, Order, q=str(order.reservation_id)) == [order]
    assert listed(admin_client, Reservation, q=str(order.reservation_id)) == [order.reservation]
    assert other.code not in {row.code for row in listed(admin_client, Ticket, q=ticket.code)}


def test_the_stored_answer_is_not_shown(admin_client: Client) -> None:
    record = IdempotencyRecord.objects.create(
        partner=make.partner(),
        key="key-1",
        fingerprint=b"f",
        status=201,
        body='{"name": "Chan Tai Man"}',
        created_at=timezone.now(),
    )

    shown = page_of(admin_client, record) + text_of(admin_client, IdempotencyRecord)

    assert "key-1" in shown
    assert "Chan Tai Man" not in shown
