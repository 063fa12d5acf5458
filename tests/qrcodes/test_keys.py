import copy

import pytest
from django.core.checks.registry import registry

from qrcodes import checks, keys, tokens
from qrcodes.errors import QrNotConfigured
from tests.qrcodes.make_vectors import KEYRINGS, master

ACTIVE = {"kid": 2, "master": master("active"), "state": "active"}
RETIRING = {"kid": 1, "master": master("retiring"), "state": "retiring"}
PUBLISHED = bytes(range(32)).hex()


def test_the_active_key_seals_and_every_living_key_reads():
    ring = keys.ring()

    assert ring.active.kid == 2
    assert sorted(ring.readable) == [1, 2, 3, 5, 65535]
    assert ring.find(4) is None


def test_keys_are_derived_once_for_one_setting(settings):
    first = keys.ring()
    settings.QR_KEYS = copy.deepcopy(KEYRINGS["main"])

    assert keys.ring() is first


def test_another_setting_makes_another_ring_at_once(settings):
    settings.QR_KEYS = [ACTIVE]
    assert list(keys.ring().readable) == [2]

    settings.QR_KEYS.append(RETIRING)
    assert list(keys.ring().readable) == [2, 1]


@pytest.mark.parametrize("missing", [None, [], "", {}])
def test_without_keys_nothing_is_sealed_and_nothing_stands_in_for_them(settings, missing):
    keys.ring()
    settings.QR_KEYS = missing

    for attempt in (keys.ring, lambda: tokens.ticket_qr("A", 1, 2)):
        with pytest.raises(QrNotConfigured) as refusal:
            attempt()
        assert (refusal.value.status, refusal.value.code) == (500, "qr_not_configured")


FAULTY = {
    "not a list": ACTIVE,
    "no object": ["active"],
    "no master": [{"kid": 2, "state": "active"}],
    "short master": [{**ACTIVE, "master": master("active")[:62]}],
    "long master": [{**ACTIVE, "master": master("active") + "00"}],
    "master with a newline": [{**ACTIVE, "master": master("active")[:63] + "\n"}],
    "master no hexadecimal": [{**ACTIVE, "master": "g" * 64}],
    "published master": [{**ACTIVE, "master": PUBLISHED}],
    "published master in capitals": [{**ACTIVE, "master": PUBLISHED.upper()}],
    "one master twice": [ACTIVE, {**RETIRING, "master": master("active").upper()}],
    "one kid twice": [ACTIVE, {**RETIRING, "kid": 2}],
    "a destroyed kid again": [ACTIVE, {"kid": 2, "state": "destroyed"}],
    "none active": [RETIRING],
    "two active": [ACTIVE, {**RETIRING, "state": "active"}],
    "unknown state": [ACTIVE, {**RETIRING, "state": "asleep"}],
    "unknown field": [{**ACTIVE, "sate": "active"}],
    "kid too large": [{**ACTIVE, "kid": 65536}],
    "kid negative": [{**ACTIVE, "kid": -1}],
    "kid text": [{**ACTIVE, "kid": "2"}],
    "kid true": [{**ACTIVE, "kid": True}],
    "until no number": [{**ACTIVE, "until": "tomorrow"}],
}


@pytest.mark.parametrize("faulty", FAULTY.values(), ids=FAULTY.keys())
def test_a_faulty_setting_is_refused_and_reported_without_showing_a_key(settings, faulty):
    settings.QR_KEYS = faulty

    with pytest.raises(QrNotConfigured):
        keys.ring()
    messages = checks.keys_are_sound()
    assert {message.id for message in messages} == {"qrcodes.E001"}
    assert not any(master("active")[:16] in str(message).lower() for message in messages)


def reported():
    found = [*checks.keys_are_sound(), *checks.keys_are_fit_to_go_live()]
    return [(message.id, message.is_serious()) for message in found]


def test_a_sound_setting_is_not_reported():
    assert reported() == []


def test_missing_keys_are_a_warning_at_home_and_an_error_in_production(settings):
    settings.QR_KEYS = []

    assert reported() == [("qrcodes.W001", False), ("qrcodes.E002", True)]


@pytest.mark.parametrize("typed", ["00" * 32, "0123456789abcdef" * 4, master("active")[:32] * 2])
def test_a_master_that_somebody_typed_does_not_go_live(settings, typed):
    settings.QR_KEYS = [{**ACTIVE, "master": typed}]

    assert reported() == [("qrcodes.E003", True)]


def test_manage_py_check_asks_for_the_keys():
    assert checks.keys_are_sound in registry.registered_checks
    assert checks.keys_are_fit_to_go_live in registry.deployment_checks


def test_a_key_does_not_show_itself():
    shown = repr(keys.ring())

    for key in keys.ring().readable.values():
        assert repr(key.mac) not in shown
        assert repr(key.ticket) not in shown
