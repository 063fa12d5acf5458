"""The second factor of staff: an authenticator app, and backup codes for the day it is lost.

A code is taken once; wrong ones make the next wait longer each time (django-otp). Neither the
key of an app nor a backup code can be read from the database: of both it has half.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime

import django_otp
from django.contrib.auth.models import User
from django.db import transaction
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from config import credentials

from ..models import Authenticator

NUMBER_OF_BACKUP_CODES = 10
DIGITS_OF_A_CODE = 6


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a code: the device that took it, or until when no other is looked at."""

    device: Device | None = None
    wait_until: datetime | None = None


def is_enrolled(user: User) -> bool:
    """Whether somebody has an authenticator app."""
    return Authenticator.objects.devices_for_user(user, confirmed=True).exists()


@transaction.atomic(savepoint=False)
def begin(user: User) -> Authenticator:
    """A new app in the place of one that was begun and never confirmed."""
    _alone(user)
    Authenticator.objects.devices_for_user(user, confirmed=False).delete()
    return Authenticator.objects.create(user=user, name="app", confirmed=False)


def confirm(user: User, code: str) -> tuple[Checked, list[str]]:
    """Take the app that was begun by its first code; with it come new backup codes."""
    begun = Authenticator.objects.devices_for_user(user, confirmed=False).first()
    checked = _checked(user, begun, code)
    if checked.device is None or not _is_confirmed_first(user, checked.device):
        return Checked(wait_until=checked.wait_until), []
    return checked, new_backup_codes(user)


def check(user: User, code: str) -> Checked:
    """Whether a code of the app, or one of the backup codes, is right."""
    plain = "".join(code.split()).replace("-", "").lower()
    if len(plain) == DIGITS_OF_A_CODE and plain.isascii() and plain.isdigit():
        device = Authenticator.objects.devices_for_user(user, confirmed=True).first()
        return _checked(user, device, plain)
    return _checked(user, StaticDevice.objects.filter(user=user).first(), _kept(user, plain))


@transaction.atomic(savepoint=False)
def new_backup_codes(user: User) -> list[str]:
    """Ten codes in the place of all earlier ones; nothing can show them again."""
    _alone(user)
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="backup codes")
    codes = [_random_code() for _ in range(NUMBER_OF_BACKUP_CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_kept(user, code.replace("-", ""))) for code in codes
    )
    return codes


def backup_codes_left(user: User) -> int:
    """How many of them have not been used."""
    return StaticToken.objects.filter(device__user=user).count()


@transaction.atomic(savepoint=False)
def reset(user: User) -> None:
    """Take the app and the backup codes away: the next login leads to a new app."""
    _alone(user)
    Authenticator.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def _checked(user: User, device: Device | None, code: str) -> Checked:
    if device is None:
        return Checked()
    if django_otp.verify_token(user, device.persistent_id, code):
        return Checked(device)
    device.refresh_from_db()
    _, wait = device.verify_is_allowed()
    return Checked(wait_until=wait["locked_until"] if wait else None)


@transaction.atomic(savepoint=False)
def _is_confirmed_first(user: User, device: Device) -> bool:
    """Confirm the device, unless another of the account was faster."""
    _alone(user)
    if is_enrolled(user):
        return False
    return Authenticator.objects.filter(pk=device.pk).update(confirmed=True) == 1


def _alone(user: User) -> None:
    """Whoever changes somebody's devices waits for who does so now."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _random_code() -> str:
    """Fifty random bits: `k3f9x-2mwpq`."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return f"{letters[:5]}-{letters[5:10]}"


def _kept(user: User, code: str) -> str:
    """What the database keeps of a backup code."""
    return base64.b32encode(credentials.digest(f"backup code:{user.pk}:{code}")).decode()[:16]
