"""Payments that sold nothing, over POST /payments/notify."""

from datetime import timedelta

import pytest

from resellers.models import Partner
from tests import make
from tests.ota.alerts.watching import alerts, limit, only, told
from tests.partner_program import PAID, expect, program
from tests.ticketing.test_payments_api import notify, partner_with_secret, sent
from ticketing.models import PaymentNotice

pytestmark = pytest.mark.django_db


def rejected(reason: str) -> str:
    return str(PaymentNotice.objects.get(outcome="rejected", reason=reason).pk)


def test_each_notice_that_sold_nothing_is_an_alert_until_its_order_is_paid() -> None:
    owner, secret = partner_with_secret()
    paid, unpaid = (make.order(of=owner) for _ in range(2))
    expect(200, notify(make.notice(paid), owner.partner_id, secret))
    expect(200, notify(make.notice(unpaid, status="failed"), owner.partner_id, secret))
    assert alerts("payment_not_applied") == []

    expect(200, notify(make.notice(unpaid, amount=1), owner.partner_id, secret))
    wrong = rejected("amount_mismatch")
    assert alerts("payment_not_applied") == [(wrong, 1)]
    assert alerts("payment_not_applied") == [(wrong, 2)]
    assert f"for order {unpaid.order_id} was authentic" in told("payment_not_applied")
    assert only("payment_not_applied").facts["reason"] == "amount_mismatch"

    expect(200, notify(make.notice(unpaid), owner.partner_id, secret))
    assert alerts("payment_not_applied") == []


def test_a_second_payment_of_a_paid_order_stays_an_alert_for_a_week() -> None:
    owner, secret = partner_with_secret()
    order = make.order(of=owner)
    for _ in range(2):
        expect(200, notify(make.notice(order), owner.partner_id, secret))
    expect(200, notify(make.notice(order, order_id="ORD-none"), owner.partner_id, secret))
    twice, unknown = rejected("order_already_confirmed"), rejected("unknown_order")

    assert sorted(alerts("payment_not_applied")) == sorted([(twice, 1), (unknown, 1)])
    assert alerts("payment_not_applied", make.now() + timedelta(days=7)) == []


def test_an_order_paid_by_its_partners_own_call_settles_the_notice() -> None:
    owner, secret = partner_with_secret()
    mine, order = program(owner), make.order(of=owner)
    expect(200, notify(make.notice(order, currency="USD"), owner.partner_id, secret))
    assert len(alerts("payment_not_applied")) == 1
    assert order.reservation is not None
    assert mine.post(f"reservations/{order.reservation.pk}/activate", PAID).status == 201
    assert alerts("payment_not_applied") == []


def test_the_same_event_with_another_body_is_an_alert_until_it_is_old() -> None:
    owner, secret = partner_with_secret()
    event = make.notice(make.order(of=owner))
    for _ in range(2):
        expect(200, notify(event, owner.partner_id, secret))
    assert alerts("payment_changed") == []  # a faithful repeat
    expect(200, notify({**event, "amount": 1}, owner.partner_id, secret))

    subject = str(PaymentNotice.objects.get().pk)
    assert alerts("payment_changed") == [(subject, 1)]
    assert alerts("payment_changed") == [(subject, 2)]
    assert "was repeated 1 times with another body" in told("payment_changed")
    assert alerts("payment_changed", make.now() + timedelta(days=7)) == []


def test_signed_notices_that_cannot_be_taken_are_an_alert_of_their_source() -> None:
    owner, secret = partner_with_secret()
    forge(owner)
    assert alerts("payment_unreadable") == []
    assert notify({"event_id": "e"}, owner.partner_id, secret).status == 400
    late = make.now() - timedelta(minutes=6)
    assert notify({"event_id": "f"}, owner.partner_id, secret, at=late).status == 401

    assert alerts("payment_unreadable") == [(owner.partner_id, 1)]
    assert alerts("payment_unreadable") == [(owner.partner_id, 2)]
    assert "Not understood: 1; more than five minutes old or ahead: 1" in told("payment_unreadable")
    assert alerts("payment_unreadable", make.now() + timedelta(days=1)) == []


def test_forged_notices_are_an_alert_and_made_up_names_are_not_repeated() -> None:
    owner, _ = partner_with_secret()
    limit("payment_forged", value=2)
    forge(owner)
    forge("chan@example.com")
    assert alerts("payment_forged") == []
    forge(owner)
    forge("somebody-else")

    assert alerts("payment_forged") == [("", 1), (owner.partner_id, 1)]
    assert alerts("payment_forged") == [("", 2), (owner.partner_id, 2)]
    assert alerts("payment_forged", make.now() + timedelta(hours=1)) == []


def forge(source: Partner | str) -> None:
    name = source if isinstance(source, str) else source.partner_id
    signature = f"t={int(make.now().timestamp())},v1={'0' * 64}"
    assert sent(b"{}", name, signature).status == 401
