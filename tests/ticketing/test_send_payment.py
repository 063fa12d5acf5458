"""The command that plays the payment provider, against the product's own web server."""

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from resellers import payment_secrets
from tests import make, shop
from ticketing.models import PaymentNotice, RefusedNotice


def send(*arguments: str) -> str:
    out = io.StringIO()
    call_command("send_payment", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_anybody_can_try_the_flow(web: str, settings: Settings) -> None:
    settings.DEMO = True
    partner = make.partner()
    payment_secrets.add(partner, at=make.now())
    ours, theirs = shop.order(), make.order(of=partner)
    paid = send(ours.order_id, "--to", web, "--event-id", "evt-1")
    assert '200 {"received":true,"applied":true' in paid
    assert send(ours.order_id, "--to", web, "--event-id", "evt-1") == paid
    assert '"applied":true' in send(theirs.order_id, "--to", web)
    assert "amount_mismatch" in send(shop.order().order_id, "--to", web, "--amount", "1.50")
    assert "payment_failed" in send(shop.order().order_id, "--to", web, "--failed")
    assert "unknown_order" in send("ORD-1700000000000-00000000", "--to", web)
    with pytest.raises(CommandError):
        send(shop.order().order_id, "--to", web, "--secret", "guessed")
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.status, theirs.status) == ("CONFIRMED", "CONFIRMED")
    assert (PaymentNotice.objects.count(), RefusedNotice.objects.count()) == (5, 1)


@pytest.mark.django_db
def test_outside_the_demo_it_has_to_be_meant() -> None:
    order = shop.order()
    with pytest.raises(CommandError, match="outside-the-demo"):
        send(order.order_id, "--to", "http://127.0.0.1:1")
    with pytest.raises(CommandError, match="does not answer"):
        send(order.order_id, "--to", "http://127.0.0.1:1", "--outside-the-demo")
    order.refresh_from_db()
    assert order.status == "PENDING_PAYMENT"


@pytest.mark.django_db
def test_an_amount_that_is_none_is_refused(settings: Settings) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="no amount"):
        send(shop.order().order_id, "--amount", "much")
