"""How the back office looks; Unfold reads it as settings.UNFOLD."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from . import admin_navigation

# A ship, its gangway and the pier.
LOGO = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 38 38">'
    '<rect width="38" height="38" rx="8" fill="#0b6b86"/>'
    '<path d="M4 26h12v6H4zM12 25l14-9 2 3-14 9z" fill="#fff"/>'
    '<path d="M22 22h13l-4 10H20c2-3 2-6 2-10zM27 9h5v10h-5z" fill="#9be1f2"/></svg>'
)

# Deep water; every shade a step darker than Tailwind's cyan, so that white on 600 is readable.
WATER = {
    "50": "oklch(98.4% .019 200.9)",
    "100": "oklch(95.6% .045 203.4)",
    "200": "oklch(91.7% .08 205)",
    "300": "oklch(86.5% .127 207)",
    "400": "oklch(76% .14 211.5)",
    "500": "oklch(66% .13 218)",
    "600": "oklch(50% .1 223)",
    "700": "oklch(44% .088 224)",
    "800": "oklch(39% .075 225)",
    "900": "oklch(34% .063 227.4)",
    "950": "oklch(28% .052 229.7)",
}


def environment(request: HttpRequest) -> list[Any]:
    """The label beside every title, so that nobody takes the live system for the demo."""
    if settings.DEMO:
        return [_("Demo"), "info"]
    return [_("Development"), "warning"] if settings.DEBUG else [_("Live"), "danger"]


def office_css(request: HttpRequest) -> str:
    """Where the rules for lists are: cards on a phone, rows that are not torn on a desk."""
    return static("gangway/office.css")


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """What everybody may do with the own account."""
    links = [{"title": _("Change password"), "link": reverse_lazy("admin:password_change")}]
    if settings.STAFF_TWO_FACTOR:
        links.append({"title": _("Backup codes"), "link": reverse_lazy("backup-codes")})
    return links


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Gangway",
    "SITE_HEADER": "Gangway",
    "SITE_SUBHEADER": _("Tickets for many partners"),
    "SITE_ICON": LOGO,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": LOGO}],
    "DASHBOARD_CALLBACK": "ota.dashboard.page.callback",
    "ENVIRONMENT": "config.admin_look.environment",
    "COLORS": {"primary": WATER},
    "STYLES": [office_css],
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("admin:set_language")},
    "SHOW_BACK_BUTTON": True,
    "LOGIN": {"form": "ota.entrance.login.LoginForm"},
    "ACCOUNT": {"navigation": "config.admin_look.account_links"},
    "SIDEBAR": {"navigation": admin_navigation.sidebar},
    "TABS": admin_navigation.tabs,
}
