"""GET /api/ota/reservations: by status, page and cursor."""

from typing import Any

import pytest

from tests import make
from tests.partner_program import Program, expect, program, refusal
from ticketing.models import Reservation

FAILED = (422, "validation_failed")
MALFORMED = (400, "validation_failed")


@pytest.mark.django_db
def test_the_list_shows_active_reservations_newest_first() -> None:
    mine, product = program(), make.product()
    ids = [mine.reserved(product.pk)["reservation_id"] for _ in range(3)]
    make.reservation("cancelled", of=mine.owner)
    make.reservation(of=make.partner())
    listed = expect(200, mine.get("reservations"))
    assert [each["reservation_id"] for each in listed["reservations"]] == ids[::-1]
    assert {name: listed[name] for name in ("total_count", "page", "page_size")} == {
        "total_count": 3,
        "page": 1,
        "page_size": 100,
    }
    assert listed["next_cursor"] is None


@pytest.mark.django_db
def test_the_list_can_be_asked_for_any_status() -> None:
    mine = program()
    made = {
        status: str(make.reservation(status, of=mine.owner).id)
        for status in ("active", "activated", "cancelled", "expired", "overdue")
    }

    def listed(status: str) -> set[str]:
        shown = expect(200, mine.get("reservations", status=status))
        assert shown["total_count"] == len(shown["reservations"])
        assert status == "all" or {each["status"] for each in shown["reservations"]} == {status}
        return {each["reservation_id"] for each in shown["reservations"]}

    assert listed("active") == {made["active"]}
    assert listed("activated") == {made["activated"]}
    assert listed("cancelled") == {made["cancelled"]}
    assert listed("expired") == {made["expired"], made["overdue"]}
    assert listed("all") == set(made.values())


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["ACTIVE", "", "pending", "active,expired", "active "])
def test_a_status_there_is_not_is_refused(status: str) -> None:
    assert refusal(program().get("reservations", status=status)) == FAILED


def seven(mine: Program) -> list[str]:
    """Ids of seven reservations, newest first."""
    product = make.product()
    made = [make.reservation(of=mine.owner, on=product) for _ in range(7)]
    # The last three at the very same moment: the order must not depend on it.
    at = make.now()
    Reservation.objects.filter(pk__in=[each.pk for each in made[4:]]).update(created_at=at)
    rows = Reservation.objects.filter(partner=mine.owner)
    return [str(each.pk) for each in rows.order_by("-created_at", "-id")]


@pytest.mark.django_db
def test_pages_show_everything_once_in_a_stable_order() -> None:
    mine = program()
    ids = seven(mine)
    pages = [expect(200, mine.get("reservations", page=n, limit=3)) for n in (1, 2, 3, 4)]
    shown = [[each["reservation_id"] for each in page["reservations"]] for page in pages]
    assert shown == [ids[:3], ids[3:6], ids[6:], []]
    assert [page["page"] for page in pages] == [1, 2, 3, 4]
    assert {(page["total_count"], page["page_size"]) for page in pages} == {(7, 3)}


@pytest.mark.django_db
def test_limit_and_page_size_are_one_thing() -> None:
    mine = program()
    seven(mine)
    by_limit = mine.get("reservations", limit=2, page=2).body
    assert mine.get("reservations", page_size=2, page=2).body == by_limit
    assert mine.get("reservations", page_size=2, limit=2, page=2).body == by_limit
    assert refusal(mine.get("reservations", page_size=2, limit=3)) == FAILED


@pytest.mark.django_db
def test_cursors_walk_through_everything_once_whatever_comes_in_meanwhile() -> None:
    mine = program()
    ids, seen, cursor = seven(mine), [], None
    while True:
        query: dict[str, Any] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        shown = expect(200, mine.get("reservations", **query))
        seen += [each["reservation_id"] for each in shown["reservations"]]
        make.reservation(of=mine.owner)  # arrives at the front and disturbs nobody
        if (cursor := shown["next_cursor"]) is None:
            break
        assert (shown["page"] is None) == (len(seen) > 2)
    assert seen == ids


@pytest.mark.django_db
def test_a_cursor_of_another_partner_opens_nothing_of_theirs() -> None:
    mine, other = program(), program()
    seven(other)
    cursor = expect(200, other.get("reservations", limit=2))["next_cursor"]
    assert expect(200, mine.get("reservations", cursor=cursor))["reservations"] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "limit=0", "limit=1001", "page_size=1001", "limit=x", "page=2&cursor=A",
     "cursor=" + "A" * 43, "offset=5", "page=1&page=1"],
)  # fmt: skip
def test_a_page_that_is_none_is_refused(query: str) -> None:
    assert refusal(program().get(f"/api/ota/reservations?{query}")) == FAILED


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_a_longer_list_costs_no_more_statements(
    count: int, django_assert_num_queries: object
) -> None:
    mine = program()
    for _ in range(count):
        make.reservation(of=mine.owner)
    mine.get("reservations")  # notes when the key was last used
    with django_assert_num_queries(4):  # type: ignore[operator]
        mine.get("reservations")
