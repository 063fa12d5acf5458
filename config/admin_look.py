"""How the back office looks and what its sidebar leads to; Unfold reads it as settings.UNFOLD."""

from functools import cache
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

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


def _page(title: Any, icon: str, model: str, **more: Any) -> dict[str, Any]:
    """A sidebar entry that leads to the list of a model, shown to those who may see it."""
    app, name = model.split(".")

    def may_view(request: HttpRequest) -> bool:
        user = request.user
        return user.has_perm(f"{app}.view_{name}") or user.has_perm(f"{app}.change_{name}")

    link = reverse_lazy(f"admin:{app}_{name}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": may_view, **more}


def _place(title: Any, icon: str, name: str, permission: str) -> dict[str, Any]:
    """A sidebar entry that leads to a page without a model, shown to those who may see it."""

    def may_view(request: HttpRequest) -> bool:
        return request.user.has_perm(permission)

    link = reverse_lazy(f"admin:{name}")
    return {"title": title, "icon": icon, "link": link, "permission": may_view}


def _among_pools(request: HttpRequest) -> bool:
    """The page that moves stock lies below the list of pools, and has an entry of its own."""
    pools, moving = (
        reverse(f"admin:inventory_channelallocation_{page}")
        for page in ("changelist", "reallocate")
    )
    return request.path.startswith(pools) and not request.path.startswith(moving)


def _group(title: Any, *items: dict[str, Any], collapsible: bool = False) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": collapsible, "items": list(items)}


OVERVIEW = {"title": _("Overview"), "icon": "home", "link": reverse_lazy("admin:index")}
NAVIGATION = [
    {
        "items": [
            OVERVIEW,
            _page(_("Alerts"), "notifications", "ota.alert", badge="ota.admin.alerts.waiting"),
        ]
    },
    _group(
        _("Reports"),
        _place(_("Business metrics"), "monitoring", "metrics", "ota.view_businessmetrics"),
        _place(_("Partner usage"), "bar_chart", "usage", "ota.view_usage"),
    ),
    _group(
        _("Stock"),
        _page(_("Products"), "confirmation_number", "inventory.product"),
        _page(_("Special dates"), "event", "inventory.specialdate"),
        _page(_("Pools"), "water", "inventory.channelallocation") | {"active": _among_pools},
        _place(
            _("Move stock"),
            "swap_horiz",
            "inventory_channelallocation_reallocate",
            "inventory.reallocate_stock",
        ),
        _page(_("Emergency releases"), "emergency", "inventory.urgentrelease"),
        _place(
            _("Allocation history"),
            "stacked_line_chart",
            "inventory_allocationchange_changelist",
            "inventory.view_allocationmove",
        ),
        _page(_("Stock moves"), "swap_vert", "inventory.allocationmove"),
    ),
    _group(
        _("Partners"),
        _page(_("Partners"), "handshake", "resellers.partner"),
        _page(_("Resellers"), "storefront", "resellers.reseller"),
        _page(_("API keys"), "key", "resellers.apikey"),
        _page(_("Payment secrets"), "lock", "resellers.paymentsecret"),
        _page(_("Webhooks"), "webhook", "ota.webhookendpoint"),
        _page(_("Deliveries"), "outbox", "ota.delivery"),
        _page(_("E-mails to partners"), "outgoing_mail", "ota.partnermail"),
    ),
    _group(
        _("Sales"),
        _page(_("Reservations"), "hourglass_top", "ticketing.reservation"),
        _page(_("Orders"), "receipt_long", "ticketing.order"),
        _page(_("Batches"), "inventory_2", "ticketing.batch"),
        _page(_("Tickets"), "local_activity", "ticketing.ticket"),
        _page(_("Payment notices"), "payments", "ticketing.paymentnotice"),
        _page(_("Refused notices"), "gpp_bad", "ticketing.refusednotice"),
        _page(_("Customers"), "person", "ticketing.customer"),
        _page(_("Customer accounts"), "account_circle", "customers.account"),
    ),
    _group(
        _("Settlement"),
        _page(_("Statements"), "request_quote", "ticketing.statement"),
        _page(_("Statement lines"), "list_alt", "ticketing.statementline"),
        _page(_("Settlement entries"), "account_balance", "ticketing.settlemententry"),
    ),
    _group(
        _("Gate"),
        _page(_("Venues"), "pin_drop", "ticketing.venue"),
        _page(_("Scanners"), "qr_code_scanner", "ticketing.scanner"),
        _page(_("Scans"), "sensors", "ticketing.scan"),
        _page(_("Redemptions"), "how_to_reg", "ticketing.redemption"),
    ),
    _group(
        _("Channel log"),
        _page(_("API calls"), "lan", "ota.apicall"),
        _page(_("First answers"), "repeat_one", "ota.idempotencyrecord"),
        _page(_("Reservation history"), "history", "ticketing.reservationmove"),
        _page(_("Partner history"), "history", "resellers.partnerchange"),
        _page(_("Reseller history"), "history", "resellers.resellerchange"),
        _page(_("Order history"), "history", "ticketing.ordermove"),
        _page(_("Ticket history"), "history", "ticketing.ticketmove"),
        _page(_("Statement history"), "history", "ticketing.statementmove"),
    ),
    _group(
        _("Staff"),
        _page(_("Accounts"), "badge", "auth.user"),
        _page(_("Roles"), "groups", "auth.group"),
        _page(_("Authenticators"), "phonelink_lock", "ota.authenticator"),
        _page(_("Refused logins"), "lock_person", "axes.accessattempt"),
        _page(_("Staff log"), "fact_check", "admin.logentry"),
        _page(_("Alert thresholds"), "tune", "ota.alertthreshold"),
    ),
]

_ALERTS = reverse_lazy("admin:ota_alert_changelist")
_DELIVERIES = reverse_lazy("admin:ota_delivery_changelist")
_WEBHOOKS = reverse_lazy("admin:ota_webhookendpoint_changelist")
_NOTICES = reverse_lazy("admin:ticketing_paymentnotice_changelist")
TABS = [
    {
        "models": ["ota.alert"],
        "items": [
            {
                "title": _("Open"),
                "link": _ALERTS,
                "active": lambda request: "state" not in request.GET,
            },
            {
                "title": _("History"),
                "link": format_lazy("{}?state=closed", _ALERTS),
                "active": lambda request: request.GET.get("state") == "closed",
            },
        ],
    },
    {
        "models": ["ota.delivery"],
        "items": [
            {
                "title": _("All deliveries"),
                "link": _DELIVERIES,
                "active": lambda request: "state__exact" not in request.GET,
            },
            {
                "title": _("Given up"),
                "link": format_lazy("{}?state__exact=failed", _DELIVERIES),
                "active": lambda request: request.GET.get("state__exact") == "failed",
            },
        ],
    },
    {
        "models": ["ota.webhookendpoint"],
        "items": [
            {
                "title": _("All webhooks"),
                "link": _WEBHOOKS,
                "active": lambda request: "doing" not in request.GET,
            },
            {
                "title": _("Failing or off"),
                "link": format_lazy("{}?doing=badly", _WEBHOOKS),
                "active": lambda request: request.GET.get("doing") == "badly",
            },
        ],
    },
    {
        "models": ["ticketing.paymentnotice"],
        "items": [
            {
                "title": _("All notices"),
                "link": _NOTICES,
                "active": lambda request: "outcome__exact" not in request.GET,
            },
            {
                "title": _("Rejected"),
                "link": format_lazy("{}?outcome__exact=rejected", _NOTICES),
                "active": lambda request: request.GET.get("outcome__exact") == "rejected",
            },
        ],
    },
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The headings and what is below each of them."""
    return _navigation()


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """What stands above some lists."""
    return _tabs()


@cache
def _navigation() -> list[dict[str, Any]]:
    return [_resolved(group) for group in NAVIGATION]


@cache
def _tabs() -> list[dict[str, Any]]:
    return [_resolved(group) for group in TABS]


def _resolved(group: dict[str, Any]) -> dict[str, Any]:
    """Its addresses as text: Unfold compares each with each, which took half the time of a page."""
    return {**group, "items": [{**each, "link": str(each["link"])} for each in group["items"]]}


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
    "SIDEBAR": {"navigation": sidebar},
    "TABS": tabs,
}
