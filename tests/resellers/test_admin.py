"""Credentials are made, replaced and ended in the back office, and shown exactly once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from resellers import keys, payment_secrets
from resellers.models import ApiKey, Partner
from tests import make

pytestmark = pytest.mark.django_db
NEW_KEY = {"environment": "live", "permissions": ["inventory:read", "orders:write"]}


def do(client: Client, action: str, about: Partner | ApiKey, **fields: Any) -> Any:
    page = f"admin:resellers_{about._meta.model_name}_{action}"
    return client.post(reverse(page, args=[about.pk]), fields)


def issue(client: Client, partner: Partner, **fields: Any) -> Any:
    return do(client, "issue_key", partner, **(NEW_KEY | fields))


def log() -> list[str]:
    """Whose history names the action, in the order of the alphabet."""
    about = LogEntry.objects.values_list("content_type__model", "object_id")
    return sorted(f"{model} {pk}" for model, pk in about)


def ends_between(row: ApiKey, first: datetime, last: datetime) -> bool:
    return ApiKey.objects.filter(pk=row.pk, expires_at__range=(first, last)).exists()


def partner_page(client: Client, partner: Partner) -> str:
    page = reverse("admin:resellers_partner_change", args=[partner.pk])
    return client.get(page).content.decode()


def test_an_issued_key_works_as_asked_for(admin_client: Client) -> None:
    partner = make.partner()

    answer = issue(admin_client, partner, label="Back end", environment="test")

    key = answer.context["secret"]
    caller = keys.find(key, at=make.now())
    row = ApiKey.objects.get()
    assert caller is not None
    assert caller.partner == partner
    assert caller.permissions == {"inventory:read", "orders:write"}
    assert (row.label, row.environment, key[:8]) == ("Back end", "test", "gw_test_")
    assert log() == [f"partner {partner.pk}"]


def test_a_key_is_shown_once_and_kept_by_nothing(admin_client: Client) -> None:
    partner = make.partner()

    answer = issue(admin_client, partner)

    key = answer.context["secret"]
    shown = answer.content.decode()
    row = ApiKey.objects.get()
    row_page = admin_client.get(reverse("admin:resellers_apikey_change", args=[row.pk]))
    later = partner_page(admin_client, partner) + row_page.content.decode()
    assert shown.count(key) == 1
    assert "no-store" in answer.headers["Cache-Control"]
    assert row.public_id in later
    assert key.rsplit("_", 2)[1] not in later
    assert bytes(row.digest).hex() not in later
    assert not LogEntry.objects.filter(change_message__contains=key.rsplit("_", 2)[1]).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"permissions": []},
        {"permissions": ["everything"]},
        {"environment": "production"},
        {"expires_at": "2020-01-01T00:00"},
        {"expires_at": "soon"},
        {"label": "x" * 101},
    ],
    ids=str,
)
def test_a_key_that_cannot_be_is_asked_for_again(
    admin_client: Client, wrong: dict[str, Any]
) -> None:
    answer = issue(admin_client, make.partner(), **wrong)

    assert answer.status_code == 200
    assert "secret" not in answer.context
    assert (ApiKey.objects.count(), LogEntry.objects.count()) == (0, 0)


def test_an_expiry_is_a_moment_in_hong_kong(admin_client: Client) -> None:
    issue(admin_client, make.partner(), expires_at="2099-12-31T08:30")

    assert str(ApiKey.objects.get().expires_at) == "2099-12-31 00:30:00+00:00"


def test_rotation_lets_both_keys_work_for_the_overlap(admin_client: Client) -> None:
    row, old = make.api_key(permissions=["inventory:read"])

    new = do(admin_client, "rotate", row, overlap="24").context["secret"]

    at = make.now()
    assert [keys.find(key, at=at) is not None for key in (old, new)] == [True, True]
    assert ends_between(row, at + timedelta(hours=23), at + timedelta(hours=25))
    assert keys.find(new, at=at).permissions == {"inventory:read"}  # type: ignore[union-attr]
    assert log() == [f"apikey {row.pk}", f"partner {row.partner_id}"]


def test_rotation_without_overlap_ends_the_old_key_now(admin_client: Client) -> None:
    row, old = make.api_key()

    do(admin_client, "rotate", row, overlap="0")

    assert keys.find(old, at=make.now()) is None


def test_a_revoked_key_is_refused_at_once_and_the_reason_kept(admin_client: Client) -> None:
    row, key = make.api_key()

    unexplained = do(admin_client, "revoke", row, reason=" ")
    still_valid = keys.find(key, at=make.now()) is not None
    revoked = do(admin_client, "revoke", row, reason="seen in a public log")

    assert (unexplained.status_code, still_valid) == (200, True)
    assert (revoked.status_code, keys.find(key, at=make.now())) == (302, None)
    assert log() == [f"apikey {row.pk}", f"partner {row.partner_id}"]
    assert all("seen in a public log" in entry.change_message for entry in LogEntry.objects.all())


@pytest.mark.parametrize("action", ["rotate", "revoke"])
def test_a_key_that_ended_is_neither_rotated_nor_revoked(admin_client: Client, action: str) -> None:
    row, _ = make.api_key()
    keys.revoke(row, at=make.now())
    before = ApiKey.objects.values().get()

    answer = do(admin_client, action, row, overlap="24", reason="again")

    assert answer.status_code == 302
    assert ApiKey.objects.values().get() == before
    assert log() == []


def test_a_new_payment_secret_is_shown_once_and_signs(admin_client: Client) -> None:
    partner = make.partner()
    old = payment_secrets.add(partner, at=make.now())

    answer = do(admin_client, "new_payment_secret", partner, overlap="1")

    new = answer.context["secret"]
    valid = payment_secrets.valid(partner.partner_id, at=make.now())
    assert valid == [new.encode(), old.encode()]
    assert answer.content.decode().count(new) == 1
    assert new not in partner_page(admin_client, partner)
    assert log() == [f"partner {partner.pk}"]


def test_secrets_and_digests_are_on_no_page(admin_client: Client) -> None:
    partner = make.partner()
    make.api_key(partner)
    secret = payment_secrets.add(partner, at=make.now())
    row, sealed = ApiKey.objects.get(), partner.payment_secrets.get()
    pages = [
        reverse("admin:resellers_apikey_changelist"),
        reverse("admin:resellers_apikey_change", args=[row.pk]),
        reverse("admin:resellers_paymentsecret_changelist"),
        reverse("admin:resellers_paymentsecret_change", args=[sealed.pk]),
        reverse("admin:resellers_partner_change", args=[partner.pk]),
    ]

    shown = "".join(admin_client.get(page).content.decode() for page in pages)

    assert secret not in shown
    assert bytes(sealed.sealed).decode() not in shown
    assert bytes(row.digest).hex() not in shown
    assert "digest" not in shown
    assert "sealed" not in shown


@pytest.mark.parametrize("action", ["issue_key", "new_payment_secret"])
def test_who_may_only_change_a_partner_makes_no_credential(client: Client, action: str) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_partner", "change_partner"])
    )
    client.force_login(clerk)
    partner = make.partner()

    answer = do(client, action, partner, **NEW_KEY, overlap="1")

    assert answer.status_code == 403
    assert (partner.keys.count(), partner.payment_secrets.count()) == (0, 0)
    assert action not in partner_page(client, partner)


def test_a_partner_keeps_its_id(admin_client: Client) -> None:
    partner = make.partner()
    page = reverse("admin:resellers_partner_change", args=[partner.pk])
    fields = {"partner_id": "ANOTHER", "name": "New name", "rate_limit": "100", "is_active": "on"}

    admin_client.post(page, fields | {"keys-TOTAL_FORMS": "0", "keys-INITIAL_FORMS": "0"})

    after = Partner.objects.get()
    assert (after.partner_id, after.name) == (partner.partner_id, "New name")


def test_a_partner_made_inactive_has_no_working_key(admin_client: Client) -> None:
    row, key = make.api_key()
    page = reverse("admin:resellers_partner_change", args=[row.partner_id])
    fields = {"name": "Gone", "rate_limit": "100"}

    admin_client.post(page, fields | {"keys-TOTAL_FORMS": "0", "keys-INITIAL_FORMS": "0"})

    assert keys.find(key, at=make.now()) is None


@pytest.mark.parametrize("limit", ["99", "1001", "many"])
def test_a_rate_limit_is_between_100_and_1000(admin_client: Client, limit: str) -> None:
    page = reverse("admin:resellers_partner_add")
    fields = {"partner_id": "NEW", "name": "New", "rate_limit": limit, "is_active": "on"}

    answer = admin_client.post(page, fields | {"keys-TOTAL_FORMS": "0", "keys-INITIAL_FORMS": "0"})

    assert (answer.status_code, Partner.objects.count()) == (200, 0)
