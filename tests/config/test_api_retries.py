"""A transaction that lost against another is run again, a few times, and only as a whole."""

from collections.abc import Callable

import pytest
from django.db import DataError, OperationalError, connection, transaction

from config.api.refusals import Busy
from config.api.retries import with_retries

pytestmark = pytest.mark.django_db(transaction=True)


def failing(times: int, sqlstate: str) -> tuple[Callable[[], str], list[int]]:
    """A transaction that the database aborts so many times, and its attempts."""
    attempts: list[int] = []

    @transaction.atomic
    def work() -> str:
        attempts.append(len(attempts))
        if len(attempts) <= times:
            connection.cursor().execute(
                f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{sqlstate}'; END $$"
            )
        return "done"

    return work, attempts


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
def test_a_lost_transaction_is_run_again(sqlstate: str) -> None:
    work, attempts = failing(3, sqlstate)
    assert (with_retries(work)(), len(attempts)) == ("done", 4)


def test_after_three_repetitions_it_is_busy() -> None:
    work, attempts = failing(9, "40P01")
    with pytest.raises(Busy) as caught:
        with_retries(work)()
    assert (caught.value.status, caught.value.retry_after, len(attempts)) == (503, 1, 4)


def test_other_errors_are_not_repeated() -> None:
    work, attempts = failing(1, "22003")
    with pytest.raises(DataError):
        with_retries(work)()
    assert len(attempts) == 1


def test_a_statement_timeout_is_not_repeated() -> None:
    work, attempts = failing(1, "57014")
    with pytest.raises(OperationalError):
        with_retries(work)()
    assert len(attempts) == 1


def test_inside_a_transaction_nothing_is_repeated() -> None:
    work, attempts = failing(1, "40P01")
    with pytest.raises(OperationalError), transaction.atomic():
        with_retries(work)()
    assert len(attempts) == 1
