"""Whatever is held to a gate or put into a link: no failure, nothing accepted, one answer."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qrcodes.tokens import TokenType
from tests import gate
from tests.device import device
from tests.partner_program import Program, refusal
from tests.qrcodes.test_random_strings import BASE64URL, damaged
from ticketing.models import Redemption

pytestmark = pytest.mark.django_db
FORGED = (400, "token_invalid")


def tried(examples: int) -> None:
    """So many strings, most of them a genuine code with some damage, at a gate and its look."""
    at_gate, ticket = device(), gate.ticket(1000)
    genuine = st.sampled_from(
        [gate.printed(ticket), gate.sealed(ticket), gate.sealed(ticket, TokenType.VIEW)]
    )
    anything = st.text(max_size=200) | st.text(BASE64URL, min_size=128, max_size=128)
    bodies = set()

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(genuine.flatmap(damaged) | anything)
    def forged(text: str) -> None:
        for answer in (at_gate.scan(text), at_gate.inspect(text)):
            assert answer.status == 400
            if refusal(answer) == FORGED:
                told = answer.json()
                bodies.add((told["title"], told["detail"], frozenset(told)))
            else:  # what no JSON text may hold
                assert answer.places == [("/qr", "forbidden_character")]

    forged()
    assert len(bodies) == 1
    assert Redemption.objects.count() == 0
    assert at_gate.scan(gate.printed(ticket)).status == 200


def test_no_random_string_is_admitted() -> None:
    tried(150)


@pytest.mark.proof
def test_none_of_ten_thousand_random_strings_is_admitted() -> None:
    tried(10_000)


def test_a_link_made_up_shows_no_ticket() -> None:
    ticket = gate.ticket()
    token = gate.sealed(ticket, TokenType.VIEW)

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(damaged(token))
    def forged(text: str) -> None:
        answer = Program(None).get("/qr/verify", t=text.encode("utf-8", "replace"))
        assert answer.status == 400
        assert ticket.code not in answer.body.decode()

    forged()
    assert Program(None).get("/qr/verify", t=token).status == 200
