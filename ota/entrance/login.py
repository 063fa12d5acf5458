"""The first step: name and password, by one at a time for each name and address."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.conf import settings
from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from unfold.forms import AuthenticationForm

from config import rate_limits, sqlstates
from config.api.addresses import address_of


class LoginForm(AuthenticationForm):
    """Says the same whether a name exists or not, and the same when it is locked."""

    def clean(self) -> dict[str, Any]:
        address = address_of(self.request)
        counted = rate_limits.count("staff-login", address, settings.LOGIN_REQUESTS_PER_MINUTE)
        if counted.is_exceeded:
            raise self._locked()
        try:
            with one_at_a_time(f"{self.cleaned_data.get('username')}\n{address}"):
                return super().clean()
        except OperationalError as error:
            if sqlstates.of(error) != sqlstates.LOCK_NOT_AVAILABLE:
                raise
            raise self._locked() from None

    def get_invalid_login_error(self) -> forms.ValidationError:
        if getattr(self.request, "axes_locked_out", False):
            return self._locked()
        return super().get_invalid_login_error()

    def _locked(self) -> forms.ValidationError:
        self.request.axes_locked_out = True
        minutes = settings.STAFF_LOCK_MINUTES
        said = _("Too many attempts. Wait %(minutes)s minutes, or ask an administrator.")
        return forms.ValidationError(said % {"minutes": minutes}, code="locked")


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Guesses sent together are counted one after the other; who waits too long is refused."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
