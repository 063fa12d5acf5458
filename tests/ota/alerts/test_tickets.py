"""Pre-made tickets that nobody buys, and periods that nobody closed."""

from datetime import timedelta

import pytest

from tests import billing, make
from tests.ota.alerts.watching import alerts, limit, told
from tests.partner_program import expect, program
from ticketing.periods import Cycle, day_of, period

pytestmark = pytest.mark.django_db


def test_too_many_unsold_tickets_are_an_alert_until_they_are_cancelled() -> None:
    mine, product = program(), make.product(ota=50)
    limit("unused_tickets", value=5)
    mine.generated(product.pk, 5)
    assert alerts("unused_tickets") == []
    mine.generated(product.pk, 1, batch_id="B-2")

    assert alerts("unused_tickets") == [(mine.owner.partner_id, 1)]
    assert alerts("unused_tickets") == [(mine.owner.partner_id, 2)]
    assert "has 6 pre-made tickets" in told("unused_tickets")
    expect(200, mine.post("batches/B-2/cancel"))
    assert alerts("unused_tickets") == []


def test_tickets_that_do_not_sell_in_a_week_are_an_alert_until_they_do() -> None:
    mine, product = program(), make.product(ota=50)
    limit("low_activation", minimum=10)
    tickets = mine.generated(product.pk, 10)["tickets"]
    mine.sold(tickets[0]["ticket_code"])
    in_a_week = make.now() + timedelta(days=7, minutes=1)

    assert alerts("low_activation") == []  # they have just been made
    assert alerts("low_activation", in_a_week) == [(mine.owner.partner_id, 1)]
    assert alerts("low_activation", in_a_week) == [(mine.owner.partner_id, 2)]
    assert "1 were sold: 10.0 %, less than 20 %" in told("low_activation")
    mine.sold(tickets[1]["ticket_code"])
    assert alerts("low_activation", in_a_week) == []


def test_a_period_that_was_not_closed_hours_after_its_end_is_an_alert_until_it_is() -> None:
    mine, product = program(), make.product(ota=50)
    tickets = mine.generated(product.pk, 2)["tickets"]
    mine.sold(tickets[0]["ticket_code"])
    ends = period(Cycle.MONTHLY, day_of(make.now())).ends
    soon, late = (ends + timedelta(hours=6, minutes=each) for each in (-1, 1))
    account = f"{mine.owner.partner_id} direct"

    assert alerts("statement_late", soon) == []
    assert alerts("statement_late", late) == [(account, 1)]
    assert alerts("statement_late", late) == [(account, 2)]
    assert "1 entries of" in told("statement_late")
    billing.close(mine.owner, day_of(late))
    assert alerts("statement_late", late) == []

    # What comes late for a closed period waits for the next one.
    mine.sold(tickets[1]["ticket_code"])
    assert alerts("statement_late", late) == []
    assert alerts("statement_late", late + timedelta(days=31)) == [(account, 1)]
