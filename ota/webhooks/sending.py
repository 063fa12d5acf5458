"""Sending what waits: claimed for a while, posted, settled; never within a transaction.

Notices about the same subject go one after the other, all others side by side. Whoever dies with
a notice in hand loses nothing: its claim ends by itself, and somebody else sends it, with the
same id. An endpoint that hangs or fails gets one sender at a time and longer and longer pauses,
so that it keeps nobody else waiting.
"""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction

from ..models import Delivery, WebhookEndpoint
from . import endpoints, mails, outbound, signing
from .lines import Claimed, claim
from .outbound import Answer, Target, Unsent

log = structlog.get_logger("ota.webhooks")
AGENT = "Gangway-Webhooks/1.0"
GIVE_UP_AFTER = timedelta(days=3)
# Seconds from one attempt to the next; together a little less than three days.
SCHEDULE = (5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 72_000)
# Seconds an endpoint is left alone after so many failures in a row.
PAUSES = (5, 15, 60, 120, 300)
ANSWERED_FAILURES = 5  # different answers that are no 2xx, before the whole endpoint is paused
BUSY = frozenset({429, 502, 503, 504})  # the endpoint as a whole cannot take it
LONGEST_RETRY_AFTER = 86_400.0
Post = Callable[[Target, bytes, dict[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: with a status, or with a word that says why there is none."""

    status: int | None
    error: str
    retry_after: float | None
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_about_the_endpoint(self) -> bool:
        """Whether another notice would have met the same."""
        return self.status is None or self.status in BUSY


def drain(endpoint_id: uuid.UUID, *, at: Callable[[], datetime], seconds: float = 5) -> int:
    """Send to one endpoint what is due, until nothing is or the time is over; returns how many."""
    sent, until = 0, time.monotonic() + seconds
    while time.monotonic() < until and (claimed := claim(endpoint_id)):
        try:
            outcome = attempt(claimed, at=at())
        except Exception:
            # By the schedule, like every failure: else it is tried when each lease ends, for ever.
            settle(claimed, Outcome(None, "internal", None, 0), at=at())
            raise
        settle(claimed, outcome, at=at())
        sent += 1
    return sent


def attempt(claimed: Claimed, *, at: datetime, post: Post = outbound.post) -> Outcome:
    """Sign it and send it once."""
    began = time.monotonic()
    took = partial(_since, began)
    target = outbound.target_of(claimed.url)
    if target is None:
        return Outcome(None, "address_not_allowed", None, took())
    body = claimed.payload.encode()
    secrets = signing.valid(WebhookEndpoint(pk=claimed.endpoint), at=at)
    signed = signing.headers(str(claimed.event_id), body, secrets, at=at)
    told = {"Content-Type": "application/json", "User-Agent": AGENT, **signed}
    try:
        answer = post(target, body, told)
    except Unsent as failure:
        return Outcome(None, failure.error, None, took())
    is_fine = 200 <= answer.status < 300
    error = "" if is_fine else "redirect" if 300 <= answer.status < 400 else "status"
    return Outcome(answer.status, error, answer.retry_after, took())


@transaction.atomic
def settle(claimed: Claimed, outcome: Outcome, *, at: datetime) -> None:
    """Write down how it went, and when it is tried again; may turn the endpoint off."""
    endpoint = WebhookEndpoint.objects.locked().get(pk=claimed.endpoint)
    delivery = Delivery.objects.locked().get(pk=claimed.id)
    if delivery.state != Delivery.State.PENDING or delivery.attempts != claimed.attempts:
        return  # our lease had ended, and somebody else has it in hand or is done
    delivery.leased_until = None
    delivery.response_status, delivery.error = outcome.status, outcome.error
    delivery.milliseconds = outcome.milliseconds
    if outcome.is_success:
        delivery.state, delivery.next_attempt_at = Delivery.State.DELIVERED, None
        delivery.delivered_at = at
    elif _is_over(delivery, at):
        delivery.state, delivery.next_attempt_at = Delivery.State.FAILED, None
    else:
        delivery.next_attempt_at = _next(delivery, outcome, at)
    delivery.save()
    _note(endpoint, delivery, outcome, at=at)
    log.info(
        "ota.webhooks.attempted",
        endpoint_id=str(endpoint.pk),
        delivery_id=str(delivery.delivery_id),
        event_type=delivery.event_type,
        state=delivery.state,
        status=outcome.status,
        error=outcome.error,
        milliseconds=outcome.milliseconds,
    )


def _note(endpoint: WebhookEndpoint, delivery: Delivery, outcome: Outcome, *, at: datetime) -> None:
    """What an attempt says about its endpoint."""
    endpoint.last_milliseconds = outcome.milliseconds
    if outcome.is_success:
        endpoint.failing_since, endpoint.failures, endpoint.paused_until = None, 0, None
        endpoint.last_success_at = at
    else:
        endpoint.failing_since = endpoint.failing_since or at
        endpoint.failures += 1
        endpoint.paused_until = _paused_until(endpoint.failures, outcome, at)
    endpoint.save(
        update_fields=[
            "last_milliseconds", "failing_since", "failures", "paused_until", "last_success_at",
        ]
    )  # fmt: skip
    if outcome.status == 410:
        _turn_off(endpoint, WebhookEndpoint.Why.GONE, at=at)
    elif _is_hopeless(endpoint, delivery, at):
        _turn_off(endpoint, WebhookEndpoint.Why.FAILING, at=at)


def _is_hopeless(endpoint: WebhookEndpoint, delivery: Delivery, at: datetime) -> bool:
    """Nothing got through for three days: since it began to fail, or since this notice did."""
    since, last, began = endpoint.failing_since, endpoint.last_success_at, delivery.first_attempt_at
    if since is None or began is None:
        return False
    is_given_up = delivery.state == Delivery.State.FAILED and (last is None or last < began)
    return is_given_up or at - since >= GIVE_UP_AFTER


def _turn_off(endpoint: WebhookEndpoint, why: str, *, at: datetime) -> None:
    if endpoint.is_active:
        endpoints.turn_off(endpoint, why, at=at)
        mails.tell_of_end(endpoint, at=at)
        log.warning("ota.webhooks.disabled", endpoint_id=str(endpoint.pk), why=why)


def _is_over(delivery: Delivery, at: datetime) -> bool:
    began = delivery.first_attempt_at
    return began is not None and at - began >= GIVE_UP_AFTER


def _next(delivery: Delivery, outcome: Outcome, at: datetime) -> datetime:
    """By the schedule, not before the receiver wants it, and for the last time after three days."""
    step = SCHEDULE[min(delivery.attempts, len(SCHEDULE)) - 1]
    wait = max(_jittered(step), _asked_for(outcome))
    return min(at + timedelta(seconds=wait), (delivery.first_attempt_at or at) + GIVE_UP_AFTER)


def _paused_until(failures: int, outcome: Outcome, at: datetime) -> datetime | None:
    """One notice it does not like says little about an endpoint; no answer says all."""
    counted = failures if outcome.is_about_the_endpoint else failures - ANSWERED_FAILURES
    if counted <= 0:
        return None
    pause = PAUSES[min(counted, len(PAUSES)) - 1]
    return at + timedelta(seconds=max(_jittered(pause), _asked_for(outcome)))


def _asked_for(outcome: Outcome) -> float:
    return min(outcome.retry_after or 0.0, LONGEST_RETRY_AFTER)


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311  spreads load, keeps no secret


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
