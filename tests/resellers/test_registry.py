"""Whom a batch is meant for: an id or a code says it, a name only where it is clear."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from resellers import registry
from resellers.errors import ResellerInactive, UnknownReseller
from resellers.models import Partner, Reseller
from tests import make

pytestmark = pytest.mark.django_db
TODAY = date(2026, 12, 24)


def meant(partner: Partner, name: str = "", **wish: Any) -> Reseller | None:
    return registry.meant(
        partner, **{"reseller_id": None, "reseller_code": None, "name": name, "day": TODAY} | wish
    )


@pytest.fixture
def known() -> Reseller:
    return make.reseller(reseller_code="HT-01", name="Harbour Tours")


def test_an_id_a_code_or_a_name_finds_the_reseller(known: Reseller) -> None:
    assert meant(known.partner, reseller_id=known.pk) == known
    assert meant(known.partner, reseller_code="HT-01") == known
    assert meant(known.partner, reseller_id=known.pk, reseller_code="HT-01") == known
    assert meant(known.partner, "Harbour Tours") == known
    assert meant(known.partner, "HT-01") == known


def test_an_id_beats_a_name_and_a_code_beats_a_name(known: Reseller) -> None:
    other = make.reseller(known.partner, name="HT-01")
    assert meant(known.partner, other.name) == known
    assert meant(known.partner, "Harbour Tours", reseller_id=other.pk) == other
    assert meant(known.partner, "Harbour Tours", reseller_code=other.reseller_code) == other


def test_a_name_that_is_not_clear_names_nobody(known: Reseller) -> None:
    partner = known.partner
    for is_active in (True, False):
        make.reseller(partner, name="Twins", is_active=is_active)
    make.reseller(partner, name="Gone", is_active=False)
    make.reseller(partner, name="Suspended", contract_status="suspended")

    named = ["", "Twins", "Gone", "Suspended", "Nobody", "harbour tours"]
    assert [meant(partner, name) for name in named] == [None] * 6


def test_an_id_or_code_of_nobody_is_refused(known: Reseller) -> None:
    other = make.reseller(known.partner)
    wishes: list[dict[str, Any]] = [
        {"reseller_id": 10**9},
        {"reseller_code": "NO"},
        {"reseller_id": known.pk, "reseller_code": other.reseller_code},
    ]
    for wish in wishes:
        with pytest.raises(UnknownReseller):
            meant(known.partner, **wish)


def test_a_strangers_reseller_does_not_exist(known: Reseller) -> None:
    stranger = make.partner()
    assert meant(stranger, "Harbour Tours") is meant(stranger, "HT-01") is None
    with pytest.raises(UnknownReseller):
        meant(stranger, reseller_id=known.pk)
    with pytest.raises(UnknownReseller):
        meant(stranger, reseller_code="HT-01")


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("terms", "takes"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"contract_status": "suspended"}, False),
        ({"contract_status": "ended"}, False),
        ({"contract_start": TODAY}, True),
        ({"contract_start": TODAY + DAY}, False),
        ({"contract_end": TODAY}, True),
        ({"contract_end": TODAY - DAY}, False),
        ({"contract_start": TODAY - DAY, "contract_end": TODAY + DAY}, True),
    ],
)
def test_a_batch_is_taken_while_the_contract_is_in_force(
    terms: dict[str, Any], takes: bool
) -> None:
    reseller = make.reseller(**terms)
    assert reseller.takes_batches(TODAY) == takes
    for wish in (
        {"reseller_id": reseller.pk},
        {"reseller_code": reseller.reseller_code},
        {"name": reseller.reseller_code},
    ):
        if takes:
            assert meant(reseller.partner, **wish) == reseller
        else:
            with pytest.raises(ResellerInactive):
                meant(reseller.partner, **wish)


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Müller & Söhne", ["MULLER-SOHNE", "MULLER-SOHNE-2", "MULLER-SOHNE-3"]),
        ("海港旅遊", ["RESELLER", "RESELLER-2", "RESELLER-3"]),
        ("x" * 90, ["X" * 40, "X" * 38 + "-2", "X" * 38 + "-3"]),
    ],
)
def test_a_name_without_a_code_gets_one_of_its_own(name: str, codes: list[str]) -> None:
    partner = make.partner()
    for code in codes:
        assert registry.free_code(partner, name) == code
        make.reseller(partner, name=name, reseller_code=code).full_clean()


@pytest.mark.parametrize(
    "wrong",
    [
        {"commission_rate": "1.0001"},
        {"commission_rate": "-0.01"},
        {"contract_start": TODAY, "contract_end": TODAY - DAY},
    ],
)
def test_terms_that_cannot_be_are_refused_by_the_database(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Reseller.objects.create(partner=make.partner(), reseller_code="R", name="R", **wrong)


def test_a_code_is_one_resellers_with_one_partner(known: Reseller) -> None:
    assert make.reseller(reseller_code="HT-01").partner != known.partner
    with pytest.raises(IntegrityError), transaction.atomic():
        Reseller.objects.create(partner=known.partner, reseller_code="HT-01", name="Another")
