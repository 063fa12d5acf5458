"""The pool of partners is locked and all their calls wait: customers buy on (R443)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests import make, shop
from tests.config.waiting import wait_until
from tests.customer_program import shopper
from tests.flows.over_http import anew
from tests.flows.test_bulk_over_http import waits_for_a_lock
from tests.partner_program import program
from ticketing import reconcile

WAITING = 12


@pytest.mark.django_db(transaction=True)
def test_customers_buy_while_all_that_partners_asked_for_waits(web: str) -> None:
    hot, other = shop.product(50, ota=50), shop.product(50, ota=50)
    mine, partner = shopper(), program()
    wish = {"product_id": hot.pk, "quantity": 1}
    with ThreadPoolExecutor(WAITING) as callers:
        customer = type(mine)(mine.token, mine.account, anew(web))
        with transaction.atomic(), connection.cursor() as cursor:
            counter = "SELECT FROM inventory_allocationcounter WHERE allocation_id = %s FOR UPDATE"
            cursor.execute(counter, [make.allocation(hot).pk])
            asked = [
                callers.submit(partner.over(anew(web)).post, "reserve", wish)
                for _ in range(WAITING)
            ]
            assert wait_until(waits_for_a_lock)
            for product in (other, hot):
                for _ in range(4):
                    customer.ordered(product.pk)
            assert [each.done() for each in asked] == [False] * WAITING
        assert {each.result().status for each in asked} <= {201, 503}
    assert list(reconcile.differences()) == []
