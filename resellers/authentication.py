"""From an x-api-key header to the partner behind it and what its key may do."""

from typing import cast

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from config.api.refusals import InvalidApiKey, MissingApiKey
from config.errors import NotPermitted

from . import keys, permissions
from .keys import Caller
from .models import Partner


class ApiKeyAuthentication(BaseAuthentication):
    """`request.user` becomes the Partner, `request.auth` the Caller behind the key."""

    absent, refused = MissingApiKey, InvalidApiKey
    security = (
        "ApiKeyAuth",
        {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "The key of a partner. Each key carries its own permissions.",
        },
    )

    def authenticate(self, request: Request) -> tuple[Partner, Caller]:
        key = request.META.get("HTTP_X_API_KEY")
        if not key:
            raise MissingApiKey("Send your API key in the x-api-key header.")
        caller = keys.find(key, at=timezone.now())
        if caller is None:
            raise InvalidApiKey("This key is not valid. Check it, or ask for a new one.")
        return caller.partner, caller

    def authenticate_header(self, request: Request) -> str:
        return 'ApiKey realm="partners"'


class HasPermission(BasePermission):
    """Lets a key through whose permissions include what the route asks for."""

    refusals = (NotPermitted,)

    def has_permission(self, request: Request, view: APIView) -> bool:
        route = request.resolver_match.url_name if request.resolver_match else ""
        needed = permissions.required(route or "", request.method or "")
        caller = cast(Caller, request.auth)
        if needed is None or needed not in caller.permissions:
            raise NotPermitted(f"This key lacks the permission {needed or 'for this method'}.")
        return True
