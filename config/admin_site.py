"""The back office: one site of pages for staff, below /admin/."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.i18n import set_language
from unfold.sites import UnfoldAdminSite

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
    """Unfold's site with our Content-Security-Policy and a language switch."""

    def extra_urls(self) -> list[URLPattern]:
        return [path("language/", set_language, name="set_language")]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return relaxed(super().admin_view(view, cacheable))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return relaxed(super().login)(request, extra_context)


class GangwayAdminConfig(AdminConfig):
    default_site = "config.admin_site.GangwayAdminSite"

    def ready(self) -> None:
        """Before the pages are made, which take up the names of fields as they are then."""
        make_translatable()
        super().ready()
