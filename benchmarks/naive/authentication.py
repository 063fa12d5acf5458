"""The partner behind a key, by the ORM."""

# The type checker's settings do not know this app.
# mypy: ignore-errors

import hashlib

from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from .models import ApiKey, Partner


def public_id(key: str) -> str:
    return key.split("_")[2]


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Partner, ApiKey]:
        key = request.headers.get("x-api-key", "")
        try:
            found = ApiKey.objects.select_related("partner").get(public_id=public_id(key))
        except (IndexError, ApiKey.DoesNotExist):
            raise AuthenticationFailed from None
        expired = found.expires_at is not None and found.expires_at <= timezone.now()
        if expired or found.revoked_at is not None or not found.partner.is_active:
            raise AuthenticationFailed
        if not constant_time_compare(found.digest, digest(key)):
            raise AuthenticationFailed
        return found.partner, found


class HasPermission(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return getattr(view, "permission", "") in request.auth.permissions
