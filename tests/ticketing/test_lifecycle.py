"""A status moves along MOVES only, and remembers."""

import itertools

import pytest
from pytest_django import DjangoAssertNumQueries

from config.actors import Actor
from config.errors import Refusal
from tests import gate, make
from ticketing.errors import IllegalMove
from ticketing.lifecycle import Lifecycle
from ticketing.models import Order, Reservation, Ticket

SOMEBODY = Actor("staff:ops", request_id="request-1", reason="asked by phone")
# Written out once more: a changed table has to be changed twice.
RESERVATION = {("active", "activated"), ("active", "cancelled"), ("active", "expired")}
ORDER = {
    ("PENDING_PAYMENT", "CONFIRMED"),
    ("PENDING_PAYMENT", "CANCELLED"),
    ("PENDING_PAYMENT", "EXPIRED"),
    ("CONFIRMED", "CANCELLED"),
}
TICKET = {
    ("PRE_GENERATED", "ACTIVE"),
    ("PRE_GENERATED", "EXPIRED"),
    ("PRE_GENERATED", "CANCELLED"),
    ("ACTIVE", "USED"),
    ("ACTIVE", "EXPIRED"),
    ("ACTIVE", "CANCELLED"),
    ("USED", "ACTIVE"),
}
TABLES = [(Reservation, RESERVATION), (Order, ORDER), (Ticket, TICKET)]


@pytest.mark.parametrize(("model", "allowed"), TABLES, ids=["reservation", "order", "ticket"])
def test_the_moves_are_these(model: type[Lifecycle], allowed: set[tuple[str, str]]) -> None:
    assert {(was, to) for was, tos in model.MOVES.items() for to in tos} == allowed


@pytest.mark.parametrize(
    ("model", "was", "status"),
    [
        (model, was, status)
        for model, allowed in TABLES
        for was, status in itertools.product(model.MOVES, repeat=2)
        if (was, status) not in allowed
    ],
)
def test_every_other_move_is_refused(model: type[Ticket], was: str, status: str) -> None:
    subject = model(status=was)
    with pytest.raises(Refusal) as refused:
        subject.move_to(status, at=make.now(), by=SOMEBODY)
    assert (refused.value.status, subject.status) == (409, was)


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (Reservation(status="activated"), "reservation_already_activated"),
        (Reservation(status="cancelled"), "reservation_cancelled"),
        (Reservation(status="expired"), "reservation_expired"),
        (Order(status="CONFIRMED"), "order_already_confirmed"),
        (Order(status="CANCELLED"), "order_not_payable"),
        (Order(status="EXPIRED"), "order_not_payable"),
        (Ticket(status="CANCELLED"), "illegal_status_change"),
    ],
)
def test_a_refusal_says_why(subject: Lifecycle, code: str) -> None:
    assert subject.refusal().code == code


@pytest.mark.django_db
def test_a_move_is_remembered_with_who_when_and_why() -> None:
    ticket, at = gate.use_up(make.ticket()), make.now()

    ticket.move_to("ACTIVE", at=at, by=SOMEBODY)
    ticket.move_to("USED", at=at, by=make.BY)

    told = ticket.history.values_list("was", "status", "by", "request_id", "reason", "at")
    assert list(told)[2:] == [
        ("USED", "ACTIVE", "staff:ops", "request-1", "asked by phone", at),
        ("ACTIVE", "USED", "test:maker", "request-of-the-tests", "", at),
    ]
    assert Ticket.objects.get(pk=ticket.pk).status == "USED"


@pytest.mark.django_db
def test_a_move_changes_what_it_is_told_and_nothing_else() -> None:
    ticket = make.ticket()
    Ticket.objects.update(generation=7)
    ticket.move_to("CANCELLED", at=make.now(), by=SOMEBODY, customer_type="child")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.customer_type, ticket.generation) == ("CANCELLED", "child", 7)


@pytest.mark.django_db
def test_many_rows_move_together_but_only_those_that_may() -> None:
    product, at = make.product(), make.now()
    waiting = [make.reservation(on=product) for _ in range(2)]
    cancelled = make.reservation("cancelled", on=product)
    ids = [held.id for held in (*waiting, cancelled)]

    moved = Reservation.move_all(ids, "active", "expired", at=at, by=SOMEBODY, stamp="resolved_at")

    assert sorted(moved) == sorted(held.id for held in waiting)
    for held in waiting:
        held.refresh_from_db()
        assert (held.status, held.resolved_at) == ("expired", at)
        last = held.history.last()
        assert last is not None
        assert (last.was, last.status, last.by, last.at) == ("active", "expired", "staff:ops", at)
    assert [move.status for move in cancelled.history.all()] == ["active", "cancelled"]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_many_rows_move_in_one_statement(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    product = make.product()
    ids = [make.reservation(on=product).id for _ in range(count)]
    with django_assert_num_queries(1):
        Reservation.move_all(
            ids, "active", "expired", at=make.now(), by=SOMEBODY, stamp="resolved_at"
        )


def test_many_rows_do_not_move_against_the_table() -> None:
    with pytest.raises(IllegalMove):
        Order.move_all([], "EXPIRED", "CONFIRMED", at=make.now(), by=SOMEBODY)
