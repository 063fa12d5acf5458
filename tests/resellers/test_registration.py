"""Resellers are registered, changed and deactivated, and each change is remembered for good."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from config.actors import Actor
from resellers import registration
from resellers.errors import ContractEndsFirst, DuplicateReseller, ResellerNotFound
from resellers.models import Reseller, ResellerChange
from tests import make
from ticketing.batches import Recipient
from ticketing.models import Batch

pytestmark = pytest.mark.django_db
CLERK = Actor("staff:clerk", "request-12345678", "agreed by phone")
PEOPLE: Any = {
    "contact_name": "陳大文",
    "contact_email": "chan@example.com",
    "contact_phone": "+85298765432",
}


@transaction.atomic
def amend(reseller: Reseller, by: Actor = CLERK, **facts: Any) -> Reseller:
    return registration.amend(
        partner=reseller.partner, reseller_id=reseller.pk, at=make.now(), by=by, **facts
    )


@transaction.atomic
def deactivate(reseller: Reseller) -> None:
    registration.deactivate(
        partner=reseller.partner, reseller_id=reseller.pk, at=make.now(), by=CLERK
    )


def story(reseller: Reseller) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [(row.kind, row.before, row.after) for row in reseller.history.all()]


def test_a_registration_is_remembered_with_all_that_was_said() -> None:
    made = make.reseller(reseller_code="HT", name="Harbour", contract_start=date(2026, 1, 1))
    (row,) = made.history.all()
    assert (row.kind, row.before, row.by, row.request_id) == (
        "registered", {}, make.BY.name, make.BY.request_id,
    )  # fmt: skip
    assert row.after == {
        "reseller_code": "HT",
        "name": "Harbour",
        "is_active": True,
        "commission_rate": "0.1000",
        "contract_start": "2026-01-01",
        "contract_end": None,
        "contract_status": "active",
        "settlement_cycle": "monthly",
        "region": "",
        "tier": "",
        "contact_name": "",
        "contact_email": "",
        "contact_phone": "",
    }


def test_a_change_is_remembered_with_what_was_before_and_who_did_it() -> None:
    made = make.reseller(tier="gold")
    changed = amend(made, tier="silver", commission_rate=Decimal("0.2"), region="")
    row = made.history.last()
    assert row is not None
    assert row.before == {"commission_rate": "0.1000", "tier": "gold"}
    assert row.after == {"commission_rate": "0.2000", "tier": "silver"}
    assert (row.kind, row.by, row.request_id, row.reason, row.at) == (
        "changed", CLERK.name, CLERK.request_id, CLERK.reason, changed.updated_at,
    )  # fmt: skip
    made.refresh_from_db()
    assert (made.tier, made.commission_rate) == ("silver", Decimal("0.2"))


def test_a_change_that_changes_nothing_leaves_no_trace() -> None:
    made = make.reseller(tier="gold")
    same = amend(made, tier="gold", commission_rate=Decimal("0.1"), is_active=True)
    assert same.updated_at == made.updated_at
    assert made.history.count() == 1


def test_a_deactivation_is_remembered_once_and_undone_by_a_change() -> None:
    made = make.reseller()
    deactivate(made)
    deactivate(made)
    amend(made, is_active=True)
    assert [kind for kind, *_ in story(made)] == ["registered", "deactivated", "reactivated"]


def test_history_never_holds_a_person_whole() -> None:
    made = make.reseller(**PEOPLE)
    amend(made, contact_name="", contact_email="lee@example.com")
    kept = str(list(made.history.values()))
    assert [value for value in (*PEOPLE.values(), "lee@example.com") if value in kept] == []
    row = made.history.last()
    assert row is not None
    assert row.before == {"contact_name": "陳•••", "contact_email": "c•••@example.com"}
    assert row.after == {"contact_name": "", "contact_email": "l•••@example.com"}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE resellers_resellerchange SET by = 'somebody else'",
        "DELETE FROM resellers_resellerchange",
        "TRUNCATE resellers_resellerchange",
    ],
)
def test_history_is_neither_changed_nor_deleted(sql: str) -> None:
    make.reseller()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for nothing pending
        cursor.execute("SET LOCAL gangway.may_truncate = 'off'")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(sql)
    assert ResellerChange.objects.count() == 1


def test_a_code_is_taken_once_by_a_registration_or_a_change() -> None:
    first = make.reseller(reseller_code="HT")
    second = make.reseller(first.partner)
    with pytest.raises(DuplicateReseller):
        make.reseller(first.partner, reseller_code="HT")
    with pytest.raises(DuplicateReseller):
        amend(second, reseller_code="HT")
    assert amend(first, reseller_code="HT-2", name="New").reseller_code == "HT-2"
    assert amend(second, reseller_code="HT").reseller_code == "HT"
    assert make.reseller(reseller_code="HT").partner != first.partner


def test_a_contract_does_not_end_before_it_starts() -> None:
    made = make.reseller(contract_start=date(2026, 5, 1))
    with pytest.raises(ContractEndsFirst):
        amend(made, contract_end=date(2026, 4, 30))
    assert amend(made, contract_end=date(2026, 5, 1)).contract_end == date(2026, 5, 1)
    with pytest.raises(ContractEndsFirst):
        make.reseller(contract_start=date(2026, 2, 1), contract_end=date(2026, 1, 1))


def test_another_partners_reseller_is_not_found() -> None:
    made, stranger = make.reseller(), make.partner()
    with pytest.raises(ResellerNotFound), transaction.atomic():
        registration.amend(
            partner=stranger, reseller_id=made.pk, at=make.now(), by=CLERK, name="Mine"
        )
    assert made.history.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_registrations_at_once_one_is_made() -> None:
    partner = make.partner()
    results = make.in_parallel(
        lambda name: make.reseller(partner, reseller_code="HT", name=name), ["A", "B", "C"]
    )
    assert make.verdicts(results) == {"done": 1, "duplicate_reseller": 2}
    assert (Reseller.objects.count(), ResellerChange.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_are_each_remembered_on_top_of_the_other() -> None:
    made = make.reseller()
    tiers = [f"T{number}" for number in range(6)]
    assert make.verdicts(make.in_parallel(lambda tier: amend(made, tier=tier), tiers)) == {
        "done": 6
    }
    _, *changes = story(made)
    befores = [before["tier"] for _, before, _ in changes]
    afters = [after["tier"] for _, _, after in changes]
    assert befores == ["", *afters[:-1]]
    assert sorted(afters) == tiers


@pytest.mark.django_db(transaction=True)
def test_no_batch_is_made_behind_a_deactivation() -> None:
    """Each batch of a race is there before its reseller is inactive, or is not there at all."""
    for _ in range(5):
        made, product = make.reseller(), make.product(100)

        def act(number: int, made: Reseller = made, product_id: int = product.pk) -> object:
            if number == 0:
                return deactivate(made)
            to = Recipient(reseller_id=made.pk)
            return make.batch(2, of=made.partner, product_id=product_id, recipient=to)

        verdicts = make.verdicts(make.in_parallel(act, range(4)))
        assert verdicts.keys() <= {"done", "reseller_inactive"}
        assert Batch.objects.filter(reseller=made).count() == verdicts["done"] - 1
        assert made.history.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_batch_waits_for_a_deactivation_that_is_under_way_and_is_refused() -> None:
    made, product = make.reseller(), make.product(100)
    to = Recipient(reseller_id=made.pk)

    def late_batch(_: int) -> Batch:
        return make.batch(1, of=made.partner, product_id=product.pk, recipient=to)

    with transaction.atomic():
        deactivate(made)
        # Nothing is committed: who does not wait would see an active reseller.
        waited = make.in_parallel(late_batch, [0])
    assert make.verdicts(waited) == {"OperationalError": 1}  # the lock limit, retried by the edge
    assert make.verdicts(make.in_parallel(late_batch, [0])) == {"reseller_inactive": 1}
