"""What partners and staff decide about webhooks: register, change, remove, test, send again."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from config.api.rendering import encode
from resellers.models import Partner

from ..errors import DeliveryPending, DuplicateWebhook, TooManyWebhooks, WebhookDisabled
from ..models import TEST_EVENT, Delivery, WebhookEndpoint, WebhookSecret
from . import signing

MOST_ENDPOINTS = 10
Why = WebhookEndpoint.Why


@transaction.atomic(savepoint=False)
def register(
    *, partner: Partner, url: str, events: Sequence[str], at: datetime
) -> tuple[WebhookEndpoint, WebhookSecret]:
    """An endpoint that is told of these events from now on, and its first secret.

    Raises TooManyWebhooks, DuplicateWebhook.
    """
    _expect_room(partner, url)
    endpoint = WebhookEndpoint.objects.create(
        partner=partner, url=url, events=sorted(events), listens_since=at, created_at=at
    )
    return endpoint, signing.add_secret(endpoint, at=at)


@transaction.atomic(savepoint=False)
def amend(
    *,
    partner: Partner,
    endpoint_id: uuid.UUID,
    at: datetime,
    url: str | None = None,
    events: Sequence[str] | None = None,
    status: str | None = None,
) -> WebhookEndpoint:
    """Change where an endpoint is, what it is told, or turn it off and on.

    Raises WebhookNotFound, DuplicateWebhook.
    """
    endpoint = WebhookEndpoint.objects.locked().found(partner, endpoint_id)
    if url is not None and url != endpoint.url:
        _expect_new(partner, url)
        endpoint.url = url
    if events is not None:
        endpoint.events = sorted(events)
    endpoint.save(update_fields=["url", "events"])
    if status == "disabled" and endpoint.is_active:
        turn_off(endpoint, Why.PARTNER, at=at)
    if status == "active" and not endpoint.is_active:
        turn_on(endpoint, at=at)
    return endpoint


@transaction.atomic(savepoint=False)
def remove(*, partner: Partner, endpoint_id: uuid.UUID, at: datetime) -> None:
    """Tell an endpoint nothing more, not even what waits; raises WebhookNotFound."""
    endpoint = WebhookEndpoint.objects.locked().found(partner, endpoint_id)
    endpoint.removed_at = at
    endpoint.save(update_fields=["removed_at"])


@transaction.atomic(savepoint=False)
def rotate_secret(*, partner: Partner, endpoint_id: uuid.UUID, at: datetime) -> WebhookSecret:
    """A new secret; for a day notices are signed with the one before too."""
    endpoint = WebhookEndpoint.objects.locked().found(partner, endpoint_id)
    return signing.add_secret(endpoint, at=at)


@transaction.atomic(savepoint=False)
def test(*, partner: Partner, endpoint_id: uuid.UUID, at: datetime) -> Delivery:
    """Send a notice that means nothing; raises WebhookNotFound, WebhookDisabled."""
    endpoint = WebhookEndpoint.objects.found(partner, endpoint_id)
    _expect_active(endpoint)
    event_id = uuid.uuid4()
    return Delivery.objects.create(
        endpoint=endpoint,
        event_id=event_id,
        event_type=TEST_EVENT,
        subject=f"test:{event_id}",  # waits for nobody
        payload=body(TEST_EVENT, at, {"webhook_id": endpoint.pk}),
        next_attempt_at=at,
        created_at=at,
    )


@transaction.atomic(savepoint=False)
def replay(*, partner: Partner, delivery_id: uuid.UUID, at: datetime) -> Delivery:
    """Send a notice again, with the same id and body, whether or not it had arrived.

    Raises DeliveryNotFound, DeliveryPending, WebhookDisabled.
    """
    return send_again(Delivery.objects.locked_of(partner, delivery_id), at=at)


@transaction.atomic(savepoint=False)
def replay_by_staff(*, delivery: Delivery, at: datetime) -> Delivery:
    """The same for an operator; raises DeliveryPending, WebhookDisabled."""
    return send_again(Delivery.objects.locked().get(pk=delivery.pk), at=at)


@transaction.atomic(savepoint=False)
def switch(*, endpoint: WebhookEndpoint, is_active: bool, note: str, at: datetime) -> None:
    """An operator turns an endpoint off or on, and says why."""
    locked = WebhookEndpoint.objects.locked().get(pk=endpoint.pk)
    if is_active and not locked.is_active:
        turn_on(locked, at=at)
    if not is_active and locked.is_active:
        turn_off(locked, Why.STAFF, at=at, note=note)


def send_again(delivery: Delivery, *, at: datetime) -> Delivery:
    """A locked delivery waits again, as if it were new."""
    if delivery.state == Delivery.State.PENDING:
        raise DeliveryPending("This notice waits for its next attempt already.")
    _expect_active(delivery.endpoint)
    delivery.state, delivery.next_attempt_at = Delivery.State.PENDING, at
    delivery.attempts, delivery.first_attempt_at = 0, None
    delivery.save(update_fields=["state", "next_attempt_at", "attempts", "first_attempt_at"])
    return delivery


def turn_off(endpoint: WebhookEndpoint, why: str, *, at: datetime, note: str = "") -> None:
    """Nothing is sent any more; what waits goes on waiting. For a locked endpoint."""
    _set(
        endpoint, is_active=False, disabled_at=at, disabled_why=why, disabled_note=note,
    )  # fmt: skip


def turn_on(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """What waited is sent, and what happens from now on is told. For a locked endpoint."""
    _set(
        endpoint,
        is_active=True,
        disabled_at=None,
        disabled_why="",
        disabled_note="",
        failing_since=None,
        failures=0,
        paused_until=None,
        listens_since=at,
    )
    # Whoever was given up for lost gets its three days anew.
    waiting = endpoint.deliveries.filter(state=Delivery.State.PENDING)
    waiting.update(attempts=0, first_attempt_at=None, next_attempt_at=at)


def body(event: str, at: datetime, data: dict[str, Any]) -> str:
    """What is sent, byte for byte: the type, when it happened, and the least that says what."""
    return encode({"type": event, "timestamp": at, "data": data}).decode()


def _set(endpoint: WebhookEndpoint, **values: Any) -> None:
    for name, value in values.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(values))


def _expect_active(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_active:
        raise WebhookDisabled("This webhook is turned off, so nothing is sent to it.")


def _expect_room(partner: Partner, url: str) -> None:
    # Locked, so that two calls at once cannot both find the last place free.
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    if WebhookEndpoint.objects.of(partner).count() >= MOST_ENDPOINTS:
        raise TooManyWebhooks(
            f"You have {MOST_ENDPOINTS} webhooks, which is the most there can be."
        )
    _expect_new(partner, url)


def _expect_new(partner: Partner, url: str) -> None:
    if WebhookEndpoint.objects.of(partner).filter(url=url).exists():
        raise DuplicateWebhook("A webhook of yours has this address already.")
