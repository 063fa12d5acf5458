"""Whatever somebody holds before a scanner: no exception, and nothing accepted."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qrcodes import tokens
from qrcodes.errors import TokenInvalid
from qrcodes.tokens import TokenType
from tests.qrcodes import reference
from tests.qrcodes.make_vectors import master

AT = 1_800_000_000
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
KEY = bytes.fromhex(master("active"))
TOKEN = reference.token(
    keys=reference.token_keys(KEY, 2),
    kid=2,
    nonce=bytes(12),
    payload=reference.payload(ticket=UUID(int=7).bytes, issued=AT),
)
PRINTED = reference.ticket_qr("CRUISE-2026-A", 2, 7, reference.ticket_key(KEY, 2))


def damaged(text):
    """The text with one stretch replaced by anything."""
    return st.builds(
        lambda start, length, filling: text[:start] + filling + text[start + length :],
        st.integers(0, len(text)),
        st.integers(0, 8),
        st.text(max_size=8) | st.text(BASE64URL + ":.", max_size=8),
    ).filter(lambda changed: changed != text)


anything = st.one_of(
    st.text(),
    st.text(st.characters(codec=None, exclude_categories=[]), max_size=200),
    st.text(BASE64URL, min_size=128, max_size=128),
    st.text(BASE64URL, min_size=120, max_size=136),
    st.builds("AQAC{}".format, st.text(BASE64URL, min_size=124, max_size=124)),
    st.builds(
        "{}:{}.{}.{}".format,
        st.text(reference.CROCKFORD + "-", min_size=1, max_size=61),
        st.sampled_from([1, 2, 3, 4, 65535]) | st.integers(0, 10**6),
        st.integers(0, 10**10),
        st.text(reference.CROCKFORD, min_size=26, max_size=26),
    ),
    damaged(TOKEN),
    damaged(PRINTED),
)


def every_reader_refuses(text):
    for attempt in (
        lambda: tokens.read(text, at=AT, wanted=TokenType.REDEEM),
        lambda: tokens.read(text, at=AT, wanted=TokenType.VIEW),
        lambda: tokens.read_ticket_qr(text),
        lambda: tokens.read_scanned(text, at=AT),
    ):
        with pytest.raises(TokenInvalid):
            attempt()


relaxed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def test_the_undamaged_texts_are_accepted():
    assert tokens.read(TOKEN, at=AT, wanted=TokenType.REDEEM).ticket == UUID(int=7)
    assert tokens.read_ticket_qr(PRINTED).code == "CRUISE-2026-A"


@settings(max_examples=400, deadline=None, suppress_health_check=relaxed)
@given(anything)
def test_no_random_string_is_accepted(text):
    every_reader_refuses(text)


@pytest.mark.proof
@settings(max_examples=100_000, deadline=None, suppress_health_check=relaxed)
@given(anything)
def test_none_of_a_hundred_thousand_random_strings_is_accepted(text):
    every_reader_refuses(text)
