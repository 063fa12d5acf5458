"""The second step of a login: a code, or first an app that makes codes."""

from typing import Any

import django_otp
import segno
import structlog
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views import View
from unfold.widgets import UnfoldAdminTextInputWidget

from config.admin_site import lacks_second_step
from config.admin_staff_log import account, note

from ..models import Authenticator
from . import two_factor
from .two_factor import Checked

log = structlog.get_logger("ota.staff")
FEW_BACKUP_CODES = 3


class CodeForm(forms.Form):
    """One code, as an app or a sheet of paper shows it."""

    code = forms.CharField(
        label=pgettext_lazy("of an authenticator", "Code"),
        max_length=32,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": ""}
        ),
    )

    def refuse(self, checked: Checked) -> None:
        """Say that the code was not taken, and for how long no other will be."""
        if checked.wait_until is None:
            self.add_error("code", _("Not right, or used before."))
            return
        seconds = max(1, round((checked.wait_until - timezone.now()).total_seconds()))
        self.add_error(
            "code",
            ngettext(
                "Not right, or used before. Try another one in %(seconds)d second.",
                "Not right, or used before. Try another one in %(seconds)d seconds.",
                seconds,
            )
            % {"seconds": seconds},
        )


class EntrancePage(View):
    """A page between the password and the back office; everybody else is sent where they belong."""

    is_for_enrolled = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        user = request.user
        if not (user.is_active and user.is_staff):
            return _to(request, "admin:login")
        if not lacks_second_step(request):
            return HttpResponseRedirect(leads_to(request))
        if request.method == "POST" and "leave" in request.POST:
            logout(request)
            return _to(request, "admin:login")
        if two_factor.is_enrolled(account(request)) != self.is_for_enrolled:
            return _to(request, "enrolment" if self.is_for_enrolled else "second-step")
        return super().dispatch(request, *args, **kwargs)


class SecondStepView(EntrancePage):
    """Asks for a code of the app, or for a backup code."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        checked = two_factor.check(account(request), form.cleaned_data["code"])
        if checked.device is None:
            log.warning("ota.staff.code_refused", staff=request.user.get_username())
            form.refuse(checked)
            return self._page(request, form)
        _enter(request, checked)
        return HttpResponseRedirect(leads_to(request))

    def _page(self, request: HttpRequest, form: CodeForm) -> HttpResponse:
        return page(request, "admin/second_step.html", title=_("Your code"), form=form)


class EnrolmentView(EntrancePage):
    """Shows the key of a new app, each key once, and takes its first code."""

    is_for_enrolled = False

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, CodeForm(), two_factor.begin(account(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        checked, codes = two_factor.confirm(account(request), form.cleaned_data["code"])
        if checked.device is None:
            form.refuse(checked)
            return self._page(request, form)
        _enter(request, checked)
        note(request, account(request), "Enrolled an authenticator.")
        return shown_codes(request, codes)

    def _page(
        self, request: HttpRequest, form: CodeForm, begun: Authenticator | None = None
    ) -> HttpResponse:
        secret = {"picture": _picture(begun), "key": _typed(begun)} if begun else {}
        title = _("Set up your authenticator")
        return page(request, "admin/enrolment.html", title=title, form=form, **secret)


class BackupCodesView(View):
    """New backup codes for oneself; the earlier ones end."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not settings.STAFF_TWO_FACTOR or not admin.site.has_permission(request):
            return _to(request, "admin:index")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        left = two_factor.backup_codes_left(account(request))
        few = left <= FEW_BACKUP_CODES
        title = _("Backup codes")
        return page(request, "admin/backup_codes_new.html", title=title, left=left, few=few)

    def post(self, request: HttpRequest) -> HttpResponse:
        codes = two_factor.new_backup_codes(account(request))
        note(request, account(request), "Made new backup codes.")
        return shown_codes(request, codes)


def page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """A page like the login's, in the colours of the back office."""
    request.current_app = admin.site.name
    around = admin.site.each_context(request)
    return TemplateResponse(request, template, {**around, "next": leads_to(request), **context})


def shown_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The backup codes, this once."""
    return page(request, "admin/backup_codes.html", title=_("Your backup codes"), codes=codes)


def leads_to(request: HttpRequest) -> str:
    """Where somebody wanted to go, if it is a page of the back office."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    office = reverse("admin:index")
    is_ours = wanted.startswith(office) and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else office


def _enter(request: HttpRequest, checked: Checked) -> None:
    django_otp.login(request, checked.device)
    request.session.cycle_key()
    log.info("ota.staff.second_step", staff=request.user.get_username())


def _to(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': leads_to(request)})}")


def _picture(begun: Authenticator) -> str:
    drawn = segno.make_qr(begun.config_url, error="m")
    data: str = drawn.svg_data_uri(scale=5, border=4, light="white")
    return data


def _typed(begun: Authenticator) -> str:
    """The key in groups of four, for those who type it."""
    secret = begun.config_url.partition("secret=")[2].partition("&")[0]
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
