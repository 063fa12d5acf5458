"""Who sent a payment notice: decisions §6, R149."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

import pytest

from resellers import payment_secrets
from resellers.models import Partner
from tests import make
from ticketing import notices
from ticketing.errors import InvalidSignature

pytestmark = pytest.mark.django_db
BODY = b'{"event_id": "evt-1"}'
SECRET = b"secret-of-the-partner"
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def partner() -> Partner:
    made = make.partner()
    payment_secrets.add(made, at=make.now(), secret=SECRET.decode())
    return made


def is_authentic(
    source: str, signature: str, body: bytes = BODY, at: datetime | None = None
) -> bool:
    try:
        notices.authenticate(source=source, signature=signature, body=body, at=at or make.now())
    except InvalidSignature:
        return False
    return True


def mac(secret: bytes, at: datetime, body: bytes = BODY) -> str:
    """Written out once more from the description, for `notices.sign` to be compared with."""
    signed = str(int(at.timestamp())).encode() + b"." + body
    return hmac.new(secret, signed, hashlib.sha256).hexdigest()


# --- The signature ---------------------------------------------------------------------------


def test_a_signature_is_the_time_and_the_hmac_of_time_and_body(partner: Partner) -> None:
    at = make.now()
    signature = f"t={int(at.timestamp())},v1={mac(SECRET, at)}"
    assert notices.sign(SECRET, BODY, at=at) == signature
    assert is_authentic(partner.partner_id, signature)


def test_direct_sales_sign_with_the_secret_of_the_settings(settings: Any) -> None:
    signature = notices.sign(settings.PAYMENT_SECRET.encode(), BODY, at=make.now())
    assert is_authentic("direct", signature)
    assert not is_authentic("direct", notices.sign(SECRET, BODY, at=make.now()))


def test_another_body_or_secret_or_source_is_a_forgery(partner: Partner, settings: Any) -> None:
    signature = notices.sign(SECRET, BODY, at=make.now())
    stranger = make.partner()
    payment_secrets.add(stranger, at=make.now())

    assert is_authentic(partner.partner_id, signature)
    assert not is_authentic(partner.partner_id, signature, BODY + b" ")
    assert not is_authentic(stranger.partner_id, signature)
    assert not is_authentic("NOBODY", signature)
    assert not is_authentic("", signature)
    assert not is_authentic("direct", signature)
    for wrong in (b"", SECRET + b"x", settings.PAYMENT_SECRET.encode()):
        assert not is_authentic(partner.partner_id, notices.sign(wrong, BODY, at=make.now()))


def test_an_inactive_partner_signs_in_vain(partner: Partner) -> None:
    Partner.objects.update(is_active=False)
    assert not is_authentic(partner.partner_id, notices.sign(SECRET, BODY, at=make.now()))


@pytest.mark.parametrize(
    ("age", "valid"),
    [
        (timedelta(0), True),
        (FIVE_MINUTES, True),
        (-FIVE_MINUTES, True),
        (FIVE_MINUTES + timedelta(seconds=1), False),
        (-FIVE_MINUTES - timedelta(seconds=1), False),
        (timedelta(days=365), False),
    ],
)
def test_a_signature_is_good_for_five_minutes_either_way(
    partner: Partner, age: timedelta, valid: bool
) -> None:
    at = make.now().replace(microsecond=0)
    assert is_authentic(partner.partner_id, notices.sign(SECRET, BODY, at=at - age), at=at) is valid


def test_the_signed_time_cannot_be_made_younger(partner: Partner) -> None:
    at = make.now()
    old = mac(SECRET, at - timedelta(hours=1))
    assert not is_authentic(partner.partner_id, f"t={int(at.timestamp())},v1={old}")


def test_one_good_signature_among_several_is_enough(partner: Partner) -> None:
    at = make.now()
    good, bad = f"v1={mac(SECRET, at)}", f"v1={'0' * 64}"
    stamp = f"t={int(at.timestamp())}"
    for parts in ([good, bad], [bad, good], [bad, bad, bad, bad, good]):
        assert is_authentic(partner.partner_id, ",".join([stamp, *parts]))
    assert not is_authentic(partner.partner_id, ",".join([stamp, bad, bad]))


def test_both_secrets_count_while_one_is_changed(partner: Partner) -> None:
    at = make.now()
    new = payment_secrets.add(partner, at=at, overlap=FIVE_MINUTES).encode()
    old_one, new_one = (notices.sign(secret, BODY, at=at) for secret in (SECRET, new))
    assert is_authentic(partner.partner_id, old_one)
    assert is_authentic(partner.partner_id, new_one)
    later = at + FIVE_MINUTES
    assert not is_authentic(partner.partner_id, notices.sign(SECRET, BODY, at=later), at=later)
    assert is_authentic(partner.partner_id, notices.sign(new, BODY, at=later), at=later)


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "t={t}",
        "v1={v1}",
        "v1={v1},t={t}",
        "t={t}, v1={v1}",
        "t={t},v1={v1} ",
        "t={t},v1={v1}\n",
        "t={t},v1={loud}",
        "t={t},v1={short}",
        "t={t},v1={v1}0",
        "t={t},v0={v1}",
        "t=-{t},v1={v1}",
        "t={t}.0,v1={v1}",
        "t=0000{t},v1={v1}",
        "t={t},v1={v1},v1={v1},v1={v1},v1={v1},v1={v1},v1={v1}",
        "t={t},v1={arabic}",
    ],
)
def test_a_damaged_signature_is_no_signature(partner: Partner, damaged: str) -> None:
    at = make.now()
    v1 = mac(SECRET, at)
    signature = damaged.format(
        t=int(at.timestamp()), v1=v1, loud=v1.upper(), short=v1[:-1], arabic="\u0660" * 64
    )
    assert not is_authentic(partner.partner_id, signature)
