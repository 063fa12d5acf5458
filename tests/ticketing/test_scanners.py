"""Scanner keys: shown once, stored as a digest, refused from the moment they are revoked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from config import credentials
from tests import gate, make
from ticketing import scanners
from ticketing.models import Scanner

pytestmark = pytest.mark.django_db


def is_valid(key: str) -> bool:
    return scanners.find(key, at=make.now()) is not None


def test_a_key_finds_its_scanner_and_venue() -> None:
    gate.keyed_scanner()
    row, key = gate.keyed_scanner("FERRY_BOARDING", label="Gate 9")

    found = scanners.find(key, at=make.now())

    assert found == row
    assert (found.label, found.venue, found.venue.functions) == (
        "Gate 9",
        row.venue,
        ["FERRY_BOARDING"],
    )
    assert (found.venue.serves("FERRY_BOARDING"), found.venue.serves("VIP_GIFT")) == (True, False)


def test_a_key_has_the_published_format() -> None:
    row, key = gate.keyed_scanner()
    prefix, name, public_id, rest = key.split("_", 3)
    assert (prefix, name, public_id) == ("gw", "scan", row.public_id)
    assert [len(part) for part in (public_id, *rest.split("_"))] == [8, 43, 6]


def test_only_a_digest_of_a_key_is_stored() -> None:
    _, key = gate.keyed_scanner()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(s)::text, encode(digest, 'escape') FROM ticketing_scanner s"
        )
        stored = "".join(cursor.fetchone())
    assert key.split("_")[3] not in stored


def test_a_revoked_scanner_is_out_at_once_and_its_neighbour_is_not() -> None:
    row, key = gate.keyed_scanner()
    _, neighbour = gate.keyed_scanner(at=row.venue)
    assert is_valid(key)
    scanners.revoke(row, at=make.now())
    assert (is_valid(key), is_valid(neighbour)) == (False, True)


def test_revoking_again_does_not_move_the_moment() -> None:
    row, _ = gate.keyed_scanner()
    first = make.now()
    scanners.revoke(row, at=first)
    scanners.revoke(row, at=first + timedelta(days=1))
    row.refresh_from_db()
    assert row.revoked_at == first


def test_closing_a_venue_shuts_out_all_its_scanners() -> None:
    row, key = gate.keyed_scanner()
    row.venue.is_active = False
    row.venue.save()
    assert not is_valid(key)
    row.venue.is_active = True
    row.venue.save()
    assert is_valid(key)


def test_a_key_of_another_kind_or_another_installation_is_none() -> None:
    _, api_key = make.api_key()
    _, key = gate.keyed_scanner()
    public_id = key.split("_")[2]
    other = f"gw_scan_{public_id}_{'0' * 43}"
    texts = [
        "", "x", "gw_scan_", api_key, key + "x", key[:-1], key.upper(), key.replace("scan", "live"),
        f"{other}_{credentials.checksum(other)}", "venue_test_key_12345", "é" * 20, "k" * 5000,
    ]  # fmt: skip
    assert [text for text in texts if is_valid(text)] == []
    with override_settings(API_KEY_PEPPER="another pepper"):
        assert not is_valid(key)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=80))
def test_any_text_is_a_key_or_none_and_never_a_failure(text: str) -> None:
    assert not is_valid(text)


def test_what_cannot_be_a_key_asks_nobody(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert not is_valid("gw_scan_typed_by_hand")


def test_a_device_is_seen_once_a_minute(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    row, key = gate.keyed_scanner()
    at = make.now()
    with django_assert_num_queries(2):
        scanners.find(key, at=at)
    with django_assert_num_queries(1):
        scanners.find(key, at=at + timedelta(seconds=59))
    row.refresh_from_db()
    assert row.last_seen_at == at
    scanners.find(key, at=at + timedelta(seconds=61))
    row.refresh_from_db()
    assert row.last_seen_at == at + timedelta(seconds=61)


def test_a_key_of_no_published_format_is_not_stored() -> None:
    with pytest.raises(ValueError, match="published format"):
        scanners.store(gate.venue(), "Gate", "typed by hand", at=make.now())
    assert not Scanner.objects.exists()
