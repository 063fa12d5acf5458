"""What the sidebar of the back office leads to, and the tabs above some of its lists."""

from functools import cache
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.functional import lazy
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _


def _page(icon: str, model: str, **more: Any) -> dict[str, Any]:
    """A sidebar entry that leads to the list of a model and is called like it.

    It is shown to those who may see the list.
    """
    app, name = model.split(".")
    title = _called(model)

    def may_view(request: HttpRequest) -> bool:
        user = request.user
        return user.has_perm(f"{app}.view_{name}") or user.has_perm(f"{app}.change_{name}")

    link = reverse_lazy(f"admin:{app}_{name}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": may_view, **more}


def _called(model: str) -> Any:
    """As the head of its list says, in the language of who reads it."""
    return lazy(lambda: capfirst(apps.get_model(model)._meta.verbose_name_plural), str)()


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


def _tabs_of(model: str, every: Any, some: Any, field: str, value: str) -> dict[str, Any]:
    """Two tabs above the list of a model: as it opens, and those whose field has this value."""
    link = reverse_lazy(f"admin:{model.replace('.', '_')}_changelist")
    first = {"title": every, "link": link, "active": lambda request: field not in request.GET}
    second = {
        "title": some,
        "link": format_lazy("{}?{}={}", link, field, value),
        "active": lambda request: request.GET.get(field) == value,
    }
    return {"models": [model], "items": [first, second]}


OVERVIEW = {"title": _("Overview"), "icon": "home", "link": reverse_lazy("admin:index")}
NAVIGATION = [
    {
        "items": [
            OVERVIEW,
            _page("notifications", "ota.alert", badge="ota.admin.alerts.waiting"),
        ]
    },
    _group(
        _("Reports"),
        _place(_("Business metrics"), "monitoring", "metrics", "ota.view_businessmetrics"),
        _place(_("Partner usage"), "bar_chart", "usage", "ota.view_usage"),
    ),
    _group(
        _("Stock"),
        _page("confirmation_number", "inventory.product"),
        _page("event", "inventory.specialdate"),
        _page("water", "inventory.channelallocation") | {"active": _among_pools},
        _place(
            _("Move stock"),
            "swap_horiz",
            "inventory_channelallocation_reallocate",
            "inventory.reallocate_stock",
        ),
        _page("emergency", "inventory.urgentrelease"),
        _place(
            _("Allocation history"),
            "stacked_line_chart",
            "inventory_allocationchange_changelist",
            "inventory.view_allocationmove",
        ),
        _page("swap_vert", "inventory.allocationmove"),
    ),
    _group(
        _("Partners"),
        _page("handshake", "resellers.partner"),
        _page("storefront", "resellers.reseller"),
        _page("key", "resellers.apikey"),
        _page("lock", "resellers.paymentsecret"),
        _page("webhook", "ota.webhookendpoint"),
        _page("outbox", "ota.delivery"),
        _page("outgoing_mail", "ota.partnermail"),
    ),
    _group(
        _("Sales"),
        _page("hourglass_top", "ticketing.reservation"),
        _page("receipt_long", "ticketing.order"),
        _page("inventory_2", "ticketing.batch"),
        _page("local_activity", "ticketing.ticket"),
        _page("payments", "ticketing.paymentnotice"),
        _page("gpp_bad", "ticketing.refusednotice"),
        _page("person", "ticketing.customer"),
        _page("account_circle", "customers.account"),
    ),
    _group(
        _("Settlement"),
        _page("request_quote", "ticketing.statement"),
        _page("list_alt", "ticketing.statementline"),
        _page("account_balance", "ticketing.settlemententry"),
    ),
    _group(
        _("Gate"),
        _page("pin_drop", "ticketing.venue"),
        _page("qr_code_scanner", "ticketing.scanner"),
        _page("sensors", "ticketing.scan"),
        _page("how_to_reg", "ticketing.redemption"),
    ),
    _group(
        _("Channel log"),
        _page("lan", "ota.apicall"),
        _page("repeat_one", "ota.idempotencyrecord"),
        _page("history", "ticketing.reservationmove"),
        _page("history", "resellers.partnerchange"),
        _page("history", "resellers.resellerchange"),
        _page("history", "ticketing.ordermove"),
        _page("history", "ticketing.ticketmove"),
        _page("history", "ticketing.statementmove"),
    ),
    _group(
        _("Staff"),
        _page("badge", "auth.user"),
        _page("groups", "auth.group"),
        _page("phonelink_lock", "ota.authenticator"),
        _page("lock_person", "axes.accessattempt"),
        _page("fact_check", "admin.logentry"),
        _page("tune", "ota.alertthreshold"),
    ),
]

TABS = [
    _tabs_of("ota.alert", _("Open"), _("History"), "state", "closed"),
    _tabs_of("ota.delivery", _("All deliveries"), _("Given up"), "state__exact", "failed"),
    _tabs_of("ota.webhookendpoint", _("All webhooks"), _("Failing or off"), "doing", "badly"),
    _tabs_of(
        "ticketing.paymentnotice", _("All notices"), _("Rejected"), "outcome__exact", "rejected"
    ),
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
