"""All that is declined to somebody who wants to be known as a partner."""

from config.errors import Refusal


class MissingApiKey(Refusal):
    """No x-api-key header came with the request."""

    status = 401
    code = "missing_api_key"
    title = "API key missing"
    remedy = "Send your key in the x-api-key header."


class InvalidApiKey(Refusal):
    """The key is unknown, revoked, expired, or its partner is inactive: one answer for all."""

    status = 401
    code = "invalid_api_key"
    title = "API key not valid"
    remedy = "Check that the whole key is sent; ask for a new one if it was rotated."


class RateLimited(Refusal):
    """The partner sent more requests in this minute than agreed."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = max(retry_after, 1)
    remedy = "Wait for the seconds in Retry-After; watch RateLimit-Remaining to stay below."
