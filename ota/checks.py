"""What `check` warns of and `check --deploy` refuses."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.db import DatabaseError

from . import demo
from .webhooks import mails

LIMITS = (
    "STAFF_LOGIN_ATTEMPTS", "STAFF_LOCK_MINUTES", "STAFF_IDLE_MINUTES", "STAFF_SESSION_HOURS",
)  # fmt: skip


@register(deploy=True)
def no_published_credentials(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """An error for each demo credential that would open this installation."""
    try:
        found = list(demo.published_credentials())
    except DatabaseError:
        return [
            checks.Warning("Demo credentials could not be looked for: no database.", id="ota.W001")
        ]
    return [
        Error(f"A published demo credential is valid here: {name}.", id="ota.E001")
        for name in found
    ]


@register(deploy=True)
def staff_come_in_by_two_steps(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """An error where a password alone opens the back office and nobody said that it may."""
    if settings.STAFF_TWO_FACTOR:
        return []
    if settings.STAFF_TWO_FACTOR_IS_SAID:
        said = "STAFF_TWO_FACTOR=0: a password alone opens the back office."
        return [checks.Warning(said, id="ota.W002")]
    hint = "Set DEMO=0, or say STAFF_TWO_FACTOR=1 or 0."
    return [Error("The demo needs no second step at login.", hint=hint, id="ota.E002")]


@register(deploy=True)
def logins_are_limited(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Limits that would let guessing through or lock everybody out together."""
    found: list[CheckMessage] = [
        Error(f"{name} must be at least 1.", id="ota.E003")
        for name in LIMITS
        if getattr(settings, name) < 1
    ]
    if settings.OVER_HTTPS and settings.TRUSTED_PROXIES == 0:
        said = "TRUSTED_PROXIES=0 over https: all staff seem to come from the proxy's address."
        found.append(checks.Warning(said, id="ota.W003"))
    return found


@register()
def operators_can_be_mailed(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """A warning where somebody waits for mail about alerts and there is no server for it."""
    if not settings.ALERT_EMAILS or mails.can_be_sent():
        return []
    said = "ALERT_EMAILS is set and EMAIL_URL is not: nobody gets mail about alerts."
    hint = "Alerts that are open once EMAIL_URL is set will be mailed then, in one mail."
    return [checks.Warning(said, hint=hint, id="ota.W004")]
