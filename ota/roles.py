"""Roles of the staff: one table says what each may, and groups are made of it by migration.

A change of the table needs a migration that calls `apply` again, as 0008_roles does. Nobody
requests and approves the same: the two never meet in one role.
"""

from collections.abc import Iterable, Iterator

from django.apps import apps as registry
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_noop as _

APPS = ("admin", "auth", "axes", "customers", "inventory", "ota", "resellers", "ticketing")


def _can(app: str, *codenames: str) -> frozenset[str]:
    return frozenset(f"{app}.{codename}" for codename in codenames)


def _views(app: str, *models: str) -> frozenset[str]:
    return _can(app, *(f"view_{model}" for model in models))


def _edits(app: str, *models: str) -> frozenset[str]:
    return _can(app, *(f"{verb}_{model}" for model in models for verb in ("add", "change")))


STOCK = _views(
    "inventory", "product", "specialdate", "channelallocation", "allocationcounter",
    "allocationmove", "customerdiscount", "productfunction", "urgentrelease",
)  # fmt: skip
SALES = _views(
    "ticketing", "reservation", "reservationmove", "order", "ordermove", "batch", "ticket",
    "ticketmove",
)  # fmt: skip
GATE = _views("ticketing", "venue", "scanner", "scan", "redemption")
PARTNERS = _views("resellers", "partner", "reseller", "resellerchange")
WATCH = _views("ota", "alert", "apicall", "heartbeat", "usage", "businessmetrics")
BUSINESS = STOCK | SALES | GATE | PARTNERS | WATCH

PEOPLE = _views("ticketing", "customer") | _views("customers", "account")
REVEAL = _can("ticketing", "reveal_personal_data")
PAYMENTS = _views("ticketing", "paymentnotice", "refusednotice")
SETTLEMENT = _views(
    "ticketing", "statement", "statementline", "statementmove", "settlemententry"
)  # fmt: skip
CREDENTIALS = _views("resellers", "apikey", "paymentsecret") | _views("ota", "webhooksecret")
PARTNER_HISTORY = _views("resellers", "partnerchange")
WEBHOOKS = _views("ota", "webhookendpoint", "delivery", "partnermail")
ANSWERS = _views("ota", "idempotencyrecord")
THRESHOLDS = _can("ota", "view_alertthreshold", "change_alertthreshold")
ACKNOWLEDGE = _can("ota", "acknowledge_alert")
ACCOUNTS = (
    _can("auth", "view_user", "add_user", "change_user", "delete_user", "view_group")
    | _can("ota", "view_authenticator", "reset_authenticator", "assign_roles", "end_sessions")
    | _can("axes", "view_accessattempt", "delete_accessattempt")
    | _views("admin", "logentry")
)

OPERATIONS = (
    BUSINESS | PEOPLE | REVEAL | PAYMENTS | ANSWERS | WEBHOOKS | PARTNER_HISTORY | THRESHOLDS
    | ACKNOWLEDGE
    | _edits("inventory", "product", "specialdate", "customerdiscount", "productfunction")
    | _can("inventory", "delete_specialdate", "delete_customerdiscount", "delete_productfunction")
    | _can("inventory", "add_channelallocation", "reallocate_stock", "request_release")
    | _can("ticketing", "cancel_ticket", "expire_ticket", "reissue_ticket")
    | _can("ticketing", "cancel_order", "cancel_reservation", "expire_reservation")
    | _edits("ticketing", "venue", "scanner")
    | _can("ota", "replay_delivery")
)  # fmt: skip
PARTNER_MANAGER = (
    BUSINESS | CREDENTIALS | PARTNER_HISTORY | SETTLEMENT | ANSWERS | WEBHOOKS | REVEAL
    | _edits("resellers", "partner", "reseller", "apikey", "paymentsecret")
    | _can("ota", "change_webhookendpoint", "replay_delivery")
)  # fmt: skip
FINANCE = (
    BUSINESS | PAYMENTS | SETTLEMENT
    | _can("ticketing", "close_statement", "dispute_statement", "settle_statement")
)  # fmt: skip
# Looks at everything and decides who may enter; moves no stock and settles nothing.
ADMINISTRATOR = (
    BUSINESS | PEOPLE | REVEAL | PAYMENTS | SETTLEMENT | CREDENTIALS | ANSWERS | WEBHOOKS
    | PARTNER_HISTORY | THRESHOLDS | ACKNOWLEDGE | ACCOUNTS
    | _can("ticketing", "erase_customer", "change_scanner") | _can("customers", "erase_account")
    | _can("resellers", "change_apikey")
    | _can("ota", "change_webhookendpoint", "view_horizon")
)  # fmt: skip

ROLES: dict[str, frozenset[str]] = {
    _("Viewer"): BUSINESS,
    _("Operations"): OPERATIONS,
    _("Approver"): BUSINESS | _can("inventory", "approve_release"),
    _("Partner manager"): PARTNER_MANAGER,
    _("Finance"): FINANCE,
    _("Administrator"): ADMINISTRATOR,
}


def apply() -> None:
    """Make the groups, each with what the table gives it; what does not exist yet is left out."""
    for name in APPS:
        # In a migration those of its own run have not been made yet.
        create_permissions(registry.get_app_config(name), verbosity=0)
    known = _known()
    for name, permissions in ROLES.items():
        group, _is_new = Group.objects.get_or_create(name=name)
        group.permissions.set([known[each] for each in permissions if each in known])


def group(name: str) -> Group:
    """The group of a role, made again where somebody deleted it."""
    if name not in ROLES:
        raise KeyError(name)
    if not Group.objects.filter(name=name).exists():
        apply()
    return Group.objects.get(name=name)


def missing(permissions: Iterable[str] | None = None) -> Iterator[str]:
    """What the table names and no model has."""
    named = permissions if permissions is not None else frozenset().union(*ROLES.values())
    yield from sorted(set(named) - _known().keys())


def _known() -> dict[str, Permission]:
    rows = Permission.objects.filter(content_type__app_label__in=APPS)
    return {f"{row.content_type.app_label}.{row.codename}": row
            for row in rows.select_related("content_type")}  # fmt: skip
