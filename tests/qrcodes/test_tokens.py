from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from qrcodes import keys, tokens
from qrcodes.errors import (
    QrKeyGone,
    QrNotConfigured,
    QrSuperseded,
    TokenExpired,
    TokenInvalid,
    WrongTokenType,
)
from qrcodes.tokens import TicketQr, Token, TokenType
from tests.qrcodes.make_vectors import KEYRINGS

AT = datetime(2026, 12, 24, 18, 0, 0, 750_000, tzinfo=timezone(timedelta(hours=8)))
CODE = "CRUISE-2026-FERRY-1762274285982-K7Q2M9XDBR4TVWZC"
TICKET = UUID("00112233-4455-6677-8899-aabbccddeeff")


def seal(**changes):
    plain = {"ticket": TICKET, "generation": 1, "type_": TokenType.REDEEM, "ttl_minutes": 30}
    return tokens.seal(**{**plain, "at": AT, **changes})


def read(text, at=AT, wanted=TokenType.REDEEM):
    return tokens.read(text, at=at, wanted=wanted)


def test_the_published_example_is_sealed_byte_for_byte():
    key = keys.derive(0x0102, bytes(range(32)))
    payload = tokens._PAYLOAD.pack(1, 0, TICKET.bytes, 1767225600, 60, 7, 42, 0)

    assert key.mac.hex() == "bef2f6ff21e8c9e344d3f56fc21f86e1f93c1c7d86d318c90f6940ccb0b3573a"
    assert tokens.assemble(key, bytes(range(0xA0, 0xAC)), payload) == (
        "AQECoKGio6SlpqeoqaqrZRKXwsd7vcDd8iXu8VIG6DdoRL90szbV7hahSehfhp-f"
        "UuU3XlwXF7FdXnMaI-COusMH8orqEjDGrV3rf59Qfe_baUvxThsbFThDefg8t6qJ"
    )


def test_a_token_says_what_was_sealed_into_it():
    text = seal(generation=9, ttl_minutes=1440, audience=42)

    assert len(text) == 128
    assert read(text) == Token(
        kid=2,
        type=TokenType.REDEEM,
        flags=0,
        ticket=TICKET,
        issued=1798106400,
        ttl_minutes=1440,
        generation=9,
        audience=42,
    )


def test_a_token_ends_to_the_second_after_its_last_minute():
    token = read(seal())
    end = token.expires_at

    assert end == datetime(2026, 12, 24, 10, 30, tzinfo=UTC)
    assert read(seal(), at=end - timedelta(microseconds=1)) == token
    with pytest.raises(TokenExpired) as refusal:
        read(seal(), at=end)
    assert refusal.value.token == token


def test_no_two_tokens_are_alike():
    assert len({seal() for _ in range(1000)}) == 1000


def test_a_link_never_opens_a_gate_and_says_whose_it_was():
    with pytest.raises(WrongTokenType) as refusal:
        read(seal(type_=TokenType.VIEW))

    assert refusal.value.token.ticket == TICKET


@pytest.mark.parametrize("ttl", [0, -1, 1441])
def test_no_token_is_sealed_for_longer_than_a_day_or_no_time(ttl):
    with pytest.raises(ValueError):
        seal(ttl_minutes=ttl)


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError):
        seal(at=datetime(2026, 12, 24))


def test_every_forgery_gets_the_same_answer():
    genuine = seal()
    forged = ["", "nonsense", "A" * 128, genuine[:-1] + "!", genuine[:-2] + "AA", "B" + genuine[1:]]
    unknown_kid = "AQAJ" + genuine[4:]

    answers = {refused(text) for text in [*forged, unknown_kid, f"{CODE}:2.1.{'0' * 26}"]}

    assert len(answers) == 1
    assert {status for status, *_ in answers} == {400}


def refused(text):
    with pytest.raises(TokenInvalid) as refusal:
        tokens.read_scanned(text, at=AT)
    answer = refusal.value
    return answer.status, answer.code, answer.title, answer.detail, str(answer.extra)


def test_a_ticket_qr_is_the_same_each_time_and_fits_the_alphanumeric_set():
    text = tokens.ticket_qr(CODE, 1, 2)

    assert text == tokens.ticket_qr(CODE, 1, 2)
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert tokens.read_ticket_qr(text) == TicketQr(code=CODE, kid=2, generation=1)


def test_a_reissue_kills_the_earlier_qr_and_every_earlier_token():
    for seen in (tokens.read_ticket_qr(tokens.ticket_qr(CODE, 1, 2)), read(seal(generation=1))):
        tokens.require_current(seen, 1)
        with pytest.raises(QrSuperseded):
            tokens.require_current(seen, 2)


@pytest.mark.parametrize("code", ["", "cruise", "A:B", "Z" * 61, "A\n", "\u00c9"])
def test_what_cannot_be_read_back_is_not_printed(code):
    with pytest.raises(ValueError):
        tokens.ticket_qr(code, 1, 2)


@pytest.mark.parametrize("kid", [4, 6])
def test_the_qr_of_a_destroyed_key_cannot_be_made_again(kid):
    with pytest.raises(QrKeyGone) as refusal:
        tokens.ticket_qr(CODE, 1, kid)

    assert (refusal.value.code, refusal.value.kid) == ("qr_not_configured", kid)


def test_a_scanner_reads_either_kind():
    printed = tokens.ticket_qr(CODE, 1, 2)

    assert tokens.read_scanned(seal(), at=AT) == read(seal())
    assert tokens.read_scanned(printed, at=AT) == TicketQr(code=CODE, kid=2, generation=1)


@pytest.mark.parametrize("scanned", ["", "   ", CODE, "x" * 5000, "\0", "\ud800", "漢字"])
def test_a_scanner_may_see_anything(scanned):
    assert refused(scanned)[1] == "token_invalid"


def test_a_verify_link_is_nothing_for_a_gate():
    link = "https://tickets.example.com/qr/verify?t=" + seal(type_=TokenType.VIEW)

    assert refused(link)[1] == "token_invalid"


def in_state(state):
    """The key that was active becomes another, and key 3 seals in its place."""
    return [
        {**key, "state": {2: state, 3: "active"}.get(key["kid"], key["state"])}
        for key in KEYRINGS["main"]
    ]


def test_a_rotation_refuses_nothing_that_was_valid(settings):
    token, printed = seal(), tokens.ticket_qr(CODE, 1, 2)

    settings.QR_KEYS = in_state("retiring")

    assert (read(token).kid, read(seal()).kid) == (2, 3)
    assert tokens.read_ticket_qr(printed).kid == 2
    assert tokens.ticket_qr(CODE, 1, 2) == printed


def test_after_a_key_is_destroyed_nothing_of_it_is_accepted(settings):
    token, printed = seal(), tokens.ticket_qr(CODE, 1, 2)

    settings.QR_KEYS = in_state("destroyed")

    assert refused(token) == refused(printed) == refused("nonsense")


def test_nothing_is_sealed_by_a_key_that_is_out_of_service(settings):
    end = int(AT.timestamp())
    settings.QR_KEYS = [{**KEYRINGS["main"][1], "until": end}]

    assert read(seal(at=end)).issued == end
    with pytest.raises(QrNotConfigured):
        seal(at=end + 1)


def test_many_threads_seal_and_read_with_one_key():
    tickets = [uuid4() for _ in range(400)]
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda ticket: seal(ticket=ticket), tickets))
        seen = list(pool.map(read, texts))

    assert [token.ticket for token in seen] == tickets
