"""Thousands of tickets at once, on a connection that planned its lookups while there were none."""

import pytest
from django.db import connection, transaction

from inventory.models import Product
from resellers.models import Partner
from tests import make
from tests.config.waiting import wait_until
from ticketing import batches
from ticketing.models import Batch

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 300
EMPTY = "SELECT relpages = 0 AND reltuples = 0 FROM pg_class WHERE relname = 'ticketing_ticket'"
READ_WHOLE = "SELECT pg_stat_get_numscans('ticketing_ticket'::regclass)"


@pytest.fixture
def planned() -> tuple[Partner, Product]:
    """Lookups of tickets were planned on a table that the server takes for an empty one."""
    assert wait_until(is_taken_for_empty)
    owner, product = make.partner(), make.product(2 * MANY)
    for _ in range(2):
        make.batch(1, of=owner, product_id=product.pk)
    return owner, product


def is_taken_for_empty() -> bool:
    """After a vacuum; one that runs beside the server's own leaves rows to the next."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ticketing_ticket")
        cursor.execute(EMPTY)
        return bool(cursor.fetchone()[0])


def times_read_whole() -> int:
    """How often somebody has read all tickets to find one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(READ_WHOLE)
        return int(cursor.fetchone()[0])


def generate(owner: Partner, product: Product) -> Batch:
    return make.batch(MANY, of=owner, product_id=product.pk)


def test_a_batch_does_not_read_all_tickets_for_each_of_its_own(
    planned: tuple[Partner, Product],
) -> None:
    before = times_read_whole()
    generate(*planned)
    assert times_read_whole() - before < 10


def test_its_rest_is_given_back_without_reading_all_tickets_for_each(
    planned: tuple[Partner, Product],
) -> None:
    (made,) = make.in_parallel(lambda _: generate(*planned), range(1))
    assert isinstance(made, Batch)
    before = times_read_whole()
    with transaction.atomic():
        gone = batches.cancel_rest(
            partner=planned[0], batch_id=made.batch_id, at=make.now(), by=make.BY
        )
    assert gone == MANY
    assert times_read_whole() - before < 10
