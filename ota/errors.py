"""All that the partner protocol itself declines."""

from config.errors import Conflict, Refusal, Unacceptable


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
