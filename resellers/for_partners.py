"""What every endpoint for partners has in common: key, permission, rate limit, call log."""

from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request

from config.actors import Actor
from config.api.counted import Counted
from config.api.middleware import request_id_of

from . import rate_limits
from .authentication import ApiKeyAuthentication, HasPermission
from .keys import Caller
from .models import Partner


class ForPartners(Counted):
    """An endpoint that partners call with their key; subclasses read, make one call and answer.

    The request is told who calls: `request.partner_call` is there, and holds the Caller once
    it is known, so that logs and metrics above need not know how.
    """

    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [HasPermission]
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    caller: Caller | None = None

    @property
    def partner(self) -> Partner:
        return cast(Caller, self.caller).partner

    @property
    def by(self) -> Actor:
        """Who writes history rows: the key, and the request it acts in."""
        caller = cast(Caller, self.caller)
        return Actor(f"{caller.partner.partner_id}:{caller.key_id}", request_id_of(self.request))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.partner_call = None  # type: ignore[attr-defined]
        return super().dispatch(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Know the partner, then count the request, whatever becomes of it."""
        super().perform_authentication(request)
        self.caller = request._request.partner_call = cast(Caller, request.auth)  # type: ignore[attr-defined]
        self.spend(rate_limits.count(self.partner))

    def check_permissions(self, request: Request) -> None:
        """A method the path does not have is 405 to whoever is known, not a lack of permission."""
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        super().check_permissions(request)
