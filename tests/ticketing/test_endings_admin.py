"""Operators end tickets by hand: with a reason, once, and only those who may."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests import gate, make
from ticketing import reconcile
from ticketing.models import Batch, Ticket

pytestmark = pytest.mark.django_db
WHY = {"reason": "printed wrongly"}


def page(about: Model, name: str) -> str:
    return reverse(f"admin:ticketing_{about._meta.model_name}_{name}", args=[about.pk])


def statuses(batch: Batch) -> list[str]:
    return sorted(batch.tickets.values_list("status", flat=True))


def clerk(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.mark.parametrize(("deed", "status"), [("expire", "EXPIRED"), ("cancel", "CANCELLED")])
def test_an_unsold_ticket_is_ended_and_its_unit_is_free_again(
    admin_client: Client, deed: str, status: str
) -> None:
    product = make.product(5)
    ticket = make.premade_ticket(product_id=product.pk)

    admin_client.post(page(ticket, deed), {})
    assert Ticket.objects.get().status == "PRE_GENERATED"  # nobody said why
    admin_client.post(page(ticket, deed), WHY)

    last = ticket.history.latest("id")
    assert (last.status, last.by, last.reason) == (status, "staff:admin", "printed wrongly")
    assert make.pool(product) == (5, 0, 0)
    assert "printed wrongly" in LogEntry.objects.get().change_message
    assert list(reconcile.differences()) == []


def test_a_sold_ticket_that_is_expired_stays_sold(admin_client: Client) -> None:
    product = make.product(5)
    ticket, _ = make.sell(make.premade_ticket(product_id=product.pk))
    admin_client.post(page(ticket, "expire"), WHY)
    assert (Ticket.objects.get().status, make.pool(product)) == ("EXPIRED", (5, 0, 1))
    assert gate.scan(ticket).code == "ticket_expired"


@pytest.mark.parametrize(
    ("deed", "status"), [("expire_rest", "EXPIRED"), ("cancel_rest", "CANCELLED")]
)
def test_the_rest_of_a_batch_is_ended_and_what_is_sold_is_spared(
    admin_client: Client, deed: str, status: str
) -> None:
    product = make.product(10)
    batch = make.batch(4, product_id=product.pk)
    make.sell(batch.tickets.all()[0])

    for _ in range(2):
        answer = admin_client.post(page(batch, deed), WHY, follow=True)
        assert answer.status_code == 200

    assert statuses(batch) == sorted(["ACTIVE", *[status] * 3])
    assert make.pool(product) == (10, 0, 1)
    assert list(reconcile.differences()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", ["expire", "cancel"])
def test_what_is_used_stays_and_staff_are_told_why(admin_client: Client, deed: str) -> None:
    ticket = gate.use_up(gate.ticket())
    answer = admin_client.post(page(ticket, deed), WHY, follow=True)
    assert answer.status_code == 200
    assert "USED" in "".join(str(told) for told in answer.context["messages"])
    assert (Ticket.objects.get().status, LogEntry.objects.count()) == ("USED", 0)


@pytest.mark.parametrize(
    ("deed", "other"),
    [("expire", "cancel_ticket"), ("cancel", "expire_ticket")],
)
def test_each_deed_asks_for_its_own_permission(client: Client, deed: str, other: str) -> None:
    batch = make.batch(3)
    ticket = batch.tickets.all()[0]
    staff = clerk(client, "view_ticket", "view_batch", other)
    assert staff.post(page(ticket, deed), WHY).status_code == 403
    assert staff.post(page(batch, f"{deed}_rest"), WHY).status_code == 403
    assert statuses(batch) == ["PRE_GENERATED"] * 3
