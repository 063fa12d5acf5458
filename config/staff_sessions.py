"""How long a login of staff lasts: a while without a click, a working day at most.

What a page fetches by itself, so as to show fresh figures, is no click. Beyond its limits a
session is deleted on the server; so are all of an account that is closed or gets another role.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY, logout
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from .pages_only import API

log = structlog.get_logger("ota.staff")
SINCE, SEEN = "staff_since", "staff_seen"
SECONDS_BETWEEN_NOTES = 60
# What a browser says of a request that nobody clicked.
BY_ITSELF = ("cors", "no-cors", "same-origin")


def watch_logins() -> None:
    """Every login notes when it began."""
    user_logged_in.connect(_begin, dispatch_uid="staff sessions")


def limited(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Ends a session that has lasted too long before anything is shown to it."""

    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(API):
            _look(request)
        return get_response(request)

    return guarded


def end_all(user: AbstractBaseUser) -> int:
    """Log somebody out everywhere; how many sessions that were."""
    # Only staff have sessions: they are few, and no column says whose each is.
    own = [
        row.pk
        for row in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if row.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=own).delete()
    log.info("ota.staff.sessions_ended", staff=user.get_username(), sessions=len(own))
    return len(own)


def _begin(request: HttpRequest, user: AbstractBaseUser, **_sent: Any) -> None:
    request.session[SINCE] = request.session[SEEN] = int(time.time())
    log.info("ota.staff.logged_in", staff=user.get_username())


def _look(request: HttpRequest) -> None:
    session = request.session
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or BACKEND_SESSION_KEY not in session:
        return
    if not request.user.is_authenticated:  # closed, or its password was changed
        session.flush()
        return
    now = int(time.time())
    why = _over(session.get(SINCE, 0), session.get(SEEN, 0), now)
    if why:
        log.info("ota.staff.session_over", staff=request.user.get_username(), why=why)
        logout(request)
        messages.info(request, _("Your session has ended. Please log in again."))
    elif now - session[SEEN] >= SECONDS_BETWEEN_NOTES and _is_click(request):
        session[SEEN] = now


def _over(since: int, seen: int, now: int) -> str:
    if now - since >= settings.STAFF_SESSION_HOURS * 3600:
        return "absolute"
    return "idle" if now - seen >= settings.STAFF_IDLE_MINUTES * 60 else ""


def _is_click(request: HttpRequest) -> bool:
    by_itself = request.headers.get("Sec-Fetch-Mode", "navigate") in BY_ITSELF
    return request.method != "GET" or not by_itself
