"""Units in an emergency: asked for by one account, granted by another (R034, R035, C36)."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from config.errors import Refusal
from inventory import allocations, urgent_releases
from inventory.errors import (
    BelowCommitted,
    OtherAccountNeeded,
    ReleaseDecided,
    ReleaseExpired,
    RequesterOnly,
    UnknownProduct,
    UnknownRelease,
)
from inventory.models import AllocationMove, Product, UrgentRelease
from inventory.moves import Cause
from tests import make
from tests.ticketing.racing import meeting, outcome, until_somebody_waits
from ticketing import reconcile

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


def account(name: str) -> User:
    return User.objects.get_or_create(username=name, defaults={"is_staff": True})[0]


def asked(on: Product, units: int = 5, source: str = "direct", **facts: Any) -> UrgentRelease:
    return urgent_releases.request(
        product_id=on.pk,
        partner="OTA_DEMO",
        units=units,
        source=source,
        reason="A school class missed its ship",
        account_id=account("asker").pk,
        at=facts.get("at") or make.now(),
    )


def approve(release: UrgentRelease, by: str = "boss") -> UrgentRelease:
    return urgent_releases.approve(
        release_id=release.pk, account_id=account(by).pk, at=make.now(), by=make.BY
    )


def reject(release: UrgentRelease, by: str = "boss") -> UrgentRelease:
    return urgent_releases.reject(
        release_id=release.pk, account_id=account(by).pk, at=make.now(), reason="No"
    )


def withdraw(release: UrgentRelease, by: str = "asker") -> UrgentRelease:
    return urgent_releases.withdraw(
        release_id=release.pk, account_id=account(by).pk, at=make.now(), reason="Found some"
    )


def pools(of: Product) -> tuple[int, int, int]:
    """(for partners, for direct sales, capacity)."""
    of.refresh_from_db()
    return make.pool(of)[0], make.pool(of, "direct")[0], of.capacity


def moves(of: UrgentRelease) -> set[tuple[Any, ...]]:
    return {
        (move.allocation.channel, move.kind, move.d_allocated, move.cause_kind, move.reason)
        for move in AllocationMove.objects.filter(cause_id=of.pk)
    }


@pytest.fixture
def product() -> Product:
    """Busy enough in direct sales, and idle enough in the other pool, to fail both checks."""
    made = make.product(10, direct=10)
    allocation = make.allocation(made, "direct")
    allocations.hold(
        allocation.pk, 7, cause=Cause("order", uuid.uuid4()), at=make.now(), by=make.BY
    )
    return made


def test_another_account_gives_units_of_the_direct_pool_past_the_checks(product: Product) -> None:
    release = asked(product, 3)
    assert pools(product) == (10, 10, 20)

    approve(release)

    release.refresh_from_db()
    assert pools(product) == (13, 7, 20)
    assert (release.status, release.decided_by) == ("approved", account("boss"))
    assert moves(release) == {
        ("ota", "urgent", 3, "release", "A school class missed its ship"),
        ("direct", "urgent", -3, "release", "A school class missed its ship"),
    }
    assert [str(each) for each in reconcile.differences() if "release" in each.what] == []


def test_more_capacity_raises_the_product_and_the_partners_pool_together(product: Product) -> None:
    release = asked(product, 500, "capacity")

    approve(release)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit would

    assert pools(product) == (510, 10, 520)
    assert moves(release) == {
        ("ota", "urgent", 500, "release", "A school class missed its ship"),
    }


def test_direct_sales_keep_what_they_have_promised(product: Product) -> None:
    release = asked(product, 4)

    with pytest.raises(BelowCommitted):
        approve(release)

    release.refresh_from_db()
    assert (pools(product), release.status) == ((10, 10, 20), "requested")


def test_a_capacity_that_does_not_fit_its_column_is_refused(product: Product) -> None:
    with pytest.raises(BelowCommitted):
        approve(asked(product, 2**31 - 1, "capacity"))
    assert pools(product) == (10, 10, 20)


def test_who_asked_neither_approves_nor_rejects_and_nobody_else_withdraws(
    product: Product,
) -> None:
    release = asked(product, 1)
    for decide in (approve, reject):
        with pytest.raises(OtherAccountNeeded):
            decide(release, "asker")
    with pytest.raises(RequesterOnly):
        withdraw(release, "boss")

    withdraw(release)
    for decide in (approve, reject, withdraw):
        with pytest.raises(ReleaseDecided):
            decide(release)
    assert pools(product) == (10, 10, 20)


def test_what_nobody_approved_within_a_day_is_over(product: Product) -> None:
    over, last = asked(product, 1, at=make.now() - DAY), asked(product, 1)
    releases: Any = UrgentRelease.objects.with_state()

    assert {each.pk: each.state for each in releases} == {over.pk: "expired", last.pk: "requested"}
    for decide in (approve, reject, withdraw):
        with pytest.raises(ReleaseExpired):
            decide(over)
    assert pools(product) == (10, 10, 20)


def test_what_does_not_exist_is_neither_asked_for_nor_approved() -> None:
    with pytest.raises(UnknownProduct):
        asked(make.product(5))  # no direct pool
    with pytest.raises(UnknownRelease):
        approve(UrgentRelease(pk=uuid.uuid4()))


# --- What the database refuses, whoever asks ---------------------------------------------------

DECIDED = "status = 'approved', decided_at = now(), decided_by_id ="


@pytest.mark.parametrize(
    ("change", "law"),
    [
        (f"{DECIDED} requested_by_id", "another_account_decides"),
        (
            "status = 'rejected', note = 'no', decided_at = now(), decided_by_id = requested_by_id",
            "another_account_decides",
        ),
        ("status = 'approved'", "a_decision_has_a_name"),
        (f"{DECIDED} NULL", "a_decision_has_a_name"),
        ("decided_at = now()", "a_decision_has_a_name"),
        (f"{DECIDED} %(boss)s", "its units have not moved"),
        (
            "status = 'withdrawn', note = 'x', decided_at = now(), decided_by_id = %(boss)s",
            "a_withdrawal_is_the_requesters",
        ),
        (
            "status = 'rejected', decided_at = now(), decided_by_id = %(boss)s",
            "a_no_has_a_reason",
        ),
        (
            "status = 'sold', note = 'x', decided_at = now(), decided_by_id = %(boss)s",
            "known_status",
        ),
        ("units = 1000", "never changed"),
        ("requested_by_id = %(boss)s", "never changed"),
        ("expires_at = expires_at + interval '1 day'", "never changed"),
    ],
)
def test_the_database_refuses_what_no_door_does(product: Product, change: str, law: str) -> None:
    release = asked(product, 1)
    with pytest.raises(IntegrityError, match=law):
        run(f"UPDATE inventory_urgentrelease SET {change}")
    release.refresh_from_db()
    assert (release.status, release.units, release.decided_by) == ("requested", 1, None)


def test_the_database_refuses_an_approval_that_comes_too_late(product: Product) -> None:
    asked(product, 1, at=make.now() - DAY)
    with pytest.raises(IntegrityError, match="has expired"):
        run(f"UPDATE inventory_urgentrelease SET {DECIDED} %(boss)s")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET status = 'requested', decided_by_id = NULL, decided_at = NULL",
        "UPDATE {} SET note = 'something else'",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "INSERT INTO {} SELECT gen_random_uuid(), 'OTA', 1, 'direct', 'r', now(), now(),"
        " 'approved', now(), '', %(boss)s, %(product)s, %(asker)s",
    ],
)
def test_a_decision_is_final_and_none_is_made_up(product: Product, change: str) -> None:
    release = approve(asked(product, 1))
    with pytest.raises(IntegrityError, match=r"never changed|begins as a request"):
        run(change.format("inventory_urgentrelease"), product=product.pk)
    assert list(UrgentRelease.objects.values_list("pk", "status")) == [(release.pk, "approved")]


def run(sql: str, **facts: Any) -> None:
    """A statement under the settings of production, with the checks of its commit."""
    people = {name: account(name).pk for name in ("asker", "boss")}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL gangway.may_truncate = off")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql, {**people, **facts})


# --- At the same moment ------------------------------------------------------------------------

race = pytest.mark.django_db(transaction=True)


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both who decide have looked before one of them writes."""
    meet, decide = meeting(2), urgent_releases._decide

    def decide_together(*args: Any) -> UrgentRelease:
        meet()
        return decide(*args)

    monkeypatch.setattr(urgent_releases, "lock_release", lambda _: None)
    monkeypatch.setattr(urgent_releases, "_decide", decide_together)


def two_approve(on: Product) -> list[object]:
    release, names = asked(on, 2), ["boss", "chief"]
    [account(name) for name in names]
    return make.in_parallel(lambda name: outcome(lambda: approve(release, name)), names)


@race
def test_of_two_who_approve_at_once_one_does(product: Product) -> None:
    results = two_approve(product)
    assert make.verdicts(results) == {"done": 1, "release_decided": 1}
    assert pools(product) == (12, 8, 20)


@race
def test_control_without_the_lock_the_database_has_to_stop_the_second(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_lock(monkeypatch)
    results = two_approve(product)
    # Still once, but by a law: what it refuses is a bug of ours, not an answer.
    assert make.verdicts(results) == {"done": 1, "IntegrityError": 1}
    assert pools(product) == (12, 8, 20)


def one_approves_one_withdraws(on: Product) -> list[object]:
    release = asked(on, 2)
    account("boss")
    deeds = [lambda: approve(release), lambda: withdraw(release)]
    return make.in_parallel(outcome, deeds)


@race
def test_what_is_withdrawn_while_it_is_approved_ends_one_way(product: Product) -> None:
    results = one_approves_one_withdraws(product)

    assert make.verdicts(results) == {"done": 1, "release_decided": 1}
    status = UrgentRelease.objects.get().status
    assert pools(product) == {"approved": (12, 8, 20), "withdrawn": (10, 10, 20)}[status]


@race
def test_control_without_the_lock_a_withdrawal_meets_the_law(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_lock(monkeypatch)
    assert make.verdicts(one_approves_one_withdraws(product)) == {"done": 1, "IntegrityError": 1}


def approve_what_expires_while_it_waits(on: Product) -> list[object]:
    """The approval begins in time; its lock comes too late."""
    release = asked(on, 2, at=make.now() - DAY + timedelta(seconds=1.5))
    account("boss")
    meet = meeting(2)

    def keep_locked() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            urgent_releases.lock_release(release.pk)
            meet()
            until_somebody_waits()
            cursor.execute(
                "SELECT pg_sleep(greatest(0, extract(epoch FROM %s - clock_timestamp())) + 0.05)",
                [release.expires_at],
            )

    def approve_behind() -> object:
        meet()
        return outcome(lambda: approve(release))

    return make.in_parallel(lambda deed: deed(), [keep_locked, approve_behind])[1:]


@race
def test_an_approval_that_waited_past_the_hour_is_too_late(product: Product) -> None:
    assert make.verdicts(approve_what_expires_while_it_waits(product)) == {"release_expired": 1}
    assert pools(product) == (10, 10, 20)


@race
def test_control_who_looks_before_the_lock_finds_it_in_time_and_meets_the_law(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = urgent_releases.lock_release

    def look_first(release_id: uuid.UUID) -> Any:
        found: Any = UrgentRelease.objects.with_state().get(pk=release_id)
        assert found.state == "requested"
        lock(release_id)
        return found

    monkeypatch.setattr(urgent_releases, "_open", look_first)
    (result,) = approve_what_expires_while_it_waits(product)
    assert isinstance(result, IntegrityError)
    assert not isinstance(result, Refusal)
    assert pools(product) == (10, 10, 20)
