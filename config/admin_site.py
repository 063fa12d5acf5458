"""The back office: one site of pages for staff, below /admin/."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.i18n import set_language
from unfold.sites import UnfoldAdminSite

from . import admin_pages
from .csp import csp_override

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

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return relaxed(super().login)(request, extra_context)


class GangwayAdminConfig(AdminConfig):
    default_site = "config.admin_site.GangwayAdminSite"
