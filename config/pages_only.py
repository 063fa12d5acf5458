"""What browsers need on pages and programs do not at the API: a tenth of a request's time.

Each is Django's own middleware, passed by where the path is the API's.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django_otp.middleware import OTPMiddleware

API = ("/api/", "/payments/", "/qr/", "/venue/")


class PagesOnly:
    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class Sessions(PagesOnly, SessionMiddleware):
    pass


class Language(PagesOnly, LocaleMiddleware):
    """A page speaks its reader's language; the API speaks one, whoever was served before."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        translation.activate(settings.LANGUAGE_CODE)
        return super().__call__(request)


class SignedIn(PagesOnly, AuthenticationMiddleware):
    pass


class SecondStep(PagesOnly, OTPMiddleware):
    """`request.user.otp_device`: by what the second step of this login was taken, or None."""


class Messages(PagesOnly, MessageMiddleware):
    pass
