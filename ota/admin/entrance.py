"""Second factors and refused logins: who has an app, who is locked out, and letting them in."""

from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet, Sum, Window
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.decorators import action, display

from config.actors import Actor
from config.admin_cells import label, moment
from config.admin_deeds import Deed
from config.admin_ground import ReadOnlyAdmin

from ..models import Authenticator

log = structlog.get_logger("ota.staff")

# Their own pages would show every key to whoever may look.
admin.site.unregister([TOTPDevice, StaticDevice])


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Who has a second factor; it is reset on the page of its account."""

    empty = _("An account gets its row when it sets up an app at its first login.")
    list_display = ["owner", "state", "set_up", "last_used", "wrong_codes"]
    list_filter = ["confirmed"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    search_help_text = _("User name")
    fields = readonly_fields = ["owner", "state", "set_up", "last_used", "wrong_codes"]

    @display(description=_("user"), ordering="user__username")
    def owner(self, authenticator: Authenticator) -> str:
        return authenticator.user.get_username()

    @display(description=_("set up"), ordering="created_at")
    def set_up(self, authenticator: Authenticator) -> str:
        return moment(authenticator.created_at)

    @display(description=_("last used"), ordering="last_used_at")
    def last_used(self, authenticator: Authenticator) -> str:
        return moment(authenticator.last_used_at)

    @display(description=_("state"), ordering="confirmed")
    def state(self, authenticator: Authenticator) -> str:
        if authenticator.confirmed:
            return label(_("in use"), "success")
        return label(_("never confirmed"), "warning")

    @display(description=_("wrong codes since"), ordering="throttling_failure_count")
    def wrong_codes(self, authenticator: Authenticator) -> int:
        return authenticator.throttling_failure_count


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Logins that were refused, by name and address; what was typed is not kept."""

    empty = _("No login was refused of late: nobody is locked out.")
    list_display = ["username", "ip_address", "state", "failures_since_start", "attempt_time"]
    list_filter = ["attempt_time"]
    ordering = ["-attempt_time"]
    search_fields = ["username", "ip_address"]
    search_help_text = _("User name or address")
    fields = readonly_fields = [
        "username", "ip_address", "state", "failures_since_start", "attempt_time", "user_agent",
    ]  # fmt: skip
    actions = ["unlock"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessAttempt]:
        # A name is locked at an address whatever browsers it was tried with.
        of_one_lock = Window(Sum("failures_since_start"), partition_by=["username", "ip_address"])
        rows: QuerySet[AccessAttempt] = super().get_queryset(request).annotate(failures=of_one_lock)
        return rows

    def has_unlock_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("axes.delete_accessattempt")

    @display(description=_("state"))
    def state(self, attempt: AccessAttempt) -> str:
        lasts_since = timezone.now() - timedelta(minutes=settings.STAFF_LOCK_MINUTES)
        enough = attempt.failures >= settings.STAFF_LOGIN_ATTEMPTS
        if enough and attempt.attempt_time > lasts_since:
            return label(_("locked"), "danger")
        return label(_("counted"), "info")

    def log_change(self, request: HttpRequest, obj: AccessAttempt, message: Any) -> LogEntry:
        """With the name: what was unlocked is gone, and calls itself by a time alone."""
        return super().log_change(request, obj, f"{obj.username}: {message}")

    @action(description=_("Unlock"), icon="lock_open", permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> HttpResponse:
        """Ask why, then forget what was counted, so that they may try again at once."""
        return UNLOCK.to_many(self, request, queryset)


def _forget(attempt: AccessAttempt, *, by: Actor, **_when: Any) -> None:
    # From whatever browser: it is one lock.
    same = {"username": attempt.username, "ip_address": attempt.ip_address}
    AccessAttempt.objects.filter(**same).delete()
    log.info("ota.staff.unlocked", staff=by.name.removeprefix("staff:"))


UNLOCK = Deed(
    title=_("Unlock"),
    explained=_("They may try again at once. Make sure who asks for it."),
    done=_("Unlock"),
    act=lambda attempt: partial(_forget, attempt),
    danger=False,
)
