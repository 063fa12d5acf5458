"""What `manage.py check` says about the QR keys."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from qrcodes import keys

MISSING = "No QR keys are configured: QR codes answer qr_not_configured."
HINT = "Set QR_KEYS to a list of keys, one of them active; see the README."


@checks.register(checks.Tags.security)
def keys_are_sound(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    """An error for each fault of the key setting; a warning where it is empty."""
    if not _configured():
        return [checks.Warning(MISSING, hint=HINT, id="qrcodes.W001")]
    return [checks.Error(problem, id="qrcodes.E001") for problem in keys.problems(_configured())]


@checks.register(checks.Tags.security, deploy=True)
def keys_are_fit_to_go_live(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    """Nothing goes live without QR keys, or with keys that somebody made up."""
    if not _configured():
        return [checks.Error(MISSING, hint=HINT, id="qrcodes.E002")]
    return [
        checks.Error(weakness, id="qrcodes.E003") for weakness in keys.weaknesses(_configured())
    ]


def _configured() -> object:
    return getattr(settings, "QR_KEYS", None)
