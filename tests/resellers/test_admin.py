"""Credentials are made, replaced and ended in the back office, and shown exactly once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from resellers import keys, payment_secrets
from resellers.models import ApiKey, Partner, PartnerChange, PaymentSecret
from tests import make

pytestmark = pytest.mark.django_db
NEW_KEY = {"environment": "live", "permissions": ["inventory:read", "orders:write"]}


def do(client: Client, action: str, about: Partner | ApiKey | PaymentSecret, **fields: Any) -> Any:
    page = f"admin:resellers_{about._meta.model_name}_{action}"
    return client.post(reverse(page, args=[about.pk]), fields)


def issue(client: Client, partner: Partner, **fields: Any) -> Any:
    return do(client, "issue_key", partner, **(NEW_KEY | fields))


def history(of: Partner | ApiKey) -> list[tuple[str, str, str]]:
    """What is remembered, by whom and why."""
    return list(of.history.values_list("kind", "by", "reason"))


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
    assert history(row) == [("key_issued", "staff:admin", "")]


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

    wish = {"overlap": "24", "reason": "yearly"}
    new = do(admin_client, "rotate", row, **wish).context["secret"]

    at = make.now()
    assert [keys.find(key, at=at) is not None for key in (old, new)] == [True, True]
    assert ends_between(row, at + timedelta(hours=23), at + timedelta(hours=25))
    assert keys.find(new, at=at).permissions == {"inventory:read"}  # type: ignore[union-attr]
    assert history(row)[1:] == [("key_rotated", "staff:admin", "yearly")]


def test_rotation_until_a_chosen_moment_ends_the_old_key_then(admin_client: Client) -> None:
    row, old = make.api_key()
    moment = timezone.localtime() + timedelta(hours=3)

    wish = {"overlap": "0", "until": f"{moment:%Y-%m-%dT%H:%M}", "reason": "agreed so"}
    do(admin_client, "rotate", row, **wish)

    assert keys.find(old, at=make.now()) is not None
    assert ends_between(row, moment - timedelta(minutes=2), moment + timedelta(minutes=1))


def test_rotation_without_overlap_ends_the_old_key_now(admin_client: Client) -> None:
    row, old = make.api_key()

    do(admin_client, "rotate", row, overlap="0", reason="leaked")

    assert keys.find(old, at=make.now()) is None


def test_a_revoked_key_is_refused_at_once_and_the_reason_kept(admin_client: Client) -> None:
    row, key = make.api_key()

    unexplained = do(admin_client, "revoke", row, reason=" ")
    still_valid = keys.find(key, at=make.now()) is not None
    revoked = do(admin_client, "revoke", row, reason="seen in a public log")

    assert (unexplained.status_code, still_valid) == (200, True)
    assert (revoked.status_code, keys.find(key, at=make.now())) == (302, None)
    assert history(row)[1:] == [("key_revoked", "staff:admin", "seen in a public log")]
    assert "seen in a public log" in LogEntry.objects.get().change_message


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", ["rotate", "revoke", "change_it"])
def test_a_key_that_ended_is_neither_rotated_nor_revoked(admin_client: Client, action: str) -> None:
    row, _ = make.api_key()
    keys.revoke(row, at=make.now())
    before = ApiKey.objects.values().get()

    fields = {"overlap": "24", "reason": "again", "permissions": ["orders:read"]}
    answer = do(admin_client, action, row, **fields)

    assert answer.status_code == 302
    assert ApiKey.objects.values().get() == before
    assert LogEntry.objects.count() == 0
    assert [kind for kind, _, _ in history(row)] == ["key_issued", "key_revoked"]


def test_a_live_key_gets_other_permissions_from_its_next_use_on(admin_client: Client) -> None:
    row, key = make.api_key(permissions=["inventory:read"], label="shop")
    wish = {"label": "shop", "permissions": ["orders:read", "inventory:read"], "expires_at": ""}

    do(admin_client, "change_it", row, **wish)  # nobody said why
    assert keys.find(key, at=make.now()).permissions == {"inventory:read"}  # type: ignore[union-attr]
    for _ in range(2):  # no change leaves no trace
        do(admin_client, "change_it", row, **wish, reason="sells now")

    caller = keys.find(key, at=make.now())
    assert caller is not None
    assert caller.permissions == {"inventory:read", "orders:read"}
    assert history(row)[1:] == [("key_changed", "staff:admin", "sells now")]
    change = row.history.latest("id")
    assert (change.before, change.after) == (
        {"permissions": ["inventory:read"]}, {"permissions": ["inventory:read", "orders:read"]},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_many_keys_those_that_ended_are_named(admin_client: Client) -> None:
    live, ended = make.api_key()[0], make.api_key()[0]
    keys.revoke(ended, at=make.now())
    fields = {
        "action": "revoke_chosen", "index": "0", "_selected_action": [live.pk, ended.pk],
        "confirmed": "1", "reason": "the list leaked",
    }  # fmt: skip

    answer = admin_client.post(reverse("admin:resellers_apikey_changelist"), fields, follow=True)

    done, refused = (str(message) for message in answer.context["messages"])
    assert (done, "<code>key_ended</code>" in refused) == ("Revoke key: 1 done.", True)
    assert history(live)[1:] == [("key_revoked", "staff:admin", "the list leaked")]


def test_a_new_payment_secret_is_shown_once_and_signs(admin_client: Client) -> None:
    partner = make.partner()
    old = payment_secrets.add(partner, at=make.now())

    answer = do(admin_client, "new_payment_secret", partner, overlap="1", reason="yearly")

    new = answer.context["secret"]
    valid = payment_secrets.valid(partner.partner_id, at=make.now())
    assert valid == [new.encode(), old.encode()]
    assert answer.content.decode().count(new) == 1
    assert new not in partner_page(admin_client, partner)
    assert history(partner)[1:] == [("secret_made", "staff:admin", "yearly")]


def test_a_payment_secret_that_leaked_is_ended_at_once(admin_client: Client) -> None:
    partner = make.partner()
    payment_secrets.add(partner, at=make.now(), secret="leaked")
    row = PaymentSecret.objects.get()

    for _ in range(2):
        do(admin_client, "end_now", row, reason="seen in a public log")

    assert payment_secrets.valid(partner.partner_id, at=make.now()) == []
    ended = ("secret_ended", "staff:admin", "seen in a public log")
    assert history(partner)[1:] == [ended]


def test_a_new_secret_without_overlap_ends_those_that_were_retiring(admin_client: Client) -> None:
    partner = make.partner()
    for name in ("first", "second"):
        payment_secrets.add(partner, at=make.now(), secret=name)

    wish = {"overlap": "0", "reason": "all of them leaked"}
    new = do(admin_client, "new_payment_secret", partner, **wish).context["secret"]

    assert payment_secrets.valid(partner.partner_id, at=make.now()) == [new.encode()]


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

    answer = do(client, action, partner, **NEW_KEY, overlap="1", reason="x")

    assert answer.status_code == 403
    assert (partner.keys.count(), partner.payment_secrets.count()) == (0, 0)
    assert action not in partner_page(client, partner)


# --- The partner itself ----------------------------------------------------------------------

NEW = {"partner_id": "NEW-1", "name": "New Travel", "rate_limit": "250", "reason": "contract 7"}
NO_KEYS = {"keys-TOTAL_FORMS": "0", "keys-INITIAL_FORMS": "0", "history-TOTAL_FORMS": "0",
           "history-INITIAL_FORMS": "0"}  # fmt: skip


def test_a_new_partner_is_led_on_to_its_first_key(admin_client: Client) -> None:
    fields = {**NEW, "contact_email": "ops@new.example", "_save": ""}

    answer = admin_client.post(reverse("admin:resellers_partner_add"), fields)

    partner = Partner.objects.get()
    assert (partner.partner_id, partner.rate_limit, partner.is_active) == ("NEW-1", 250, True)
    assert answer.headers["Location"] == reverse(
        "admin:resellers_partner_issue_key", args=[partner.pk]
    )
    (row,) = partner.history.all()
    assert (row.kind, row.by, row.reason) == ("registered", "staff:admin", "contract 7")
    assert (row.before, row.after["contact_email"]) == ({}, "o•••@new.example")


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_limit": "99"},
        {"rate_limit": "1001"},
        {"rate_limit": "many"},
        {"reason": ""},
        {"partner_id": "new one"},
        {"contact_email": "nobody"},
    ],
    ids=str,
)
def test_a_partner_that_cannot_be_is_asked_for_again(
    admin_client: Client, wrong: dict[str, str]
) -> None:
    answer = admin_client.post(reverse("admin:resellers_partner_add"), {**NEW, **wrong})

    assert (answer.status_code, Partner.objects.count()) == (200, 0)


def test_a_partner_keeps_its_id_and_remembers_what_was_changed(admin_client: Client) -> None:
    partner = make.partner(name="Old name", contact_email="old@example.com")
    page = reverse("admin:resellers_partner_change", args=[partner.pk])
    fields = {"partner_id": "ANOTHER", "name": "New name", "rate_limit": "1000", **NO_KEYS}
    fields["contact_email"] = "other@example.com"  # which looks the same behind its mask

    assert admin_client.post(page, fields).status_code == 200  # nobody said why
    admin_client.post(page, {**fields, "reason": "they merged"})

    after = Partner.objects.get()
    kept = (partner.partner_id, "New name", 100, True)
    assert (after.partner_id, after.name, after.rate_limit, after.is_active) == kept
    (row,) = partner.history.all()
    assert (row.kind, row.by, row.reason) == ("changed", "staff:admin", "they merged")
    masked = "o•••@example.com"
    assert (row.before, row.after) == (
        {"name": "Old name", "contact_email": masked},
        {"name": "New name", "contact_email": masked},
    )


def test_the_limit_is_changed_with_a_reason_and_counts_at_once(admin_client: Client) -> None:
    _, key = make.api_key()
    partner = Partner.objects.get()

    for wrong in ({"rate_limit": "300"}, {"rate_limit": "1001", "reason": "more"}):
        assert do(admin_client, "change_limit", partner, **wrong).status_code == 200
    do(admin_client, "change_limit", partner, rate_limit="300", reason="high season")

    caller = keys.find(key, at=make.now())
    assert caller is not None
    assert caller.partner.rate_limit == 300
    change = partner.history.latest("id")
    assert (change.kind, change.by, change.reason) == ("changed", "staff:admin", "high season")
    assert (change.before, change.after) == ({"rate_limit": 100}, {"rate_limit": 300})


def test_a_partner_made_inactive_has_no_working_key_until_it_is_active_again(
    admin_client: Client,
) -> None:
    row, key = make.api_key()

    do(admin_client, "deactivate", row.partner, reason="does not pay")
    is_out = keys.find(key, at=make.now()) is None
    do(admin_client, "activate", row.partner, reason="has paid")

    assert (is_out, keys.find(key, at=make.now()) is not None) == (True, True)
    assert history(row.partner)[1:] == [
        ("deactivated", "staff:admin", "does not pay"),
        ("reactivated", "staff:admin", "has paid"),
    ]


def test_the_page_of_a_partner_says_what_is_missing_until_its_first_call(
    admin_client: Client,
) -> None:
    partner = make.partner()
    before = partner_page(admin_client, partner)
    _, key = make.api_key(partner)
    payment_secrets.add(partner, at=make.now())
    keys.find(key, at=make.now())
    Partner.objects.update(contact_email="ops@example.com")

    after = partner_page(admin_client, partner)

    assert (before.count("missing"), after.count("missing")) == (4, 0)


@pytest.mark.parametrize(
    "spoiled",
    [
        "UPDATE resellers_partnerchange SET by = 'somebody else'",
        "DELETE FROM resellers_partnerchange",
        "TRUNCATE resellers_partnerchange",
    ],
)
def test_what_is_remembered_of_partners_can_not_be_spoiled(spoiled: str) -> None:
    make.api_key()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for nothing pending
        cursor.execute("SET LOCAL gangway.may_truncate = 'off'")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(spoiled)
    assert PartnerChange.objects.count() == 1


def test_who_may_not_change_partners_does_not(client: Client) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    names = ["view_partner", "view_apikey", "add_apikey"]
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(clerk)
    row, key = make.api_key()

    answers = [
        do(client, "change_limit", row.partner, rate_limit="300", reason="x").status_code,
        do(client, "deactivate", row.partner, reason="x").status_code,
        do(client, "revoke", row, reason="x").status_code,
        do(client, "change_it", row, permissions=["orders:read"], reason="x").status_code,
    ]

    assert answers == [403] * 4
    assert keys.find(key, at=make.now()) is not None
    assert 'name="reason"' not in partner_page(client, row.partner)
