"""Logins: an access token for a quarter of an hour, a refresh token that works once.

A refresh token is kept by its id alone, so that the database gives none away; renewing or
ending a login puts the id on the blacklist. Access tokens end by themselves, and at once when
their account is closed.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch

from .errors import InvalidRefreshToken
from .models import Account

OWNER = "sub"


@dataclass(frozen=True, slots=True)
class Pair:
    """What a customer's program keeps of a login."""

    access: str
    refresh: str


@transaction.atomic
def issue(account: Account, *, at: datetime) -> Pair:
    """Begin or continue a login."""
    refresh = RefreshToken()
    refresh[OWNER] = str(account.pk)
    OutstandingToken.objects.create(
        jti=refresh["jti"], token="", created_at=at, expires_at=datetime_from_epoch(refresh["exp"])
    )
    return Pair(str(refresh.access_token), str(refresh))


@transaction.atomic
def renew(refresh: str, *, at: datetime) -> Pair:
    """A new pair for a refresh token, which is good for nothing afterwards.

    Raises InvalidRefreshToken. Of many that come at once with the same token one gets a pair.
    """
    token = _read(refresh)
    if token is None or not _end(token):
        raise InvalidRefreshToken("Log in again.")
    account = _owner(token)
    if account is None:
        raise InvalidRefreshToken("Log in again.")
    return issue(account, at=at)


@transaction.atomic
def end(refresh: str) -> None:
    """Log out: whatever the token was, it is good for nothing now."""
    token = _read(refresh)
    if token is not None:
        _end(token)


def account_of(access: str) -> Account | None:
    """The active account an access token was issued for; None for every other text."""
    try:
        return _owner(AccessToken(access))  # type: ignore[arg-type]
    except TokenError:
        return None


def forget(*, at: datetime) -> int:
    """Delete what is kept of refresh tokens that have expired; returns how many."""
    deleted, _ = OutstandingToken.objects.filter(expires_at__lte=at).delete()
    return deleted


def _read(refresh: str) -> RefreshToken | None:
    try:
        return RefreshToken(refresh)  # type: ignore[arg-type]
    except TokenError:
        return None


def _end(token: RefreshToken) -> bool:
    """Whether it was this call that put it on the blacklist."""
    kept = OutstandingToken.objects.filter(jti=token["jti"]).first()
    if kept is None:
        return False
    _, is_first = BlacklistedToken.objects.get_or_create(token=kept)
    return is_first


def _owner(token: AccessToken | RefreshToken) -> Account | None:
    try:
        owner = uuid.UUID(token[OWNER])
    except (KeyError, ValueError):
        return None
    return Account.objects.filter(pk=owner, is_active=True).first()
