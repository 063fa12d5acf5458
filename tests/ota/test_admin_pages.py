"""Every page of the back office, walked from the registry: a new model without pages fails."""

import re
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from inventory.models import Product, SpecialDate
from ota.models import AlertThreshold
from resellers.models import Partner, Reseller
from ticketing.models import Venue

from .back_office import any_row, fill

OUR_APPS = ("inventory", "resellers", "customers", "ticketing", "ota", "direct")
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
# All that staff may write by a form. What is not named here is looked at, never written.
ADDED = {Product, SpecialDate, Partner, Reseller, Venue, User, Group}
CHANGED = ADDED | {AlertThreshold}
DELETED = {SpecialDate, User, Group}

pytestmark = pytest.mark.django_db
each_model = pytest.mark.parametrize(
    "model", REGISTERED, ids=[model._meta.label_lower for model in REGISTERED]
)


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_is_visible() -> None:
    ours = {model for name in OUR_APPS for model in apps.get_app_config(name).get_models()}

    assert ours | {User, Group, LogEntry, AccessAttempt} == set(REGISTERED)


def test_every_list_says_why_it_is_empty() -> None:
    silent = {model for model, page in admin.site._registry.items() if not page.empty}  # type: ignore[attr-defined]

    assert silent == {User, Group}  # of which there are always some


@each_model
def test_the_list_of_an_empty_table_opens(model: type[Model], admin_client: Client) -> None:
    assert admin_client.get(address(model, "changelist")).status_code == 200


def test_a_list_of_three_asks_no_more_than_a_list_of_one(admin_client: Client) -> None:
    fill()
    one = {model: queries_of_the_list(admin_client, model) for model in REGISTERED}
    fill(2)
    three = {model: queries_of_the_list(admin_client, model) for model in REGISTERED}

    assert {model: number for model, number in three.items() if number > one[model]} == {}


def queries_of_the_list(client: Client, model: type[Model]) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address(model, "changelist")).status_code == 200
    # A session notes once in a while that it was seen: on a slow machine between two lists.
    return len([query for query in asked if "django_session" not in query["sql"]])


def test_a_row_opens_and_anything_may_be_searched_for(admin_client: Client) -> None:
    fill()
    sought = {"q": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "o": "1.-2"}
    answers = {
        model: (
            admin_client.get(address(model, "change", any_row(model).pk)).status_code,
            admin_client.get(address(model, "changelist"), sought).status_code,
            admin_client.get(address(model, "changelist"), {"q": "\N{SNOWMAN} 1"}).status_code,
        )
        for model in REGISTERED
    }

    assert answers == dict.fromkeys(REGISTERED, (200, 200, 200))


@each_model
def test_only_what_is_edited_here_can_be_added(model: type[Model], admin_client: Client) -> None:
    expected = 200 if model in ADDED else 403

    assert admin_client.get(address(model, "add")).status_code == expected
    assert admin_client.post(address(model, "add"), {}).status_code == expected


def test_only_what_is_no_history_can_be_changed_or_deleted(admin_client: Client) -> None:
    fill()
    # The accounts last: who looks here is one of them.
    for model in sorted(REGISTERED, key=lambda each: each in DELETED):
        row = any_row(model)
        change, delete = address(model, "change", row.pk), address(model, "delete", row.pk)

        # An empty form is shown again with its errors where one may write.
        changed = admin_client.post(change, {}).status_code
        asked = admin_client.get(delete).status_code
        assert (model, changed) == (model, 200 if model in CHANGED else 403)
        assert (model, asked) == (model, 200 if model in DELETED else 403)
        if model not in DELETED:
            assert_stays(admin_client, row)


def assert_stays(client: Client, row: Model) -> None:
    """Neither its own page nor the action of the list deletes it."""
    model = type(row)
    assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    client.post(address(model, "changelist"), chosen)
    assert model._default_manager.filter(pk=row.pk).exists()


def test_who_may_see_nothing_is_led_nowhere(client: Client) -> None:
    client.force_login(User.objects.create_user("new", is_staff=True))

    overview = client.get(reverse("admin:index")).content.decode()

    assert address(Product, "changelist") not in overview
    assert client.get(address(Product, "changelist")).status_code == 403


def test_a_refused_page_says_what_to_do_in_the_readers_language_and_leads_back(
    client: Client,
) -> None:
    client.force_login(User.objects.create_user("new", is_staff=True))

    refused = client.get(address(Product, "changelist"), headers={"accept-language": "zh-hans"})
    nowhere = client.get("/admin/nowhere/", headers={"accept-language": "zh-hans"})

    assert [refused.status_code, nowhere.status_code] == [403, 404]
    assert "您的角色不包含此页面" in refused.content.decode()
    for answer in (refused, nowhere):
        assert '<a href="/admin/">总览</a>' in answer.content.decode()


def test_who_may_see_products_is_led_to_them_and_no_further(client: Client) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_product"))
    client.force_login(viewer)

    overview = client.get(reverse("admin:index")).content.decode()

    assert address(Product, "changelist") in overview
    assert address(Partner, "changelist") not in overview


def test_nobody_makes_himself_a_superuser(client: Client) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(content_type__app_label="auth"))
    client.force_login(clerk)

    client.post(
        address(User, "change", clerk.pk),
        {
            "username": "clerk",
            "is_superuser": "on",
            "is_staff": "on",
            "is_active": "on",
            "last_login_0": "",
            "last_login_1": "",
            "date_joined_0": "2026-01-01",
            "date_joined_1": "00:00:00",
            "email": "clerk@example.com",
            "reason": "none of his business",
        },
    )

    clerk.refresh_from_db()
    assert (clerk.email, clerk.is_superuser) == ("clerk@example.com", False)


def test_a_clerk_does_not_reach_a_superusers_account(client: Client, admin_user: User) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(content_type__app_label="auth"))
    client.force_login(clerk)

    password = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    taken = client.post(password, {"password1": "taken-over-1", "password2": "taken-over-1"})

    assert taken.status_code == 403
    assert client.post(address(User, "delete", admin_user.pk), {"post": "yes"}).status_code == 403


def test_a_role_is_edited_with_a_reason_in_words_of_the_reader(admin_client: Client) -> None:
    role = Group.objects.create(name="Guests")
    view, cancel = (
        Permission.objects.get(codename=name).pk for name in ("view_order", "cancel_order")
    )
    page = address(Group, "change", role.pk)
    chosen = {"name": "Guests", "permissions": [view, cancel]}

    assert admin_client.post(page, chosen).status_code == 200  # nobody said why
    assert admin_client.post(page, {**chosen, "reason": "They help out."}).status_code == 302

    said = LogEntry.objects.get().change_message
    assert role.permissions.count() == 2
    assert "permissions: – → " in said
    assert "Can view order" in said
    assert said.endswith("They help out.")
    admin_client.post(reverse("admin:set_language"), {"language": "zh-hans"})
    shown = admin_client.get(page).content.decode()
    assert ["订单 · 可查看" in shown, "订单 · 可取消订单及其门票" in shown] == [True, True]
    assert "Can view" not in shown


def test_the_language_is_changed_by_a_switch(admin_client: Client) -> None:
    admin_client.post(reverse("admin:set_language"), {"language": "zh-hans", "next": "/admin/"})

    overview = admin_client.get(reverse("admin:index"))

    assert overview.headers["Content-Language"] == "zh-hans"
    assert "合作伙伴" in overview.content.decode()


def test_every_word_of_ours_has_its_translation_compiled() -> None:
    folder = Path(settings.BASE_DIR, "locale", "zh_Hans", "LC_MESSAGES")
    written = re.findall(
        r'^msgid "(.+)"\n(?!msgid_plural)', (folder / "django.po").read_text(), flags=re.MULTILINE
    )

    with translation.override("zh-hans"):
        untold = [word for word in written if translation.gettext(word) == word]

    assert untold == []
