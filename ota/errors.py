"""All that the partner protocol itself declines."""

from config.errors import Conflict, Refusal, Unacceptable


class InvalidIdempotencyKey(Refusal):
    """The Idempotency-Key is not 1 to 255 visible ASCII characters."""

    status = 400
    code = "invalid_idempotency_key"
    title = "Idempotency-Key not valid"


class IdempotencyConflict(Unacceptable):
    """The key was used for another request."""

    code = "idempotency_conflict"
    title = "Idempotency-Key used for another request"


class RequestInProgress(Conflict):
    """The first request with this key has not ended yet."""

    code = "request_in_progress"
    title = "Same request in progress"
    retry_after = 1
