"""What `check --deploy` refuses."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.db import DatabaseError

from . import demo


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
