"""Who may open what: every page of the back office, walked by every role."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from config import admin_navigation, admin_pages
from config.admin_site import GangwayAdminSite
from ota import roles

from .back_office import any_row, fill

pytestmark = pytest.mark.django_db

LETTERS = {
    "V": "Viewer", "O": "Operations", "A": "Approver", "P": "Partner manager", "F": "Finance",
    "X": "Administrator",
}  # fmt: skip
EVERYBODY = "VOAPFX"

# Who opens the list, each row and its history.
VIEWED = {
    "admin.logentry": "X",
    "auth.group": "X",
    "auth.user": "X",
    "axes.accessattempt": "X",
    "customers.account": "OX",
    "inventory.allocationchange": EVERYBODY,
    "inventory.allocationcounter": EVERYBODY,
    "inventory.allocationmove": EVERYBODY,
    "inventory.channelallocation": EVERYBODY,
    "inventory.customerdiscount": EVERYBODY,
    "inventory.product": EVERYBODY,
    "inventory.productfunction": EVERYBODY,
    "inventory.specialdate": EVERYBODY,
    "inventory.urgentrelease": EVERYBODY,
    "ota.alert": EVERYBODY,
    "ota.alertthreshold": "OX",
    "ota.apicall": EVERYBODY,
    "ota.authenticator": "X",
    "ota.delivery": "OPX",
    "ota.heartbeat": EVERYBODY,
    "ota.horizon": "X",
    "ota.idempotencyrecord": "OPX",
    "ota.partnermail": "OPX",
    "ota.webhookendpoint": "OPX",
    "ota.webhooksecret": "PX",
    "resellers.apikey": "PX",
    "resellers.partner": EVERYBODY,
    "resellers.partnerchange": "OPX",
    "resellers.paymentsecret": "PX",
    "resellers.reseller": EVERYBODY,
    "resellers.resellerchange": EVERYBODY,
    "ticketing.batch": EVERYBODY,
    "ticketing.customer": "OX",
    "ticketing.order": EVERYBODY,
    "ticketing.ordermove": EVERYBODY,
    "ticketing.paymentnotice": "OFX",
    "ticketing.redemption": EVERYBODY,
    "ticketing.refusednotice": "OFX",
    "ticketing.reservation": EVERYBODY,
    "ticketing.reservationmove": EVERYBODY,
    "ticketing.scan": EVERYBODY,
    "ticketing.scanner": EVERYBODY,
    "ticketing.settlemententry": "PFX",
    "ticketing.statement": "PFX",
    "ticketing.statementline": "PFX",
    "ticketing.statementmove": "PFX",
    "ticketing.ticket": EVERYBODY,
    "ticketing.ticketmove": EVERYBODY,
    "ticketing.venue": EVERYBODY,
}
# Every other page of a model, by the name of its address; "" for superusers alone.
OTHERS = {
    "metrics": EVERYBODY,
    "metrics_export": EVERYBODY,
    "usage": EVERYBODY,
    "usage_export": EVERYBODY,
    "auth_user_add": "X",
    "auth_user_delete": "X",
    "auth_user_log_out_everywhere": "X",
    "auth_user_password_change": "X",
    "auth_user_reset_second_factor": "X",
    "customers_account_erase": "X",
    "customers_account_reveal": "OX",
    "inventory_allocationchange_export": EVERYBODY,
    "inventory_channelallocation_move_from_here": "O",
    "inventory_channelallocation_reallocate": "O",
    "inventory_product_add": "O",
    "inventory_product_move_stock": "O",
    "inventory_product_set_up_pools": "O",
    "inventory_specialdate_add": "O",
    "inventory_specialdate_delete": "O",
    "inventory_urgentrelease_approve": "A",
    "inventory_urgentrelease_ask_for": "O",
    "inventory_urgentrelease_reject": "A",
    "inventory_urgentrelease_withdraw": "",
    "ota_alert_acknowledge": "OX",
    "ota_delivery_replay": "OP",
    "ota_webhookendpoint_see_deliveries": "OPX",
    "ota_webhookendpoint_turn_off": "PX",
    "ota_webhookendpoint_turn_on": "",
    "resellers_apikey_change_it": "PX",
    "resellers_apikey_revoke": "PX",
    "resellers_apikey_rotate": "P",
    "resellers_partner_activate": "",
    "resellers_partner_add": "P",
    "resellers_partner_change_limit": "P",
    "resellers_partner_deactivate": "P",
    "resellers_partner_issue_key": "P",
    "resellers_partner_new_payment_secret": "P",
    "resellers_partner_reveal": "OPX",
    "resellers_paymentsecret_end_now": "P",
    "resellers_reseller_add": "P",
    "resellers_reseller_export": EVERYBODY,
    "resellers_reseller_import_file": "P",
    "resellers_reseller_reveal": "OPX",
    "ticketing_batch_cancel_rest": "O",
    "ticketing_batch_expire_rest": "O",
    "ticketing_customer_erase": "X",
    "ticketing_customer_reveal": "OX",
    "ticketing_order_cancel": "O",
    "ticketing_reservation_cancel": "O",
    "ticketing_reservation_expire": "O",
    "ticketing_scanner_revoke": "OX",
    "ticketing_scanner_rotate": "O",
    "ticketing_settlemententry_export": "PFX",
    "ticketing_statement_close_due": "F",
    "ticketing_statement_dispute": "F",
    "ticketing_statement_export": "PFX",
    "ticketing_statement_lines": "PFX",
    "ticketing_statement_print": "PFX",
    "ticketing_statement_print_page": "PFX",
    "ticketing_statement_settle": "F",
    "ticketing_statementline_export": "PFX",
    "ticketing_ticket_cancel": "O",
    "ticketing_ticket_expire": "O",
    "ticketing_ticket_reissue": "O",
    "ticketing_venue_add": "O",
    "ticketing_venue_issue_scanner": "O",
}
# Nobody opens them for the rows of this test, superusers neither.
NOT_OF_THESE_ROWS = {
    "inventory_urgentrelease_withdraw",  # only who asked for it
    "ota_webhookendpoint_turn_on",  # it is on
    "resellers_partner_activate",  # it is active
}
# Who may save what is shown.
CHANGED = {
    "auth.user": "X",
    "inventory.product": "O",
    "inventory.specialdate": "O",
    "ota.alertthreshold": "OX",
    "resellers.partner": "P",
    "resellers.reseller": "P",
    "ticketing.venue": "O",
}


def member(role: str) -> User:
    user = User.objects.create_user(role.lower().replace(" ", "-"), is_staff=True)
    user.groups.add(roles.group(role))
    return user


def pages() -> Iterator[tuple[str, str, str]]:
    """Every address of every model's admin: its name, an address, and what decides about it."""
    for model, model_admin in admin.site._registry.items():
        label, row = model._meta.label_lower, any_row(model)
        stem = label.replace(".", "_")
        for pattern in model_admin.get_urls():
            if pattern.name is None:
                continue
            filled = {"kind": "csv", "object_id": row.pk, "pk": row.pk, "id": row.pk}
            known = {name: filled[name] for name in pattern.pattern.converters}
            name = pattern.name
            if name in (f"{stem}_changelist", f"{stem}_change", f"{stem}_history"):
                decided = VIEWED.get(label, f"{label} has no decision")
            elif name in (f"{stem}_add", f"{stem}_delete"):
                decided = OTHERS.get(name, "")
            else:
                decided = OTHERS.get(name, f"{name} has no decision")
            yield name, reverse(f"admin:{name}", kwargs=known), decided
    for page in admin_pages.REGISTERED:
        known = {"kind": "csv"} if "<str:kind>" in page.route else {}
        decided = OTHERS.get(page.name, f"{page.name} has no decision")
        yield page.name, reverse(f"admin:{page.name}", kwargs=known), decided


def opens(user: User, address: str) -> bool:
    """Whether the page lets somebody in; it is not drawn, which takes nearly all the time."""
    request = RequestFactory().get(address)
    request.user, request.session = user, SessionStore()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    request.resolver_match = match = resolve(address)
    try:
        answer = match.func(request, *match.args, **match.kwargs)
    except (PermissionDenied, Http404):
        return False
    return answer.status_code < 400 or answer.status_code == 405  # only asked by POST


def test_every_page_lets_in_whom_it_should_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill()
    # The sidebar, of pages that are not drawn.
    monkeypatch.setattr(GangwayAdminSite, "each_context", lambda *_asked: {})
    asked = list(pages())
    staff = {letter: member(role) for letter, role in LETTERS.items()}
    boss = User.objects.create_superuser("boss")

    found = {
        name: "".join(letter for letter, user in staff.items() if opens(user, address))
        for name, address, _decided in asked
    }

    assert found == {name: decided for name, _address, decided in asked}
    assert len(found) > 150
    cannot = {"_add", "_delete"}  # what is a history, or changes by use cases only
    shut = {name for name, address, _ in asked if not opens(boss, address)}
    assert {name for name in shut if not name.endswith(tuple(cannot))} == NOT_OF_THESE_ROWS


def test_who_may_save_what_is_shown() -> None:
    staff = {letter: member(role) for letter, role in LETTERS.items()}
    found = {}
    for model, model_admin in admin.site._registry.items():
        request = RequestFactory().get("/")
        letters = ""
        for letter, user in staff.items():
            request.user = user
            letters += letter if model_admin.has_change_permission(request) else ""
        found[model._meta.label_lower] = letters

    assert {label: letters for label, letters in found.items() if letters} == CHANGED


def test_buttons_are_shown_to_those_alone_whom_their_pages_let_in() -> None:
    fill()
    for letter, role in LETTERS.items():
        user = member(role)
        for model, model_admin in admin.site._registry.items():
            request = RequestFactory().get("/")
            request.user = user
            row = any_row(model)
            shown = [
                *model_admin.get_actions_detail(request, str(row.pk)),  # type: ignore[attr-defined]
                *model_admin.get_actions_list(request),  # type: ignore[attr-defined]
            ]
            for button in shown:
                assert letter in OTHERS[button.action_name], (role, button.action_name)


def test_the_sidebar_leads_where_a_role_may_go_and_nowhere_else(client: Client) -> None:
    for letter, role in LETTERS.items():
        client.force_login(member(role))
        shown = client.get(reverse("admin:index")).context["sidebar_navigation"]

        links = {str(item["link"]) for group in shown for item in group["items"]}
        led = {label for label in registered() if listed(label) in links}
        assert led == {label for label in in_the_sidebar() if letter in VIEWED[label]}, role


def test_a_heading_with_nothing_below_it_is_not_shown(client: Client) -> None:
    client.force_login(member("Viewer"))

    shown = client.get(reverse("admin:index")).context["sidebar_navigation"]

    titles = {str(group.get("title", "")) for group in shown}
    assert titles == {"", "Stock", "Partners", "Sales", "Gate", "Reports", "Channel log"}


def registered() -> set[str]:
    return {model._meta.label_lower for model in admin.site._registry}


def in_the_sidebar() -> set[str]:
    links = {str(item["link"]) for group in admin_navigation.NAVIGATION for item in group["items"]}
    return {label for label in registered() if listed(label) in links}


def listed(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def test_the_groups_are_the_table() -> None:
    roles.apply()
    missing = set(roles.missing())

    for name, permissions in roles.ROLES.items():
        held = {
            f"{each.content_type.app_label}.{each.codename}"
            for each in Group.objects.get(name=name).permissions.select_related("content_type")
        }
        assert held == permissions - missing


def test_made_again_a_group_loses_what_the_table_does_not_give_it() -> None:
    viewer = roles.group("Viewer")
    before = set(viewer.permissions.all())
    viewer.permissions.set(Permission.objects.filter(codename="delete_user"))

    roles.apply()

    assert set(viewer.permissions.all()) == before


def test_the_table_names_what_exists() -> None:
    assert list(roles.missing()) == []


def test_nobody_requests_and_approves_the_same_release() -> None:
    both = {"inventory.request_release", "inventory.approve_release"}

    assert [name for name, granted in roles.ROLES.items() if both <= granted] == []
    assert "inventory.request_release" in roles.ROLES["Operations"]
    assert "inventory.approve_release" in roles.ROLES["Approver"]


def give(client: Client, to: User, *names: str, **more: Any) -> User:
    form = {
        "username": "another-name", "is_active": "on", "is_staff": "on", "reason": "a new role",
        "groups": [roles.group(name).pk for name in names],
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", **more,
    }  # fmt: skip
    answer = client.post(reverse("admin:auth_user_change", args=[to.pk]), form)
    assert answer.status_code in (200, 302)
    return User.objects.get(pk=to.pk)


def test_an_administrator_gives_roles_to_others_but_makes_no_superuser(client: Client) -> None:
    administrator, new = member("Administrator"), User.objects.create_user("new")
    client.force_login(administrator)

    new = give(client, new, "Finance", is_superuser="on")
    assert ([each.name for each in new.groups.all()], new.is_superuser) == (["Finance"], False)
    assert (new.is_staff, new.username) == (True, "new")
    told = LogEntry.objects.latest("pk").get_change_message()
    assert "is_staff: False → True; " in told
    assert "groups: – → Finance; " in told

    own = give(client, administrator, "Administrator", "Approver")
    assert [each.name for each in own.groups.all()] == ["Administrator"]


def test_the_demonstrations_staff_have_their_roles() -> None:
    from ota import demo

    for name, _email, _password, role in demo.PEOPLE:
        demo._person(name, "", "", role)

    assert User.objects.get(username="ops").has_perm("ticketing.cancel_ticket")
    assert not User.objects.get(username="approver").has_perm("ticketing.cancel_ticket")
    assert User.objects.get(username="approver").has_perm("ticketing.view_order")
    assert User.objects.get(username="admin").is_superuser
