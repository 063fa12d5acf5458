"""Payment notices: authentic, stored once, one effect: decisions §6, R145-R150."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests import make
from ticketing import expiring, reconcile
from ticketing.models import Order, PaymentNotice, Ticket

pytestmark = pytest.mark.django_db


def source_of(order: Order) -> str:
    assert order.partner is not None
    return order.partner.partner_id


def refused(reason: str) -> dict[str, Any]:
    return {"received": True, "applied": False, "reason": reason}


def test_a_paid_order_gets_its_tickets() -> None:
    product = make.product(10)
    order = make.order(on=product, quantity=2)
    event = make.notice(order, payment_reference="PSP-9")

    answer = make.notify(event, source_of(order))

    order.refresh_from_db()
    assert answer == {"received": True, "applied": True, "order_id": order.order_id}
    assert (order.status, order.payment_reference) == ("CONFIRMED", "PSP-9")
    assert (order.tickets.count(), make.pool(product)) == (2, (10, 0, 2))
    notice = PaymentNotice.objects.get()
    assert (notice.source, notice.event_id, notice.outcome, notice.order) == (
        source_of(order), event["event_id"], "applied", order,
    )  # fmt: skip
    assert json.loads(bytes(notice.body))["order_id"] == order.order_id


def test_the_same_event_again_gets_the_first_answer_and_does_nothing() -> None:
    order = make.order()
    event = make.notice(order)
    first = make.notify(event, source_of(order))
    assert [make.notify(event, source_of(order)) for _ in range(3)] == [first] * 3
    assert (PaymentNotice.objects.count(), Ticket.objects.count()) == (1, 1)
    assert PaymentNotice.objects.get().changed_repeats == 0


def test_the_same_event_with_another_body_gets_the_first_answer_and_is_noted() -> None:
    paid, other = make.order(), make.order()
    event = make.notice(paid)
    first = make.notify(event, source_of(paid))

    again = make.notify(make.notice(other, event_id=event["event_id"]), source_of(paid))

    other.refresh_from_db()
    assert (again, other.status) == (first, "PENDING_PAYMENT")
    notice = PaymentNotice.objects.get()
    assert (notice.changed_repeats, notice.order) == (1, paid)


def test_two_sources_may_number_their_events_alike() -> None:
    first, second = make.order(), make.order()
    answers = [
        make.notify(make.notice(order, event_id="evt-1"), source_of(order))
        for order in (first, second)
    ]
    assert [answer["applied"] for answer in answers] == [True, True]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": Decimal("287.99")}, "amount_mismatch"),
        ({"amount": Decimal("288.001")}, "amount_mismatch"),
        ({"amount": Decimal(-288)}, "amount_mismatch"),
        ({"currency": "USD"}, "amount_mismatch"),
        ({"currency": "hkd"}, "amount_mismatch"),
        ({"order_id": "ORD-1795182421234-00000000"}, "unknown_order"),
    ],
)
def test_a_notice_that_does_not_fit_its_order_sells_nothing(
    changes: dict[str, Any], reason: str
) -> None:
    order = make.order()
    assert make.notify(make.notice(order, **changes), source_of(order)) == refused(reason)
    order.refresh_from_db()
    assert (order.status, Ticket.objects.count()) == ("PENDING_PAYMENT", 0)
    notice = PaymentNotice.objects.get()
    assert (notice.outcome, notice.reason) == ("rejected", reason)


@pytest.mark.parametrize("amount", [288, Decimal(288), Decimal("288.0"), Decimal("288.00"), 288.0])
def test_an_amount_is_the_same_however_it_is_written(amount: Any) -> None:
    order = make.order()
    assert make.notify(make.notice(order, amount=amount), source_of(order))["applied"]


def test_the_order_of_another_source_is_not_confirmed_to_exist() -> None:
    order, stranger = make.order(), make.partner()
    for source in (stranger.partner_id, "direct"):
        assert make.notify(make.notice(order), source) == refused("unknown_order")
    order.refresh_from_db()
    assert order.status == "PENDING_PAYMENT"
    reasons = PaymentNotice.objects.values_list("outcome", "reason")
    assert set(reasons) == {("rejected", "order_of_another_source")}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("CONFIRMED", "order_already_confirmed"),
        ("CANCELLED", "reservation_cancelled"),
        ("EXPIRED", "reservation_expired"),
    ],
)
def test_an_order_that_is_over_is_not_paid_again(status: str, reason: str) -> None:
    order = make.order(status)
    tickets = Ticket.objects.count()
    assert make.notify(make.notice(order), source_of(order)) == refused(reason)
    order.refresh_from_db()
    assert (order.status, Ticket.objects.count()) == (status, tickets)


def test_a_payment_that_comes_too_late_sells_nothing_though_nobody_swept() -> None:
    product = make.product(1)
    order = make.order(on=product)
    assert order.reservation is not None
    make.lapse(order.reservation)

    answer = make.notify(make.notice(order), source_of(order))

    assert answer == refused("reservation_expired")
    assert Ticket.objects.count() == 0
    assert expiring.sweep(at=make.now) == 1
    assert (make.pool(product), list(reconcile.differences())) == ((1, 0, 0), [])


def test_a_failed_payment_is_stored_and_leaves_the_order_payable() -> None:
    order = make.order()
    failed = make.notice(order, status="failed", amount=Decimal(1))

    assert make.notify(failed, source_of(order)) == refused("payment_failed")
    order.refresh_from_db()
    assert order.status == "PENDING_PAYMENT"
    assert PaymentNotice.objects.get().outcome == "noted"
    assert make.notify(make.notice(order), source_of(order))["applied"]


def test_a_notice_after_the_partners_own_call_is_told_so() -> None:
    order = make.order("CONFIRMED")
    assert make.notify(make.notice(order), source_of(order)) == refused("order_already_confirmed")
    assert Ticket.objects.count() == 1


# --- At once ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_event_twenty_times_at_once_has_one_effect() -> None:
    product = make.product(10)
    order = make.order(on=product, quantity=2)
    event, source = make.notice(order), source_of(order)

    answers = make.in_parallel(lambda _: make.notify(event, source), range(20))

    assert answers == [{"received": True, "applied": True, "order_id": order.order_id}] * 20
    assert (PaymentNotice.objects.count(), Ticket.objects.count()) == (1, 2)
    assert (make.pool(product), list(reconcile.differences())) == ((10, 0, 2), [])


@pytest.mark.django_db(transaction=True)
def test_twenty_events_of_one_order_at_once_have_one_effect() -> None:
    order = make.order()
    answers = make.in_parallel(
        lambda n: make.notify(make.notice(order, event_id=f"evt-{n}"), source_of(order)), range(20)
    )
    assert sorted(answer["applied"] for answer in answers) == [False] * 19 + [True]  # type: ignore[index]
    assert (PaymentNotice.objects.count(), Ticket.objects.count()) == (20, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_a_notice_and_the_partners_own_call_at_once_issue_once(attempt: int) -> None:
    order = make.order(on=make.product(10), quantity=2)
    event, source = make.notice(order), source_of(order)
    calls: list[Callable[[], Any]] = [
        lambda: make.notify(event, source)["applied"],
        lambda: bool(make.pay(order)),
    ]

    noticed, called = make.in_parallel(lambda call: call(), calls)

    assert make.verdicts([noticed, called]) in (
        {"done": 2},  # the notice came second: it was told so
        {"done": 1, "order_already_confirmed": 1},
    )
    assert (noticed is True) != (called is True)
    assert order.tickets.count() == 2
    assert list(reconcile.differences()) == []
