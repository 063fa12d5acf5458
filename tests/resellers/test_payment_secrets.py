"""What partners sign payment notices with: sealed at rest, changed with an overlap."""

from datetime import timedelta

import pytest
from cryptography.fernet import InvalidToken
from django.test import override_settings

from resellers import payment_secrets
from resellers.models import Partner, PaymentSecret
from tests import make

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_new_secret_is_valid_and_readable_only_with_the_pepper() -> None:
    partner, at = make.partner(), make.now()

    secret = payment_secrets.add(partner, at=at)

    row = PaymentSecret.objects.get(partner=partner)
    assert payment_secrets.valid(partner.partner_id, at=at) == [secret.encode()]
    assert payment_secrets.opened(row) == secret
    assert secret.encode() not in bytes(row.sealed)
    with override_settings(API_KEY_PEPPER="another"), pytest.raises(InvalidToken):
        payment_secrets.opened(row)


def test_two_made_secrets_are_never_alike() -> None:
    partner = make.partner()
    assert len({payment_secrets.add(partner, at=make.now()) for _ in range(5)}) == 5


def test_the_earlier_secret_is_valid_for_the_overlap_only() -> None:
    partner, at = make.partner(), make.now()
    old = payment_secrets.add(partner, at=at, secret="old").encode()
    new = payment_secrets.add(partner, at=at + HOUR, secret="new", overlap=HOUR).encode()

    assert payment_secrets.valid(partner.partner_id, at=at + HOUR) == [new, old]
    assert payment_secrets.valid(partner.partner_id, at=at + 2 * HOUR - HOUR / 60) == [new, old]
    assert payment_secrets.valid(partner.partner_id, at=at + 2 * HOUR) == [new]


def test_a_third_secret_does_not_lengthen_the_life_of_the_first() -> None:
    partner, at = make.partner(), make.now()
    payment_secrets.add(partner, at=at, secret="first")
    payment_secrets.add(partner, at=at, secret="second", overlap=HOUR)
    payment_secrets.add(partner, at=at + HOUR, secret="third", overlap=HOUR)
    assert payment_secrets.valid(partner.partner_id, at=at + HOUR) == [b"third", b"second"]


def test_nobody_else_has_a_secret_of_ours() -> None:
    partner, stranger = make.partner(), make.partner()
    payment_secrets.add(partner, at=make.now())
    assert payment_secrets.valid(stranger.partner_id, at=make.now()) == []
    assert payment_secrets.valid("NOBODY", at=make.now()) == []


def test_an_inactive_partner_signs_nothing() -> None:
    partner = make.partner()
    payment_secrets.add(partner, at=make.now())
    Partner.objects.update(is_active=False)
    assert payment_secrets.valid(partner.partner_id, at=make.now()) == []
