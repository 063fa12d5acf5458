"""POST /payments/notify: signed by its source, stored once, never sold twice."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from resellers import payment_secrets
from resellers.models import Partner
from tests import make
from tests.openapi import Answer
from tests.partner_program import PAID, Program, expect, program, refusal
from ticketing import notices
from ticketing.models import Order, PaymentNotice, Ticket

PATH = "/payments/notify"
REFUSED = (401, "invalid_signature")
APPLIED = {"received": True, "applied": True}


def partner_with_secret() -> tuple[Partner, bytes]:
    owner = make.partner(rate_limit=1000)
    return owner, payment_secrets.add(owner, at=make.now()).encode()


def sent(
    body: bytes,
    source: str,
    signature: str,
    *,
    content_type: str | None = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    signed = {"X-Payment-Source": source, "X-Payment-Signature": signature, **(headers or {})}
    return Program(None).post(PATH, body, headers=signed, content_type=content_type)


def notify(
    event: Any, source: str, secret: bytes, at: datetime | None = None, **options: Any
) -> Answer:
    """Send an event as its source would, signed now."""
    body = event if isinstance(event, bytes) else json.dumps(event, default=float).encode()
    return sent(body, source, notices.sign(secret, body, at=at or make.now()), **options)


def rejected(reason: str) -> dict[str, Any]:
    return {"received": True, "applied": False, "reason": reason}


@pytest.mark.django_db
def test_a_paid_notice_issues_the_tickets_and_confirms_the_order() -> None:
    owner, secret = partner_with_secret()
    order = make.order(of=owner, quantity=2)
    answer = notify(make.notice(order), owner.partner_id, secret)
    assert expect(200, answer) == {**APPLIED, "order_id": order.order_id}
    order.refresh_from_db()
    assert (order.status, order.payment_reference) == ("CONFIRMED", "PAY-1")
    assert Ticket.objects.filter(order=order, status="ACTIVE").count() == 2
    assert make.pool(order.product) == (10, 0, 2)
    assert not any(name.startswith("ratelimit") for name in answer.headers)


@pytest.mark.django_db
def test_a_repeated_notice_gets_the_first_answer_and_has_no_second_effect() -> None:
    owner, secret = partner_with_secret()
    order = make.order(of=owner)
    event = make.notice(order)
    first, *repeats = [expect(200, notify(event, owner.partner_id, secret)) for _ in range(3)]
    assert repeats == [first, first]
    assert (Ticket.objects.count(), PaymentNotice.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_the_same_event_with_another_body_gets_the_first_answer_and_is_noticed() -> None:
    owner, secret = partner_with_secret()
    first, second = make.order(of=owner), make.order(of=owner)
    event = make.notice(first)
    one = notify(event, owner.partner_id, secret)
    other = notify({**event, "order_id": second.order_id}, owner.partner_id, secret)
    assert expect(200, other) == expect(200, one)
    second.refresh_from_db()
    assert second.status == "PENDING_PAYMENT"
    assert PaymentNotice.objects.get().changed_repeats == 1


@pytest.mark.django_db
def test_the_same_event_id_of_another_source_is_another_event() -> None:
    (one, its_secret), (other, others_secret) = partner_with_secret(), partner_with_secret()
    first, second = make.order(of=one), make.order(of=other)
    event = make.notice(first)
    expect(200, notify(event, one.partner_id, its_secret))
    again = make.notice(second, event_id=event["event_id"])
    assert expect(200, notify(again, other.partner_id, others_secret))["applied"] is True


@pytest.mark.django_db
def test_a_failed_payment_is_stored_and_leaves_the_order_payable() -> None:
    owner, secret = partner_with_secret()
    order = make.order(of=owner)
    failed = make.notice(order, status="failed")
    assert expect(200, notify(failed, owner.partner_id, secret)) == rejected("payment_failed")
    paid = expect(200, notify(make.notice(order), owner.partner_id, secret))
    assert paid["applied"] is True
    assert PaymentNotice.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"amount": 287.99}, {"amount": 288.01}, {"amount": 0}, {"currency": "USD"}], ids=str
)
def test_a_wrong_amount_sells_nothing(wrong: dict[str, Any]) -> None:
    owner, secret = partner_with_secret()
    order = make.order(of=owner)
    answer = notify(make.notice(order, **wrong), owner.partner_id, secret)
    assert expect(200, answer) == rejected("amount_mismatch")
    assert (Ticket.objects.count(), make.pool(order.product)) == (0, (10, 1, 0))


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [b"288", b"288.0", b"288.00", b"2.88e2"])
def test_an_amount_may_be_written_in_any_way_json_has(amount: bytes) -> None:
    owner, secret = partner_with_secret()
    event = {**make.notice(make.order(of=owner)), "amount": 7777}
    body = json.dumps(event).encode().replace(b"7777", amount)
    assert expect(200, notify(body, owner.partner_id, secret))["applied"] is True


@pytest.mark.django_db
def test_what_cannot_be_applied_says_why_and_sells_nothing() -> None:
    owner, secret = partner_with_secret()
    stranger, _ = partner_with_secret()
    overdue = make.order(of=owner)
    make.lapse(overdue.reservation)  # type: ignore[arg-type]
    unsold = {
        "reservation_expired": [overdue, make.order("EXPIRED", of=owner)],
        "reservation_cancelled": [make.order("CANCELLED", of=owner)],
        "order_already_confirmed": [make.order("CONFIRMED", of=owner)],
        "unknown_order": [make.order(of=stranger)],
    }
    before = Ticket.objects.count()
    for reason, orders in unsold.items():
        for order in orders:
            answer = notify(make.notice(order), owner.partner_id, secret)
            assert expect(200, answer) == rejected(reason)
    nobodys = make.notice(overdue, order_id="ORD-1700000000000-00000000")
    assert expect(200, notify(nobodys, owner.partner_id, secret)) == rejected("unknown_order")
    assert Ticket.objects.count() == before
    assert PaymentNotice.objects.filter(outcome="rejected").count() == 6


@pytest.mark.django_db
def test_a_partner_cannot_pay_with_the_secret_of_direct_sales_nor_the_other_way_round() -> None:
    owner, secret = partner_with_secret()
    order = make.order(of=owner)
    direct = settings.PAYMENT_SECRET.encode()
    answer = notify(make.notice(order), "direct", direct)
    assert expect(200, answer) == rejected("unknown_order")
    assert refusal(notify(make.notice(order), "direct", secret)) == REFUSED
    assert refusal(notify(make.notice(order), owner.partner_id, direct)) == REFUSED


@pytest.mark.django_db
def test_a_signature_that_is_not_valid_is_refused_and_nothing_is_stored() -> None:
    owner, secret = partner_with_secret()
    inactive, old_secret = partner_with_secret()
    inactive.is_active = False
    inactive.save()
    order, name = make.order(of=owner), owner.partner_id
    event = make.notice(order)
    body = json.dumps(event, default=float).encode()
    sound = notices.sign(secret, body, at=make.now())
    stamp, mac = sound.removeprefix("t=").split(",v1=")
    late, early = (make.now() + timedelta(seconds=s) for s in (-301, 360))
    answers = [
        sent(body, name, ""),
        sent(body, "", sound),
        sent(body, name, "rubbish"),
        sent(body, name, sound.upper()),
        sent(body, name, f"t={stamp}"),
        sent(body, name, f"v1={mac}"),
        sent(body, name, f"t={stamp},v1={mac[:-1]}"),
        sent(body, name, f"t={stamp},v1={'0' * 64}"),
        sent(body, name, f"t={stamp},v0={mac}"),
        sent(body, name, f"t={int(stamp) + 1},v1={mac}"),
        sent(body, name, f"t={'9' * 13},v1={mac}"),
        sent(body, name, f"t=١,v1={mac}"),
        sent(body, name, f"{sound}\n"),
        sent(body, name, "é" * 70),
        sent(body + b" ", name, sound),
        sent(b"", name, sound),
        sent(body, name.lower(), sound),
        sent(body, "NOBODY", sound),
        sent(body, "x" * 5000, sound),
        sent(body, "a\0b", sound),
        sent(body, "é", sound),
        notify(event, inactive.partner_id, old_secret),
        notify(event, name, secret, at=late),
        notify(event, name, secret, at=early),
        notify(event, name, b"wrong"),
    ]
    assert [refusal(answer) for answer in answers] == [REFUSED] * len(answers)
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        'Signature realm="payments"'
    }
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert (PaymentNotice.objects.count(), Ticket.objects.count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [-280, 299])
def test_five_minutes_of_clock_difference_are_tolerated(seconds: int) -> None:
    owner, secret = partner_with_secret()
    at = make.now() + timedelta(seconds=seconds)
    answer = notify(make.notice(make.order(of=owner)), owner.partner_id, secret, at=at)
    assert expect(200, answer)["applied"] is True


@pytest.mark.django_db
def test_while_a_secret_is_changed_both_are_valid_and_several_signatures_may_be_sent() -> None:
    owner, old = partner_with_secret()
    new = payment_secrets.add(owner, at=make.now(), overlap=timedelta(hours=1)).encode()
    for secret in (old, new):
        answer = notify(make.notice(make.order(of=owner)), owner.partner_id, secret)
        assert expect(200, answer)["applied"] is True
    body = json.dumps(make.notice(make.order(of=owner)), default=float).encode()
    mine, other = (notices.sign(secret, body, at=make.now()) for secret in (new, b"other"))
    both = f"{other},{mine.split(',')[1]}"
    assert expect(200, sent(body, owner.partner_id, both))["applied"] is True


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [{"event_id": ""}, {"event_id": "a b"}, {"event_id": 5}, {"event_id": "x" * 101},
     {"event_id": ...}, {"order_id": ...}, {"order_id": None}, {"order_id": "x" * 41},
     {"status": "PAID"}, {"status": ...}, {"amount": "288"}, {"amount": -1}, {"amount": 1.005},
     {"amount": True}, {"amount": 1e300}, {"currency": "hkd"}, {"currency": "HKDX"},
     {"payment_reference": ""}, {"payment_reference": "a b"}, {"x": 1}],
    ids=str,
)  # fmt: skip
def test_a_signed_notice_that_is_malformed_is_refused_with_the_place(
    change: dict[str, Any],
) -> None:
    owner, secret = partner_with_secret()
    event = {**make.notice(make.order(of=owner)), **change}
    event = {name: value for name, value in event.items() if value is not ...}
    answer = notify(event, owner.partner_id, secret)
    assert refusal(answer) == (400, "validation_failed")
    assert answer.places[0][0] == f"/{next(iter(change))}"
    assert PaymentNotice.objects.count() == 0


@pytest.mark.django_db
def test_a_signed_body_that_is_no_json_is_refused() -> None:
    owner, secret = partner_with_secret()
    name = owner.partner_id
    assert refusal(notify(b"{", name, secret)) == (400, "malformed_json")
    assert refusal(notify(b"", name, secret)) == (400, "validation_failed")
    assert refusal(notify(b"[]", name, secret)) == (400, "validation_failed")
    text = notify(b"a=1", name, secret, content_type="application/x-www-form-urlencoded")
    assert refusal(text) == (415, "unsupported_media_type")
    undeclared = notify(b"{}", name, secret, content_type=None)
    assert refusal(undeclared) == (400, "undeclared_body")
    packed = notify(b"{}", name, secret, headers={"Content-Encoding": "gzip"})
    assert refusal(packed) == (415, "unsupported_media_type")
    assert refusal(notify(b" " * 65537, name, secret)) == (413, "body_too_large")


@pytest.mark.django_db
def test_other_methods_are_not_answered_without_a_signature() -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert refusal(Program(None).call(method, PATH)) == REFUSED


@pytest.mark.django_db(transaction=True)
def test_simultaneous_copies_of_a_notice_issue_once_and_answer_the_same() -> None:
    owner, secret = partner_with_secret()
    order = make.order(of=owner, quantity=3)
    event = make.notice(order)
    results = make.in_parallel(lambda _: notify(event, owner.partner_id, secret), range(8))
    answers = [result for result in results if isinstance(result, Answer)]
    assert [answer.status for answer in answers] == [200] * 8
    assert [answer.json() for answer in answers] == [{**APPLIED, "order_id": order.order_id}] * 8
    assert Ticket.objects.count() == 3
    assert make.pool(order.product) == (10, 0, 3)


@pytest.mark.django_db(transaction=True)
def test_notices_and_api_calls_at_the_same_moment_sell_once() -> None:
    owner, secret = partner_with_secret()
    mine, order = program(owner), make.order(of=owner, quantity=2)

    def pay(n: int) -> Answer:
        if n % 3 == 0:
            return notify(make.notice(order), owner.partner_id, secret)
        if n % 3 == 1:
            return mine.post("activate", {"order_id": order.order_id, "payment_reference": "API"})
        return mine.post(f"reservations/{order.reservation_id}/activate", PAID)

    results = make.in_parallel(pay, range(9))
    answers = [result for result in results if isinstance(result, Answer)]
    assert len(answers) == 9
    sold = [answer for answer in answers if _sold(answer)]
    assert len(sold) == 1
    assert {refusal(answer) for answer in answers if not _sold(answer)} <= {
        (200, ""),
        (409, "order_already_confirmed"),
        (409, "reservation_already_activated"),
    }
    assert (Ticket.objects.count(), make.pool(order.product)) == (2, (10, 0, 2))
    assert Order.objects.get().status == "CONFIRMED"


def _sold(answer: Answer) -> bool:
    return answer.status < 300 and answer.json().get("applied", True)


@pytest.mark.django_db
def test_an_address_that_forges_too_often_waits_and_an_authentic_notice_never_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "ADDRESS_REQUESTS_PER_MINUTE", 2)
    owner, secret = partner_with_secret()
    event = make.notice(make.order(of=owner))
    forged = [notify(event, owner.partner_id, b"another") for _ in range(4)]

    assert [each.status for each in forged] == [401, 401, 429, 429]
    assert refusal(forged[2]) == (429, "rate_limited")
    assert 1 <= int(forged[2].headers["retry-after"]) <= 60
    assert expect(200, notify(event, owner.partner_id, secret))["applied"] is True
