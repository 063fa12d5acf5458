"""Webhooks and their deliveries as partners write and read them."""

from typing import Any

from config.api.fields import Choice, Integer, ListOf, Moment, Text, Uuid
from config.api.paging import ListQuery
from config.api.strict import Strict, refused

from ..models import TEST_EVENT, Delivery, Event, WebhookEndpoint, WebhookSecret
from ..webhooks import outbound, signing

URL_HELP = (
    "https on port 443 or 8443 of a host with a public address; without credentials or fragment."
)
EVENTS_HELP = "What it is told of; if absent, of everything."
STATUSES = ["active", "disabled"]
ALL_EVENTS = [*Event.values, TEST_EVENT]


def _events(**options: Any) -> ListOf:
    return ListOf(Choice(choices=Event.values), max_length=20, allow_empty=False, **options)


class _WithUrl(Strict):
    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if "url" in values:
            values["url"] = outbound.normal(values["url"])
            if outbound.target_of(values["url"]) is None:
                raise refused("url", f"Send a URL: {URL_HELP}", "not_acceptable")
        if "events" in values:
            if not values["events"]:
                raise refused("events", "Send at least one event, or leave it out.", "empty")
            values["events"] = sorted(set(values["events"]))
        return values


class WebhookIn(_WithUrl):
    """Where notices go, and which."""

    url = Text(max_length=500, help_text=URL_HELP)
    events = _events(required=False, help_text=EVENTS_HELP)


class WebhookPatchIn(_WithUrl):
    """What is to change; what is absent stays."""

    url = Text(max_length=500, required=False, help_text=URL_HELP)
    events = _events(required=False)
    status = Choice(choices=STATUSES, required=False, help_text="disabled: nothing is sent.")


class WebhookDetails(Strict):
    """A webhook and how it has been doing."""

    id = Uuid()
    url = Text(max_length=500)
    events = ListOf(Choice(choices=Event.values))
    status = Choice(choices=STATUSES)
    disabled_at = Moment(allow_null=True)
    disabled_reason = Choice(choices=WebhookEndpoint.Why.values, allow_null=True)
    failing_since = Moment(allow_null=True, help_text="The first failure since the last success.")
    last_success_at = Moment(allow_null=True)
    created_at = Moment()


class CreatedWebhook(WebhookDetails):
    """A new webhook with its secret, shown this once."""

    secret = Text(help_text="whsec_…; verify signatures with it and keep it like a password.")


class NewSecret(Strict):
    """A new secret, shown this once."""

    id = Uuid(help_text="Of the webhook.")
    secret = Text()
    previous_valid_until = Moment(help_text="Until then notices carry a signature with each.")


class DeliveryQuery(ListQuery):
    """Which notices of the webhook; filters combine."""

    state = Choice(choices=Delivery.State.values, required=False)
    event_type = Choice(choices=ALL_EVENTS, required=False)


class DeliveryDetails(Strict):
    """A notice to one webhook, and how its sending has gone."""

    delivery_id = Uuid()
    event_id = Uuid(help_text="webhook-id: the same for every attempt.")
    event_type = Choice(choices=ALL_EVENTS)
    state = Choice(choices=Delivery.State.values)
    attempts = Integer()
    next_attempt_at = Moment(allow_null=True, help_text="null: over, or the webhook is off.")
    first_attempt_at = Moment(allow_null=True)
    last_attempt_at = Moment(allow_null=True)
    delivered_at = Moment(allow_null=True)
    response_status = Integer(allow_null=True, help_text="Of the last attempt.")
    response_milliseconds = Integer(allow_null=True)
    error = Text(allow_null=True, help_text="Why the last attempt failed; the guide lists them.")
    body = Text(max_length=20_000, help_text="What is sent, byte for byte.")
    created_at = Moment()


def webhook_details(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """A webhook as partners see it, without its secret."""
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "events": endpoint.events,
        "status": endpoint.status,
        "disabled_at": endpoint.disabled_at,
        "disabled_reason": endpoint.disabled_why or None,
        "failing_since": endpoint.failing_since,
        "last_success_at": endpoint.last_success_at,
        "created_at": endpoint.created_at,
    }


def delivery_details(delivery: Delivery) -> dict[str, Any]:
    """A notice as partners see it."""
    return {
        "delivery_id": delivery.delivery_id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.tried_next_at,
        "first_attempt_at": delivery.first_attempt_at,
        "last_attempt_at": delivery.last_attempt_at,
        "delivered_at": delivery.delivered_at,
        "response_status": delivery.response_status,
        "response_milliseconds": delivery.milliseconds,
        "error": delivery.error or None,
        "body": delivery.payload,
        "created_at": delivery.created_at,
    }


def with_secret(kept: dict[str, Any]) -> dict[str, Any]:
    """The answer to show for one that names its secret by number.

    What is kept for repetitions of a call is the number; the secret itself stays sealed.
    """
    shown = {name: value for name, value in kept.items() if name != "secret_row"}
    return {**shown, "secret": signing.opened(WebhookSecret.objects.get(pk=kept["secret_row"]))}
