"""History rows become notices: what is told to whom, once, in order, however late it commits."""

import json
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from inventory import allocations
from inventory.moves import SET_UP, Cause, shift
from ota.models import Delivery, Event, Horizon, PartnerMail
from ota.webhooks import mails, notices
from ota.webhooks.histories import HISTORIES
from tests import canaries, gate, hooks, make
from ticketing.models import Customer


def tell() -> int:
    return notices.tell(at=timezone.now())


def told(**which: Any) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of every notice, in the order of sending."""
    found = Delivery.objects.filter(**which).order_by("id")
    return [(each.event_type, json.loads(each.payload)["data"]) for each in found]


def events() -> list[str]:
    return [event for event, _ in told()]


def reallocate(product: Any, units: int) -> None:
    allocations.reallocate(
        product_id=product.pk, source="direct", target="ota", units=units, demand=10**6,
        at=make.now(), by=make.BY,
    )  # fmt: skip


@pytest.mark.django_db
def test_an_order_and_its_ticket_are_told_to_the_partner_that_owns_them() -> None:
    mine, other = hooks.endpoint(), hooks.endpoint()
    ticket = make.ticket(of=mine.partner)
    gate.use_up(ticket)
    assert tell() == 2
    ticket.refresh_from_db()
    order = ticket.order
    assert order is not None
    confirmed, used = told(endpoint=mine)
    assert confirmed == (
        "order.confirmed",
        {
            "order_id": order.order_id,
            "confirmation_code": order.confirmation_code,
            "product_id": order.product_id,
            "quantity": 1,
            "total_amount": 288,
            "currency": "HKD",
            "reservation_id": str(order.reservation_id),
            "batch_id": None,
            "confirmed_at": timezone.localtime(order.confirmed_at).isoformat(),
        },
    )
    assert used[0] == "ticket.used"
    assert (used[1]["ticket_code"], used[1]["status"]) == (ticket.code, "USED")
    assert used[1]["used_at"] == timezone.localtime(ticket.used_at).isoformat()
    assert told(endpoint=other) == []
    assert tell() == 0


@pytest.mark.django_db
def test_cancelled_tickets_and_expired_holds_are_told() -> None:
    mine = hooks.endpoint()
    make.cancel_rest(make.batch(3, of=mine.partner))
    held = make.reservation("expired", of=mine.partner)
    tell()
    assert sorted(events()) == ["reservation.expired"] + ["ticket.cancelled"] * 3
    (_, expired), *_ = told(event_type="reservation.expired")
    assert expired["reservation_id"] == str(held.pk)
    subjects = Delivery.objects.values_list("subject", flat=True)
    assert len(set(subjects)) == 4


@pytest.mark.django_db
def test_an_increase_is_told_to_everybody_who_asked_and_mailed_to_contacts_once() -> None:
    product = make.product(ota=200, direct=100)
    asked = hooks.endpoint(events=[Event.INVENTORY_INCREASED])
    hooks.endpoint(events=[Event.TICKET_USED])
    make.partner(contact_email="contact@example.com")
    reallocate(product, 40)
    tell()
    assert told() == [
        (
            "inventory.increased",
            {"product_id": product.pk, "available_quantity": 240, "increased_by": 40},
        )
    ]
    assert Delivery.objects.get().endpoint == asked
    assert PartnerMail.objects.count() == 1
    tell()
    assert (Delivery.objects.count(), PartnerMail.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_the_contact_gets_one_mail_in_both_languages(mailoutbox: list[Any]) -> None:
    partner = make.partner(contact_email="contact@example.com")
    product = make.product(ota=200, direct=100)
    reallocate(product, 40)
    tell()
    assert mails.send_due(at=timezone.now) == 2  # the pool itself was new, too
    assert mails.send_due(at=timezone.now) == 0
    last = mailoutbox[-1]
    assert last.to == [partner.contact_email]
    assert "40 more units" in last.body
    assert "增加 40 张" in last.body


@pytest.mark.django_db
def test_a_mail_server_that_is_away_is_tried_again(
    mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    make.partner(contact_email="contact@example.com")
    make.product(ota=200)
    tell()
    with monkeypatch.context() as away:
        away.setattr(
            "django.core.mail.backends.locmem.EmailBackend.send_messages",
            lambda *_: (_ for _ in ()).throw(ConnectionRefusedError()),
        )
        assert mails.send_due(at=timezone.now) == 0
    assert mails.send_due(at=timezone.now) == 0  # not yet
    later = timezone.now() + timedelta(minutes=5)
    assert mails.send_due(at=lambda: later) == 1
    assert len(mailoutbox) == 1


@pytest.mark.django_db
def test_what_waits_when_the_mail_server_is_taken_away_is_not_taken_for_sent(
    mailoutbox: list[Any], settings: Settings
) -> None:
    make.partner(contact_email="contact@example.com")
    make.product(ota=200)
    tell()
    there = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert mails.send_due(at=timezone.now) == 0
    settings.EMAIL_BACKEND = there
    assert mails.send_due(at=timezone.now) == 1


@pytest.mark.django_db
def test_low_is_told_at_the_crossing_and_not_again_below_it() -> None:
    product = make.product(ota=103)
    hooks.endpoint(events=[Event.INVENTORY_LOW])
    first, *_ = [make.reservation(on=product, quantity=2) for _ in range(3)]
    tell()
    assert told() == [
        (
            "inventory.low",
            {"product_id": product.pk, "available_quantity": 99, "threshold": 100},
        )
    ]
    make.cancel(first)  # 97 + 2 = 99: still low
    tell()
    assert events() == ["inventory.low"]
    for _ in range(2):
        make.cancel(make.reservation(on=product, quantity=5))
    tell()
    assert events() == ["inventory.low"]


@pytest.mark.django_db
def test_a_sale_tells_nothing_of_stock_and_the_direct_pool_is_nobodys_business() -> None:
    product = make.product(ota=200, direct=300)
    hooks.endpoint(events=[Event.INVENTORY_INCREASED, Event.INVENTORY_LOW])
    make.ticket(on=product)
    allocation = make.allocation(product, "direct")
    product.capacity += 50
    product.save()
    cause = Cause("set_up", uuid.uuid4())
    shift(SET_UP, allocation.pk, 50, cause=cause, at=make.now(), by=make.BY)
    tell()
    assert told() == []


@pytest.mark.django_db
def test_what_happened_before_or_while_it_was_off_is_not_told() -> None:
    partner = make.partner()
    make.ticket(of=partner)
    listening, off, inactive = (hooks.endpoint(partner), hooks.endpoint(partner), hooks.endpoint())
    hooks.turn(off, "disabled")
    inactive.partner.is_active = False
    inactive.partner.save()
    make.ticket(of=partner)
    tell()
    assert {each.endpoint for each in Delivery.objects.all()} == {listening}
    hooks.turn(off, "active")
    tell()
    assert not off.deliveries.exists()
    make.ticket(of=partner)
    tell()
    assert off.deliveries.count() == 1


@pytest.mark.django_db
def test_the_same_event_has_the_same_id_at_every_endpoint() -> None:
    partner = make.partner()
    one, two = hooks.endpoint(partner), hooks.endpoint(partner)
    make.order("CONFIRMED", of=partner)
    tell()
    assert one.deliveries.get().event_id == two.deliveries.get().event_id


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_commits_late_is_not_skipped() -> None:
    """A lower number may appear after a higher one was told, and long after it was looked at."""
    mine = hooks.endpoint()
    early, late = make.order(of=mine.partner), make.order(of=mine.partner)
    written, go_on = threading.Event(), threading.Event()

    def pay_slowly() -> None:
        try:
            with transaction.atomic():
                make.pay(early)
                written.set()
                assert go_on.wait(20)
        finally:
            connection.close()

    slow = threading.Thread(target=pay_slowly)
    slow.start()
    assert written.wait(20)
    make.pay(late)
    for _ in range(4):  # it would have moved on by now, if it only counted rows
        tell()
    already = [data["order_id"] for _, data in told()]
    go_on.set()
    slow.join()
    assert already == [late.order_id]
    tell()
    assert [data["order_id"] for _, data in told()] == [late.order_id, early.order_id]


@pytest.mark.django_db(transaction=True)
def test_what_is_told_is_not_looked_at_for_ever() -> None:
    mine = hooks.endpoint()
    make.order("CONFIRMED", of=mine.partner)
    for _ in range(3):
        tell()
    below = Horizon.objects.get(pk="orders").below
    moves = mine.partner.orders.get().history.order_by("pk").values_list("pk", flat=True)
    assert below == list(moves)[-1]
    assert Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_tell_at_once_and_each_move_is_told_once_in_order() -> None:
    mine = hooks.endpoint()
    tickets = [make.ticket(of=mine.partner) for _ in range(3)]
    for ticket in tickets:
        gate.use_up(ticket)
    answers = make.in_parallel(lambda _: tell(), range(6))
    assert [each for each in answers if isinstance(each, Exception)] == []
    tell()
    assert sorted(events()) == ["order.confirmed"] * 3 + ["ticket.used"] * 3
    used = Delivery.objects.filter(event_type="ticket.used").order_by("id")
    moves = [each.move_id or 0 for each in used]
    assert moves == sorted(moves)


@pytest.mark.django_db
def test_every_history_is_read_by_its_primary_key_alone() -> None:
    """However long a history is: no statement walks through what lies below."""
    mine = hooks.endpoint()
    make.ticket(of=mine.partner)
    bounds: dict[str, Any] = {"above": 0, "upto": 10, "since": make.now(), "low": 100, "most": 10}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for history in HISTORIES:
            cursor.execute(f"EXPLAIN {history.untold}", bounds)
            plan = "\n".join(line for (line,) in cursor.fetchall())
            # The move's own number, and nothing else, says where to look.
            assert f"{history.table}_pkey" in plan, plan


@pytest.mark.django_db
def test_no_notice_says_who_it_is_about_nor_holds_a_secret() -> None:
    """Of every kind there is, about sales with a customer's name, address and number."""
    partner = make.partner(contact_email="contact@example.com")
    mine, product = hooks.endpoint(partner, events=Event.values), make.product(ota=101, direct=50)
    make.reservation("expired", on=product, of=partner)
    make.reservation(on=product, of=partner, quantity=2)
    gate.use_up(make.ticket(of=partner, on=product))
    sold, _ = make.sell(make.premade_ticket(of=partner))
    make.cancel_ticket(sold)
    reallocate(product, 40)
    hooks.waiting(mine)
    tell()
    sent = [each.payload for each in Delivery.objects.all()]
    sent += [each.payload for each in PartnerMail.objects.all()]
    assert set(events()) == {*Event.values, "webhook.test"}
    assert canaries.found_in(sent, {*canaries.PEOPLE, hooks.secret_of(mine)}) == []
    named = [str(each) for each in Customer.objects.values()]
    assert canaries.found_in(named) == named != []  # the control: people were there to be told


@pytest.mark.django_db
def test_old_notices_are_forgotten() -> None:
    mine = hooks.endpoint()
    make.ticket(of=mine.partner)
    tell()
    later = make.now() + timedelta(days=91)
    assert notices.forget(at=later, days=90) == 1
    assert notices.tell(at=later) == 0
