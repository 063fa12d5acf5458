"""Endpoints that fail: registered over the API, and answered by a real receiver."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from ota.models import Delivery, WebhookEndpoint
from ota.webhooks import sending
from tests import hooks, make
from tests.ota.alerts.watching import alerts, only, told
from tests.partner_program import Program, expect, program

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = 16 * MINUTE


@pytest.fixture(autouse=True)
def _loopback(settings: Settings) -> None:
    """As in the demo, a receiver may live on this machine."""
    settings.DEMO = True


@pytest.fixture
def got() -> Iterator[hooks.Receiver]:
    with hooks.receiver(hooks.answering(500)) as receiver:
        yield receiver


def registered(mine: Program, got: hooks.Receiver) -> str:
    made = expect(201, mine.post("webhooks", {"url": got.url, "events": ["ticket.used"]}))
    return str(made["id"])


def amended(mine: Program, webhook: str, **change: Any) -> None:
    expect(200, mine.call("PATCH", f"webhooks/{webhook}", change))


def tried(webhook: str, times: int = 1) -> None:
    """Send what waits, with the pauses over."""
    for _ in range(times):
        past = make.now() - timedelta(seconds=1)
        Delivery.objects.filter(endpoint_id=UUID(webhook), state="pending").update(
            next_attempt_at=past
        )
        WebhookEndpoint.objects.filter(pk=webhook).update(paused_until=None)
        assert sending.drain(UUID(webhook), at=make.now) == 1


def test_an_endpoint_that_fails_for_a_quarter_of_an_hour_is_an_alert_until_it_answers(
    got: hooks.Receiver,
) -> None:
    mine = program()
    webhook = registered(mine, got)
    expect(202, mine.post(f"webhooks/{webhook}/test"))
    tried(webhook, times=2)
    assert alerts("webhook_failing", make.now() + LATER) == []  # failed twice: too few to say
    tried(webhook)
    assert alerts("webhook_failing") == []  # a moment ago

    assert alerts("webhook_failing", make.now() + LATER) == [(webhook, 1)]
    assert alerts("webhook_failing", make.now() + LATER) == [(webhook, 2)]
    words = told("webhook_failing")
    assert f"of {mine.owner.partner_id} at 127.0.0.1 has taken nothing for 16 minutes" in words
    assert "3 attempts in a row failed, and 1 notices wait" in words
    assert "/hooks" not in str(only("webhook_failing").facts)  # an address may hold a secret

    got.temper = hooks.answering(204)
    tried(webhook)
    assert alerts("webhook_failing", make.now() + LATER) == []


@pytest.mark.parametrize("status", ["removed", "disabled"])
def test_an_endpoint_that_its_partner_gave_up_fails_no_more(
    got: hooks.Receiver, status: str
) -> None:
    mine = program()
    webhook = registered(mine, got)
    expect(202, mine.post(f"webhooks/{webhook}/test"))
    tried(webhook, times=3)
    assert len(alerts("webhook_failing", make.now() + LATER)) == 1
    if status == "removed":
        expect(204, mine.delete(f"webhooks/{webhook}"))
    else:
        amended(mine, webhook, status=status)
    assert alerts("webhook_failing", make.now() + LATER) == []
    assert alerts("webhook_off", make.now() + LATER) == []


def test_an_endpoint_that_we_turned_off_is_an_alert_until_somebody_turns_it_on(
    got: hooks.Receiver,
) -> None:
    mine = program()
    webhook = registered(mine, got)
    expect(202, mine.post(f"webhooks/{webhook}/test"))
    assert alerts("webhook_off") == []
    got.temper = hooks.answering(410)
    tried(webhook)

    assert alerts("webhook_off") == [(webhook, 1)]
    assert alerts("webhook_off") == [(webhook, 2)]
    assert "was turned off by us (gone:" in told("webhook_off")
    amended(mine, webhook, status="active")
    assert alerts("webhook_off") == []


def test_three_days_of_failing_turn_one_alert_into_the_other(got: hooks.Receiver) -> None:
    mine = program()
    webhook = registered(mine, got)
    expect(202, mine.post(f"webhooks/{webhook}/test"))
    tried(webhook, times=3)
    long_ago = make.now() - sending.GIVE_UP_AFTER
    WebhookEndpoint.objects.filter(pk=webhook).update(failing_since=long_ago)
    assert alerts("webhook_failing") == [(webhook, 1)]
    tried(webhook)
    assert alerts("webhook_failing") == []
    assert alerts("webhook_off") == [(webhook, 1)]
    assert alerts("webhook_off", make.now() + timedelta(days=8)) == []  # nobody wants it any more
