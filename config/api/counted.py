"""Endpoints whose callers have so many requests in a minute, and are told what is left."""

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from config.api.refusals import RateLimited
from config.rate_limits import Usage


class Counted(APIView):
    """Subclasses count a request when they know whose it is, and `spend` it."""

    is_rate_limited = True  # the schema asks
    usage: Usage | None = None

    def spend(self, usage: Usage) -> None:
        """Show what is left of the window that is nearest its end; raises RateLimited."""
        if self.usage is None or usage.remaining <= self.usage.remaining:
            self.usage = usage
        if usage.is_exceeded:
            raise RateLimited(f"Wait {usage.reset} seconds.", retry_after=usage.reset)

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if self.usage:
            response["RateLimit-Limit"] = self.usage.limit
            response["RateLimit-Remaining"] = self.usage.remaining
            response["RateLimit-Reset"] = self.usage.reset
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
