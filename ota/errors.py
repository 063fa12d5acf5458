"""All that the partner protocol itself declines."""

from config.errors import Conflict, NotFound, Refusal, Unacceptable


class InvalidIdempotencyKey(Refusal):
    """The Idempotency-Key is not 1 to 255 visible ASCII characters."""

    status = 400
    code = "invalid_idempotency_key"
    title = "Idempotency-Key not valid"
    remedy = "Send 1 to 255 visible ASCII characters, such as a UUID."


class IdempotencyConflict(Unacceptable):
    """The key was used for another request."""

    code = "idempotency_conflict"
    title = "Idempotency-Key used for another request"
    remedy = "Use a new key for a new request; repeat a request with the same path and body."


class RequestInProgress(Conflict):
    """The first request with this key has not ended yet."""

    code = "request_in_progress"
    title = "Same request in progress"
    remedy = "Repeat the same request after the seconds in Retry-After."
    retry_after = 1


class WebhookNotFound(NotFound):
    """No webhook of the partner has this id."""


class DeliveryNotFound(NotFound):
    """No delivery of the partner has this id."""


class TooManyWebhooks(Conflict):
    """The partner has as many webhooks as it may have."""

    code = "too_many_webhooks"
    title = "Too many webhooks"
    remedy = "Delete one that is not needed any more, or add events to one of them."


class DuplicateWebhook(Conflict):
    """A webhook of the partner has this address already."""

    code = "duplicate_webhook"
    title = "Webhook exists"
    remedy = "Change the events of the one there is."


class WebhookDisabled(Conflict):
    """The webhook is turned off, so nothing is sent to it."""

    code = "webhook_disabled"
    title = "Webhook disabled"
    remedy = 'Turn it on again: PATCH it with {"status": "active"}.'


class DeliveryPending(Conflict):
    """The notice waits for its next attempt already."""

    code = "delivery_pending"
    title = "Delivery pending"
    remedy = "Wait for its next attempt; next_attempt_at says when."
