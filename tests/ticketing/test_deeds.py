"""What staff do to reservations, orders and tickets, one and many: with a reason, remembered."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests import gate, make, shop
from ticketing import reconcile
from ticketing.models import Order, Reservation, TicketMove

WHY = {"reason": "asked by phone"}
pytestmark = pytest.mark.django_db


def page(about: Model, name: str) -> str:
    return reverse(f"admin:ticketing_{about._meta.model_name}_{name}", args=[about.pk])


def in_bulk(client: Client, action: str, *rows: Model, **more: Any) -> Any:
    """What the list answers when these rows are chosen for an action."""
    address = reverse(f"admin:ticketing_{rows[0]._meta.model_name}_changelist")
    chosen = {"action": action, "index": "0", "_selected_action": [str(row.pk) for row in rows]}
    return client.post(address, {**chosen, **more}, follow=True)


def messages_of(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def last_move(row: Any) -> tuple[str, str, str]:
    move = row.history.latest("id")
    return move.status, move.by, move.reason


def status_of(row: Any) -> str:
    row.refresh_from_db()
    return row.status


# --- One reservation, one order --------------------------------------------------------------


@pytest.mark.parametrize("is_direct", [False, True], ids=["partner", "direct"])
def test_a_hold_is_let_go_with_its_unpaid_order(admin_client: Client, is_direct: bool) -> None:
    order = shop.order(quantity=2) if is_direct else make.order(quantity=2)
    held = Reservation.objects.get()

    admin_client.post(page(held, "cancel"), {})
    assert status_of(held) == "active"  # nobody said why
    admin_client.post(page(held, "cancel"), WHY)

    assert (status_of(held), status_of(order)) == ("cancelled", "CANCELLED")
    assert last_move(held) == ("cancelled", "staff:admin", "asked by phone")
    assert last_move(order) == ("CANCELLED", "staff:admin", "asked by phone")
    assert "asked by phone" in LogEntry.objects.get().change_message
    assert list(reconcile.differences()) == []


def test_an_overdue_hold_is_expired_by_hand_with_its_order(admin_client: Client) -> None:
    product = make.product(5)
    held = make.reservation(on=product)
    order = make.order(reserved=held)
    make.lapse(held)

    for _ in range(2):  # twice is the same as once
        admin_client.post(page(held, "expire"), WHY)

    assert (status_of(held), status_of(order)) == ("expired", "EXPIRED")
    assert last_move(held) == ("expired", "staff:admin", "asked by phone")
    assert (make.pool(product), held.history.count()) == ((5, 0, 0), 2)


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_still_runs_is_not_expired(admin_client: Client) -> None:
    held = make.reservation()

    answer = admin_client.post(page(held, "expire"), WHY, follow=True)

    assert "holds until" in messages_of(answer)[0]
    assert (status_of(held), LogEntry.objects.count()) == ("active", 0)


def test_an_unpaid_order_gives_its_units_back(admin_client: Client) -> None:
    product = make.product(5)
    order = make.order(on=product, quantity=2)

    admin_client.post(page(order, "cancel"), WHY)

    assert (status_of(order), make.pool(product)) == ("CANCELLED", (5, 0, 0))
    assert last_move(order) == ("CANCELLED", "staff:admin", "asked by phone")


def test_a_paid_order_loses_all_its_tickets_and_its_units_are_free(admin_client: Client) -> None:
    product = make.product(5)
    order = make.order("CONFIRMED", on=product, quantity=3)
    make.cancel_ticket(order.tickets.all()[0])  # one of them went before

    for _ in range(2):
        admin_client.post(page(order, "cancel"), WHY)

    assert (status_of(order), make.pool(product)) == ("CANCELLED", (5, 0, 0))
    assert {status_of(ticket) for ticket in order.tickets.all()} == {"CANCELLED"}
    assert [move.reason for move in order.history.all()][-1] == "asked by phone"
    assert list(reconcile.differences()) == []


def test_what_an_order_of_a_batch_earned_is_taken_back(admin_client: Client) -> None:
    ticket, order = make.sell(make.premade_ticket())

    admin_client.post(page(order, "cancel"), WHY)

    kinds = [entry.kind for entry in ticket.settlement_entries.order_by("pk")]
    assert (kinds, status_of(ticket)) == (["activation", "reversal"], "CANCELLED")
    assert list(reconcile.differences()) == []


@pytest.mark.django_db(transaction=True)
def test_an_order_of_which_something_was_used_stays_whole(admin_client: Client) -> None:
    order = make.order("CONFIRMED", quantity=2, on=make.product(5, functions={"FERRY_BOARDING": 2}))
    gate.scan(order.tickets.all()[0])  # one of two uses: its status is ACTIVE still

    answer = admin_client.post(page(order, "cancel"), WHY, follow=True)

    assert "1 of its 2 tickets" in messages_of(answer)[0]
    assert (status_of(order), LogEntry.objects.count()) == ("CONFIRMED", 0)
    assert {status_of(ticket) for ticket in order.tickets.all()} == {"ACTIVE"}


# --- What is offered -------------------------------------------------------------------------


DEEDS = ("cancel", "expire", "reissue", "expire_rest", "cancel_rest")


def offered(client: Client, about: Model) -> set[str]:
    """The deeds whose buttons the page of a row shows."""
    shown = client.get(page(about, "change")).content.decode()
    return {name for name in DEEDS if f'/{about.pk}/{name}/"' in shown}


@pytest.mark.django_db(transaction=True)
def test_a_page_offers_what_can_still_become_of_its_row(admin_client: Client) -> None:
    ticket, batch, order = make.ticket(), make.batch(2), make.order()
    held = make.reservation()
    rows: tuple[Model, ...] = (held, order, ticket, batch)
    assert [offered(admin_client, row) for row in rows] == [
        {"cancel", "expire"}, {"cancel"}, {"cancel", "expire", "reissue"},
        {"cancel_rest", "expire_rest"},
    ]  # fmt: skip

    for row in (held, order, ticket):
        admin_client.post(page(row, "cancel"), WHY)
    admin_client.post(page(batch, "cancel_rest"), WHY)
    assert [offered(admin_client, row) for row in rows] == [set(), set(), set(), set()]

    # Who had the page open is told, instead of being turned away.
    answer = admin_client.post(page(ticket, "expire"), WHY, follow=True)
    assert (answer.status_code, len(messages_of(answer))) == (200, 1)


# --- Many at once ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_is_refused_of_many_is_named_with_its_code_and_stops_no_other(
    admin_client: Client,
) -> None:
    product = make.product(30)
    order = make.order("CONFIRMED", on=product, quantity=23)
    fine, *others = order.tickets.order_by("pk")
    for each in others[:21]:
        make.expire_ticket(each)
    used = gate.use_up(others[21])

    asked = in_bulk(admin_client, "cancel_chosen", fine, *others)
    assert "23 are chosen." in asked.content.decode()
    assert status_of(fine) == "ACTIVE"  # nobody said why yet
    answer = in_bulk(admin_client, "cancel_chosen", fine, *others, confirmed="1", **WHY)

    done, refused = messages_of(answer)
    assert done == "Cancel ticket: 1 done."
    assert "22 refused." in refused
    assert refused.count("<code>ticket_not_cancellable</code>") == 20
    assert "and 2 more" in refused
    assert (status_of(fine), last_move(fine)) == (
        "CANCELLED", ("CANCELLED", "staff:admin", "asked by phone"),
    )  # fmt: skip
    assert status_of(used) == "USED"
    again = in_bulk(admin_client, "cancel_chosen", fine, confirmed="1", **WHY)
    assert "<code>unchanged</code>" in messages_of(again)[0]
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(fine.pk)]


@pytest.mark.django_db(transaction=True)
def test_what_left_the_filter_meanwhile_is_refused_and_not_passed_over(
    admin_client: Client,
) -> None:
    held = make.reservation()
    make.activate(held)
    address = reverse("admin:ticketing_reservation_changelist") + "?status=active"
    chosen = {"action": "cancel_chosen", "index": "0", "_selected_action": [str(held.pk)]}

    answer = admin_client.post(address, {**chosen, "confirmed": "1", **WHY}, follow=True)

    assert "reservation_already_activated" in messages_of(answer)[0]


def test_each_kind_has_its_deeds_for_many(admin_client: Client) -> None:
    ticket, batch, order = make.ticket(), make.batch(2), make.order()
    overdue = make.reservation("overdue")

    told = [
        *messages_of(in_bulk(admin_client, "reissue_chosen", ticket, confirmed="1", **WHY)),
        *messages_of(in_bulk(admin_client, "expire_chosen", ticket, confirmed="1", **WHY)),
        *messages_of(in_bulk(admin_client, "cancel_rest_of_chosen", batch, confirmed="1", **WHY)),
        *messages_of(in_bulk(admin_client, "cancel_chosen", order, confirmed="1", **WHY)),
        *messages_of(in_bulk(admin_client, "expire_chosen", overdue, confirmed="1", **WHY)),
    ]

    assert told == [
        "Reissue ticket: 1 done.",
        "Expire ticket: 1 done.",
        "Cancel the rest: 1 done.",
        "Cancel order: 1 done.",
        "Expire reservation now: 1 done.",
    ]
    ticket.refresh_from_db()
    assert (ticket.generation, ticket.status, status_of(order)) == (2, "EXPIRED", "CANCELLED")
    assert {move.reason for move in TicketMove.objects.exclude(was="")} == {"asked by phone"}


def test_a_batch_tells_who_ended_its_rest_and_why(admin_client: Client) -> None:
    batch = make.batch(3)

    admin_client.post(page(batch, "cancel_rest"), WHY)

    shown = admin_client.get(page(batch, "change")).content.decode()
    assert "staff:admin: asked by phone" in shown


def test_more_than_can_be_done_at_once_are_not_begun(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.admin_deeds.MOST_AT_ONCE", 2)
    batch = make.batch(3)

    answer = in_bulk(admin_client, "cancel_chosen", *batch.tickets.all())

    assert messages_of(answer) == ["More than 2 rows: choose fewer."]


def test_who_may_only_look_can_do_nothing_to_one_or_many(client: Client) -> None:
    order = make.order()
    held = Reservation.objects.get()
    user = User.objects.create_user("clerk", is_staff=True)
    names = ["view_order", "view_reservation", "cancel_ticket"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)

    singles = [client.post(page(row, "cancel"), WHY).status_code for row in (order, held)]
    in_bulk(client, "cancel_chosen", order, confirmed="1", **WHY)
    in_bulk(client, "cancel_chosen", held, confirmed="1", **WHY)

    assert singles == [403, 403]
    assert (Order.objects.get().status, status_of(held)) == ("PENDING_PAYMENT", "active")


def test_an_id_that_is_none_is_not_found(admin_client: Client) -> None:
    page = reverse("admin:ticketing_order_changelist")
    chosen = {"action": "cancel_chosen", "index": "0", "_selected_action": ["4711x"]}

    assert admin_client.post(page, chosen).status_code == 404
    sure = {**chosen, "confirmed": "1", "reason": "none"}
    assert admin_client.post(page, sure).status_code == 404
