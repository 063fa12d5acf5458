"""Lists by page and by cursor show every row once, in one order."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from config.api.paging import Page, Paging, _opened, _sealed, paginate
from config.api.reading import read_query
from config.api.refusals import InvalidInput
from tests.config.api_site import UserQuery

NOW = datetime(2026, 2, 18, 9, 30, 0, 123456, tzinfo=UTC)


def users(count: int, *, at_once: int = 1) -> None:
    """Users u0, u1, … of whom `at_once` each joined in the same moment."""
    joined = [NOW + timedelta(seconds=number // at_once) for number in range(count)]
    User.objects.bulk_create(
        User(username=f"u{number}", date_joined=at) for number, at in enumerate(joined)
    )


def asked(query: str) -> Paging:
    return read_query(RequestFactory().get(f"/?{query}"), UserQuery)["paging"]


def shown(paging: Paging, rows: Any = None) -> Page:
    return paginate(User.objects.all() if rows is None else rows, paging, at="date_joined")


def names(page: Page) -> list[str]:
    return [user.username for user in page.rows]


def test_paging_has_two_names_for_its_length() -> None:
    assert asked("") == Paging(1, 100, None)
    assert asked("page=2&limit=7") == asked("page=2&page_size=7") == Paging(2, 7, None)
    assert asked("limit=7&page_size=7").limit == 7


@pytest.mark.django_db
def test_pages_follow_each_other_newest_first() -> None:
    users(5)
    pages = [shown(Paging(page, 2)) for page in (1, 2, 3)]
    assert [names(page) for page in pages] == [["u4", "u3"], ["u2", "u1"], ["u0"]]
    assert [page.total_count for page in pages] == [5, 5, 5]
    assert [bool(page.next_cursor) for page in pages] == [True, True, False]


@pytest.mark.django_db
def test_a_page_past_the_end_is_empty() -> None:
    users(3)
    page = shown(asked("page=2147483647&limit=1000"))
    assert page.body("users", []) == {
        "users": [],
        "total_count": 3,
        "page": 2147483647,
        "page_size": 1000,
        "next_cursor": None,
    }
    assert list(page.rows) == []


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [1, 4])
def test_cursors_show_every_row_once(at_once: int) -> None:
    users(10, at_once=at_once)
    page, seen = shown(Paging(1, 3)), []
    while True:
        seen += names(page)
        assert page.total_count == 10
        if page.next_cursor is None:
            break
        page = shown(asked(f"limit=3&cursor={page.next_cursor}"))
        assert page.page is None
    assert seen == [f"u{number}" for number in reversed(range(10))]


@pytest.mark.django_db
def test_rows_that_arrive_meanwhile_move_nothing() -> None:
    users(4)
    first = shown(Paging(1, 2))
    User.objects.create(username="late", date_joined=NOW + timedelta(days=1))
    assert names(shown(asked(f"limit=2&cursor={first.next_cursor}"))) == ["u1", "u0"]


@pytest.mark.django_db
def test_rows_may_be_dicts() -> None:
    users(3)
    rows = User.objects.values("id", "username", "date_joined")
    page = shown(Paging(1, 2), rows)
    rest = shown(asked(f"cursor={page.next_cursor}"), rows)
    assert [row["username"] for row in [*page.rows, *rest.rows]] == ["u2", "u1", "u0"]


@pytest.mark.django_db
def test_a_cursor_is_one_comparison_an_index_can_answer() -> None:
    users(3)
    cursor = shown(Paging(1, 1)).next_cursor
    with CaptureQueriesContext(
        connection,
    ) as queries:
        shown(asked(f"cursor={cursor}"))
    row = '("auth_user"."date_joined", "auth_user"."id") < ('
    assert row in queries[0]["sql"]
    assert "OFFSET" not in queries[0]["sql"]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_one_query_is_enough_for_a_short_list(count: int, django_assert_num_queries: Any) -> None:
    users(count)
    with django_assert_num_queries(1):
        assert shown(Paging()).total_count == count


@pytest.mark.parametrize("identity", [7, -1, UUID("6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11")])
def test_a_cursor_comes_back_as_it_went(identity: int | UUID) -> None:
    assert _opened(_sealed((NOW, identity))) == (NOW, identity)


def test_a_changed_cursor_is_refused() -> None:
    cursor = _sealed((NOW, 7))
    for place in range(len(cursor)):
        other = "A" if cursor[place] != "A" else "B"
        with pytest.raises(InvalidInput):
            asked(f"cursor={cursor[:place]}{other}{cursor[place + 1 :]}")
    assert asked(f"cursor={cursor}").after == (NOW, 7)
