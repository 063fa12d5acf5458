"""A ticket outlives the key its QR was signed with: lists show it all the same."""

import json

import pytest

from tests import make
from ticketing.api.sale_shapes import issued_tickets
from ticketing.models import Ticket

pytestmark = pytest.mark.django_db


def test_a_spent_ticket_whose_key_is_gone_is_listed_without_its_qr(settings):
    ticket = make.ticket()
    before = issued_tickets([ticket])[0]["qr_code"]

    settings.QR_KEYS = [{"kid": 2, "state": "active", "master": "c0ffee11" * 4 + "ab" * 16}]
    shown = json.loads(json.dumps(issued_tickets(Ticket.objects.all()), default=str))

    assert before.startswith("data:image/png;base64,")
    assert [each["qr_code"] for each in shown] == [None]
