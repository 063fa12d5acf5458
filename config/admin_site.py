"""The back office: one site of pages for staff, below /admin/."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.views.i18n import set_language
from unfold.sites import UnfoldAdminSite

from . import admin_pages
from .csp import csp_override
from .translated_names import make_translatable

# Alpine.js, which the pages are built with, compiles expressions, and Unfold writes its colours
# into the page. Without these two the login button cannot be pressed. Nowhere else.
relaxed = csp_override(
    {
        **settings.SECURE_CSP,
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
    }
)


class GangwayAdminSite(UnfoldAdminSite):
    """Unfold's site with our Content-Security-Policy, a language switch and pages of our own."""

    def extra_urls(self) -> list[URLPattern]:
        own = [
            path(page.route, self.admin_view(page.view), name=page.name)
            for page in admin_pages.REGISTERED
        ]
        return [path("language/", set_language, name="set_language"), *own]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return relaxed(super().admin_view(view, cacheable))

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """What somebody may open; a heading with nothing below it is left out."""
        groups: list[dict[str, Any]] = super().get_sidebar_list(request)
        for group in groups:
            group["items"] = [each for each in group["items"] if each["has_permission"]]
        return [group for group in groups if group["items"]]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Made where a page shows it; on most of them the sidebar stands in its place."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may enter: an active member of staff, through both steps."""
        return super().has_permission(request) and not lacks_second_step(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        knows_password = request.method == "GET" and super().has_permission(request)
        if knows_password and lacks_second_step(request):
            return HttpResponseRedirect(_second_step(request))
        answer = relaxed(super().login)(request, extra_context)
        if getattr(request, "axes_locked_out", False):
            answer.status_code = 429
        return answer


def lacks_second_step(request: HttpRequest) -> bool:
    """Whether the code is still to be asked for, after the password."""
    # django_otp's middleware has said by what the user was verified.
    return settings.STAFF_TWO_FACTOR and getattr(request.user, "otp_device", None) is None


def _second_step(request: HttpRequest) -> str:
    leads_to = {name: request.GET[name] for name in ("next",) if name in request.GET}
    return "?".join(filter(None, [reverse("second-step"), urlencode(leads_to)]))


class GangwayAdminConfig(AdminConfig):
    default_site = "config.admin_site.GangwayAdminSite"

    def ready(self) -> None:
        """Names first: the pages take up those of fields as they are then."""
        make_translatable()
        super().ready()
        from . import staff_sessions  # its models are not there before

        staff_sessions.watch_logins()
