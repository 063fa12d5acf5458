"""Batches that name a reseller in words get it from the registry, however often it is tried."""

from io import StringIO

import pytest
from django.core.management import call_command

from resellers.models import Partner, Reseller
from tests import make
from ticketing.batches import Recipient
from ticketing.models import Batch


def meant_for(name: str, of: Partner) -> Batch:
    return make.batch(1, of=of, recipient=Recipient(name))


def linked() -> str:
    said = StringIO()
    call_command("link_resellers", stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_every_named_batch_is_linked_and_missing_resellers_are_made() -> None:
    partner, other = make.partner(), make.partner()
    first, second = meant_for("Harbour Tours", partner), meant_for("Harbour Tours", partner)
    strangers, nobodys = meant_for("Harbour Tours", other), make.batch(1, of=partner)
    inactive = make.reseller(partner, name="Old Friends", is_active=False)
    old = meant_for("Old Friends", partner)

    said = linked()

    for batch in (first, second, strangers, nobodys, old):
        batch.refresh_from_db()
    assert (
        first.reseller
        == second.reseller
        == Reseller.objects.get(partner=partner, name="Harbour Tours")
    )
    assert strangers.reseller == Reseller.objects.get(partner=other)
    assert (old.reseller, nobodys.reseller) == (inactive, None)
    assert first.intended_reseller == "Harbour Tours"
    assert f"{partner}: 2 batches of 'Harbour Tours' linked to HARBOUR-TOURS (new)" in said
    made = first.reseller
    assert made is not None
    assert (str(made.commission_rate), made.settlement_cycle, made.is_active) == (
        "0.1000",
        "monthly",
        True,
    )


@pytest.mark.django_db
def test_a_second_time_changes_nothing() -> None:
    partner = make.partner()
    batch = meant_for("Harbour Tours", partner)
    linked()
    batch.refresh_from_db()

    assert linked() == "Done: no other batch names a reseller it is not linked to.\n"
    assert Reseller.objects.get() == batch.reseller


@pytest.mark.django_db
def test_a_name_of_several_resellers_is_left_to_people() -> None:
    partner = make.partner()
    batch = meant_for("Twins", partner)
    for _ in range(2):
        make.reseller(partner, name="Twins")

    assert "left alone" in linked()

    batch.refresh_from_db()
    assert (batch.reseller, Reseller.objects.count()) == (None, 2)


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_makes_every_reseller_once() -> None:
    partner = make.partner()
    batches = [meant_for(name, partner) for name in ("A", "B", "C") for _ in range(2)]

    results = make.in_parallel(lambda _: linked(), range(4))

    assert make.verdicts(results) == {"done": 4}
    assert sorted(Reseller.objects.values_list("name", flat=True)) == ["A", "B", "C"]
    for batch in batches:
        batch.refresh_from_db()
        assert batch.reseller is not None
        assert batch.reseller.name == batch.intended_reseller
