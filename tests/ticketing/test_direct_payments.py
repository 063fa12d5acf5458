"""One inbox for both channels: what direct sales' provider sends, in any order and any form."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings

from resellers import payment_secrets
from tests import make, shop
from tests.openapi import Answer
from tests.partner_program import Program, expect, refusal
from ticketing import expiring, notices, reconcile
from ticketing.models import Order, PaymentNotice, RefusedNotice, Ticket

pytestmark = pytest.mark.django_db
SECRET = settings.PAYMENT_SECRET.encode()
FORGED = (401, "invalid_signature")


@pytest.fixture(autouse=True)
def _nothing_drifts() -> object:
    yield
    assert list(reconcile.differences()) == []


def send(
    event: Any, *, source: str = "direct", secret: bytes = SECRET, age: int = 0, **options: Any
) -> Answer:
    """A notice as a source sends it, signed `age` seconds ago."""
    body = event if isinstance(event, bytes) else json.dumps(event, default=float).encode()
    signature = notices.sign(secret, body, at=make.now() - timedelta(seconds=age))
    headers = {"X-Payment-Source": source, "X-Payment-Signature": signature}
    return Program(None).post("/payments/notify", body, headers=headers, **options)


def applied(order: Order) -> dict[str, Any]:
    return {"received": True, "applied": True, "order_id": order.order_id}


def rejected(reason: str) -> dict[str, Any]:
    return {"received": True, "applied": False, "reason": reason}


def kept() -> list[tuple[str, str, str]]:
    """(source, outcome, reason) of everything that is stored, the oldest first."""
    notices = PaymentNotice.objects.order_by("id").values_list("source", "outcome", "reason")
    refused = RefusedNotice.objects.order_by("id").values_list("source", "reason")
    return [*notices, *((source, "refused", reason) for source, reason in refused)]


def test_a_paid_order_gets_its_tickets_by_itself() -> None:
    product = shop.product(5)
    order = shop.order(on=product, quantity=2)
    assert expect(200, send(make.notice(order, payment_reference="PSP-7"))) == applied(order)
    order.refresh_from_db()
    assert (order.status, order.payment_reference) == ("CONFIRMED", "PSP-7")
    assert (order.tickets.count(), shop.pool(product)) == (2, (5, 0, 2))
    assert order.reservation is not None
    assert order.reservation.status == "activated"
    assert [move.by for move in order.history.order_by("id")][-1] == "payment:direct"


def test_the_raw_notice_is_kept_byte_for_byte() -> None:
    order = shop.order()
    body = json.dumps(make.notice(order), default=float, indent=3).encode() + b"\n "
    assert expect(200, send(body)) == applied(order)
    assert bytes(PaymentNotice.objects.get().body) == body


def test_a_duplicate_gets_the_first_answer_and_has_no_second_effect() -> None:
    order = shop.order()
    event = make.notice(order)
    first, *more = [expect(200, send(event)) for _ in range(3)]
    assert (first, more) == (applied(order), [first, first])
    assert (Ticket.objects.count(), PaymentNotice.objects.count()) == (1, 1)


def test_two_events_of_one_order_have_one_effect() -> None:
    order = shop.order()
    assert expect(200, send(make.notice(order))) == applied(order)
    assert expect(200, send(make.notice(order))) == rejected("order_already_confirmed")
    assert (Ticket.objects.count(), PaymentNotice.objects.count()) == (1, 2)


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_arrival_never_matters(seed: int) -> None:
    """Failed, failed again, paid, paid twice, each of them repeated: shuffled."""
    order = shop.order()
    events = [
        make.notice(order, status=status, event_id=f"evt-{n}")
        for n, status in enumerate(("failed", "failed", "paid", "paid"))
    ]
    sent = [*events, *events, *events]
    random.Random(seed).shuffle(sent)
    answers = [expect(200, send(event)) for event in sent]
    order.refresh_from_db()
    assert (order.status, Ticket.objects.count()) == ("CONFIRMED", 1)
    assert PaymentNotice.objects.filter(outcome="applied").count() == 1
    for event in events:
        told = [answer for each, answer in zip(sent, answers, strict=True) if each is event]
        assert told == [told[0]] * 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": Decimal("287.99")}, "amount_mismatch"),
        ({"amount": 0}, "amount_mismatch"),
        ({"currency": "CNY"}, "amount_mismatch"),
        ({"order_id": "ORD-1700000000000-00000000"}, "unknown_order"),
        ({"status": "failed"}, "payment_failed"),
    ],
    ids=str,
)
def test_a_notice_that_does_not_fit_is_stored_and_sells_nothing(
    changes: dict[str, Any], reason: str
) -> None:
    product = shop.product(5)
    order = shop.order(on=product)
    assert expect(200, send(make.notice(order, **changes))) == rejected(reason)
    order.refresh_from_db()
    assert (order.status, Ticket.objects.count()) == ("PENDING_PAYMENT", 0)
    assert shop.pool(product) == (5, 1, 0)
    outcome = "noted" if reason == "payment_failed" else "rejected"
    assert kept() == [("direct", outcome, reason)]
    assert expect(200, send(make.notice(order))) == applied(order)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("overdue", "reservation_expired"),
        ("EXPIRED", "reservation_expired"),
        ("CANCELLED", "reservation_cancelled"),
        ("CONFIRMED", "order_already_confirmed"),
    ],
)
def test_a_payment_that_comes_too_late_is_stored_and_sells_nothing(
    status: str, reason: str
) -> None:
    order = shop.order(status)
    tickets = Ticket.objects.count()
    assert expect(200, send(make.notice(order))) == rejected(reason)
    assert (Ticket.objects.count(), kept()) == (tickets, [("direct", "rejected", reason)])


def test_neither_source_pays_the_orders_of_the_other() -> None:
    partner = make.partner()
    secret = payment_secrets.add(partner, at=make.now()).encode()
    theirs, ours = make.order(of=partner), shop.order()
    assert expect(200, send(make.notice(theirs))) == rejected("unknown_order")
    wrong = send(make.notice(ours), source=partner.partner_id, secret=secret)
    assert expect(200, wrong) == rejected("unknown_order")
    assert Ticket.objects.count() == 0
    assert kept() == [
        ("direct", "rejected", "order_of_another_source"),
        (partner.partner_id, "rejected", "order_of_another_source"),
    ]


def test_both_channels_share_one_inbox_and_no_event_numbers() -> None:
    partner = make.partner()
    secret = payment_secrets.add(partner, at=make.now()).encode()
    theirs, ours = make.order(of=partner), shop.order()
    first = send(make.notice(ours, event_id="evt-1"))
    second = send(make.notice(theirs, event_id="evt-1"), source=partner.partner_id, secret=secret)
    assert (expect(200, first), expect(200, second)) == (applied(ours), applied(theirs))


# --- What is not authentic -------------------------------------------------------------------


FORGERIES: list[tuple[str, Callable[[dict[str, Any]], Answer]]] = [
    ("wrong_signature", lambda event: send(event, secret=b"guessed")),
    ("wrong_signature", lambda event: send(event, source="NOBODY")),
    ("wrong_signature", lambda event: send(event, source="direct\0")),
    ("stale_signature", lambda event: send(event, age=301)),
    ("stale_signature", lambda event: send(event, age=-360)),
    ("no_signature", lambda event: Program(None).post("/payments/notify", _plain(event))),
]


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "amount": float(event["amount"])}


@pytest.mark.parametrize(("reason", "forge"), FORGERIES)
def test_a_forgery_is_refused_and_operators_see_it_with_its_reason(
    reason: str, forge: Callable[[dict[str, Any]], Answer]
) -> None:
    product = shop.product(5)
    order = shop.order(on=product)
    event = make.notice(order)
    answers = [forge(event) for _ in range(3)]
    assert [refusal(answer) for answer in answers] == [FORGED] * 3
    assert (Ticket.objects.count(), shop.pool(product)) == (0, (5, 1, 0))
    (seen,) = RefusedNotice.objects.all()
    assert (seen.reason, seen.times) == (reason, 3)
    assert order.order_id.encode() in bytes(seen.body)
    assert not PaymentNotice.objects.exists()
    # It does not stand in the way of the true one, though it has its event id.
    assert expect(200, send(event)) == applied(order)


def test_every_forgery_gets_the_same_answer() -> None:
    event = make.notice(shop.order())
    told = [{**forge(event).json(), "request_id": ""} for _, forge in FORGERIES]
    assert [each for each in told if each != told[0]] == []


def test_a_signed_notice_that_cannot_be_read_is_kept_with_its_reason() -> None:
    event = {**make.notice(shop.order()), "surely_unknown": 1}
    assert refusal(send(event)) == (400, "validation_failed")
    assert refusal(send(b"{")) == (400, "malformed_json")
    assert kept() == [("direct", "refused", "malformed")] * 2
    assert not PaymentNotice.objects.exists()


def test_who_floods_us_with_forgeries_does_not_fill_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one_minute = SimpleNamespace(time=lambda: 1_800_000_000)
    monkeypatch.setattr("django_ratelimit.core.time", one_minute)
    order = shop.order()
    for number in range(70):
        body = b"x" * 5000 + str(number).encode()
        assert refusal(send(body, secret=b"guessed")) == FORGED
    assert RefusedNotice.objects.count() == notices.REFUSED_KEPT_PER_MINUTE
    assert {len(bytes(each.body)) for each in RefusedNotice.objects.all()} == {2000}
    assert {each.size for each in RefusedNotice.objects.all()} <= {5001, 5002}
    assert expect(200, send(make.notice(order))) == applied(order)


def test_made_up_sources_count_together_and_stand_in_nobodys_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one_minute = SimpleNamespace(time=lambda: 1_800_000_000)
    monkeypatch.setattr("django_ratelimit.core.time", one_minute)
    partner = make.partner()
    for number in range(70):
        forged = send(f"{number}".encode(), source=f"MADE-UP-{number}", secret=b"guessed")
        assert refusal(forged) == FORGED
    assert RefusedNotice.objects.count() == notices.REFUSED_KEPT_PER_MINUTE
    for source in ("direct", partner.partner_id):
        assert refusal(send(b"x", source=source, secret=b"guessed")) == FORGED
        assert RefusedNotice.objects.filter(source=source).count() == 1


def test_refused_notices_are_forgotten_some_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        send(f"{number}".encode(), secret=b"guessed")
    assert notices.forget_refused(at=make.now(), days=90) == 0
    monkeypatch.setattr(notices, "REFUSED_KEPT", 3)
    assert notices.forget_refused(at=make.now(), days=90) == 2
    assert notices.forget_refused(at=make.now() + timedelta(days=91), days=90) == 3


def test_while_the_provider_changes_the_secret_both_are_taken(settings: Settings) -> None:
    old, new = SECRET, b"the-new-secret-of-the-provider"
    settings.PAYMENT_SECRET = new.decode()
    settings.PAYMENT_SECRETS_RETIRING = [old.decode()]
    for secret in (old, new):
        order = shop.order()
        assert expect(200, send(make.notice(order), secret=secret)) == applied(order)
    settings.PAYMENT_SECRETS_RETIRING = []
    assert refusal(send(make.notice(shop.order()), secret=old)) == FORGED


def test_an_empty_retiring_secret_is_none() -> None:
    """It would let everybody sign."""
    read = "from config.settings import PAYMENT_SECRETS_RETIRING as kept; print(kept)"
    environment = {**os.environ, "PAYMENT_SECRETS_RETIRING": "old, ,older,"}
    done = subprocess.run(
        [sys.executable, "-c", read], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['old', 'older']\n"


# --- At once ---------------------------------------------------------------------------------


def results(answers: list[Any]) -> list[dict[str, Any]]:
    assert [each for each in answers if not isinstance(each, Answer)] == []
    return [expect(200, each) for each in answers]


@pytest.mark.django_db(transaction=True)
def test_one_notice_a_hundred_times_at_once_has_one_effect() -> None:
    product = shop.product(5)
    order = shop.order(on=product, quantity=2)
    event = make.notice(order)
    answers = results(make.in_parallel(lambda _: send(event), range(100)))
    assert answers == [applied(order)] * 100
    assert (Ticket.objects.count(), PaymentNotice.objects.count()) == (2, 1)
    assert shop.pool(product) == (5, 0, 2)


@pytest.mark.django_db(transaction=True)
def test_a_hundred_notices_of_one_order_at_once_have_one_effect() -> None:
    order = shop.order()
    answers = results(make.in_parallel(lambda _: send(make.notice(order)), range(100)))
    assert answers.count(applied(order)) == 1
    others = [answer for answer in answers if answer != applied(order)]
    assert others == [rejected("order_already_confirmed")] * 99
    assert (Ticket.objects.count(), PaymentNotice.objects.count()) == (1, 100)


@pytest.mark.django_db(transaction=True)
def test_good_and_bad_notices_at_once_have_the_effect_of_the_good_one() -> None:
    product = shop.product(5)
    order = shop.order(on=product)
    event = make.notice(order)

    def act(number: int) -> Answer:
        kinds: list[Callable[[], Answer]] = [
            lambda: send(event),
            lambda: send(make.notice(order, amount=1)),
            lambda: send(make.notice(order, status="failed")),
            lambda: send(event, secret=b"guessed"),
            lambda: send(event, age=4000),
        ]
        return kinds[number % len(kinds)]()

    answers = make.in_parallel(act, range(50))
    assert [each for each in answers if not isinstance(each, Answer)] == []
    order.refresh_from_db()
    assert (order.status, Ticket.objects.count()) == ("CONFIRMED", 1)
    assert shop.pool(product) == (5, 0, 1)
    reasons = {reason for _, _, reason in kept()}
    assert reasons == {
        "", "amount_mismatch", "payment_failed", "wrong_signature", "stale_signature",
    }  # fmt: skip
    assert sum(each.times for each in RefusedNotice.objects.all()) == 20


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_the_sweep_at_once_leave_one_of_them() -> None:
    for _ in range(5):
        product = shop.product(5)
        order = shop.order(on=product)
        shop.lapse(order)
        calls: list[Callable[[], object]] = [
            lambda order=order: send(make.notice(order)).json(),  # type: ignore[misc]
            lambda: expiring.sweep(at=make.now),
        ]
        answer, _swept = make.in_parallel(lambda call: call(), calls)
        assert answer == rejected("reservation_expired")
        order.refresh_from_db()
        assert (order.tickets.count(), order.status in ("EXPIRED", "PENDING_PAYMENT")) == (0, True)
        expiring.sweep(at=make.now)
        assert shop.pool(product) == (5, 0, 0)
