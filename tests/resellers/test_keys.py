"""API keys: shown once, stored as a digest, valid exactly as long as they should be."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from resellers import keys
from resellers.models import ApiKey, Partner
from resellers.permissions import ALL_PERMISSIONS
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def is_valid(key: str) -> bool:
    return keys.find(key, at=make.now()) is not None


def test_a_key_finds_its_partner_and_permissions() -> None:
    partner = make.partner(rate_limit=300)
    make.api_key()
    row, key = make.api_key(partner, permissions=["orders:read", "inventory:read"])

    caller = keys.find(key, at=make.now())

    assert caller is not None
    assert (caller.partner, caller.partner.rate_limit) == (partner, 300)
    assert caller.key_id == row.public_id
    assert caller.permissions == {"inventory:read", "orders:read"}


@pytest.mark.parametrize("environment", ["live", "test"])
def test_a_key_has_the_published_format(environment: str) -> None:
    row, key = make.api_key(environment=environment)
    prefix, name, public_id, rest = key.split("_", 3)
    assert (prefix, name, public_id) == ("gw", environment, row.public_id)
    assert [len(part) for part in (public_id, *rest.split("_"))] == [8, 43, 6]


def test_only_a_digest_of_a_key_is_stored() -> None:
    _, key = make.api_key()
    secret = key.split("_")[3]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(k)::text, encode(digest, 'escape') FROM resellers_apikey k"
        )
        stored = "".join(cursor.fetchone())
    assert secret not in stored
    assert key not in stored


def test_no_two_keys_are_alike() -> None:
    partner = make.partner()
    issued = [make.api_key(partner) for _ in range(20)]
    assert len({key for _, key in issued}) == len({row.public_id for row, _ in issued}) == 20


def test_a_key_with_any_character_changed_is_refused_without_asking_the_database(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _, key = make.api_key()
    with django_assert_num_queries(0):
        for place, sign in enumerate(key):
            typo = key[:place] + ("x" if sign != "x" else "y") + key[place + 1 :]
            assert not is_valid(typo)


def test_a_malformed_key_asks_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert not is_valid("gw_live_12345678_" + "a" * 43 + "_000000")


def test_a_well_formed_key_of_an_unknown_or_wrong_secret_is_refused() -> None:
    row, key = make.api_key()
    ApiKey.objects.filter(pk=row.pk).update(digest=bytes(32))
    assert not is_valid(key)
    ApiKey.objects.filter(pk=row.pk).update(public_id="another0")
    assert not is_valid(key)


@given(st.text(max_size=80))
def test_no_text_breaks_the_look_up(text: str) -> None:
    assert keys.find(text, at=make.now()) is None


def test_a_key_belongs_to_the_pepper_it_was_issued_with() -> None:
    _, key = make.api_key()
    with override_settings(API_KEY_PEPPER="another"):
        assert not is_valid(key)
    assert is_valid(key)


def test_a_revoked_key_is_refused_at_once_and_its_row_stays() -> None:
    row, key = make.api_key()
    _, other_key = make.api_key(row.partner)
    assert is_valid(key)

    revoked_at = make.now()
    keys.revoke(row, at=revoked_at)
    keys.revoke(row, at=revoked_at + DAY)

    assert (is_valid(key), is_valid(other_key)) == (False, True)
    row.refresh_from_db()
    assert row.revoked_at == revoked_at


@pytest.mark.parametrize(("expires_in", "valid"), [(MINUTE, True), (-MINUTE, False)])
def test_a_key_ends_by_itself(expires_in: timedelta, valid: bool) -> None:
    _, key = make.api_key(expires_at=make.now() + expires_in)
    assert is_valid(key) is valid


def test_the_keys_of_an_inactive_partner_are_refused() -> None:
    row, key = make.api_key()
    Partner.objects.filter(pk=row.partner_id).update(is_active=False)
    assert not is_valid(key)
    Partner.objects.filter(pk=row.partner_id).update(is_active=True)
    assert is_valid(key)


def test_a_rotated_key_goes_on_for_the_overlap_and_then_ends() -> None:
    old, old_key = make.api_key(permissions=["orders:read"], environment="test", label="shop")

    new, new_key = keys.rotate(old, at=make.now(), overlap=DAY)

    assert (is_valid(old_key), is_valid(new_key)) == (True, True)
    assert (new.replaces, new.partner, new.permissions) == (old, old.partner, ["orders:read"])
    assert (new.environment, new.label, new.expires_at) == ("test", "shop", None)
    ApiKey.objects.filter(pk=old.pk).update(expires_at=make.now())
    assert (is_valid(old_key), is_valid(new_key)) == (False, True)


def test_rotation_never_lengthens_the_life_of_the_old_key() -> None:
    soon = make.now() + MINUTE
    old, _ = make.api_key(expires_at=soon)
    keys.rotate(old, at=make.now(), overlap=DAY)
    old.refresh_from_db()
    assert old.expires_at == soon


def test_finding_a_key_is_one_statement_and_its_use_is_noted_every_ten_minutes(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    row, key = make.api_key()
    at = make.now()
    with django_assert_num_queries(2):
        keys.find(key, at=at)
    with django_assert_num_queries(1):
        keys.find(key, at=at + 9 * MINUTE)
    with django_assert_num_queries(2):
        keys.find(key, at=at + 11 * MINUTE)
    row.refresh_from_db()
    assert row.last_used_at == at + 11 * MINUTE


def test_a_key_may_not_do_what_no_route_asks_for() -> None:
    with pytest.raises(ValidationError):
        make.api_key(permissions=["inventory:read", "inventory:write"])
    make.api_key(permissions=ALL_PERMISSIONS)


def test_a_key_of_another_format_is_not_stored() -> None:
    with pytest.raises(ValueError, match="format"):
        keys.store(make.partner(), "gw_live_short", [], at=make.now())


def test_the_published_demo_keys_can_be_stored() -> None:
    partner = make.partner()
    keys.store(partner, "ota_test_key_12345", ["inventory:read"], at=make.now())
    caller = keys.find("ota_test_key_12345", at=make.now())
    assert caller is not None
    assert (caller.partner, caller.key_id) == (partner, "demo-12345")
    assert not is_valid("ota_test_key_12346")


@pytest.mark.parametrize("limit", [99, 1001])
def test_a_rate_limit_stays_between_100_and_1000(limit: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make.partner(rate_limit=limit)


def test_a_key_is_in_one_state_and_row_and_condition_say_the_same() -> None:
    at, state = make.now(), ApiKey.State
    ends = {"never": None, "later": at + DAY, "now": at, "before": at - DAY}
    for name, end in ends.items():
        for is_revoked in (False, True):
            row, _ = make.api_key(make.partner(name=name), label=f"{name} {is_revoked}")
            revoked_at = at if is_revoked else None
            ApiKey.objects.filter(pk=row.pk).update(expires_at=end, revoked_at=revoked_at)
    told = {key.label: key.state_at(at) for key in ApiKey.objects.all()}
    assert told == {
        **{f"{name} True": state.REVOKED for name in ends},
        **{f"{name} False": state.LIVE for name in ("never", "later")},
        **{f"{name} False": state.EXPIRED for name in ("now", "before")},
    }
    for each in state:
        chosen = ApiKey.objects.filter(ApiKey.in_state(each, at)).values_list("label", flat=True)
        assert set(chosen) == {label for label, said in told.items() if said == each}
        of_keys = Partner.objects.filter(ApiKey.in_state(each, at, of="keys__"))
        assert of_keys.count() == len(chosen)
