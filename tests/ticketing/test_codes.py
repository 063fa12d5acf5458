"""Numbers to call things by: C54, C55."""

import base64
import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ticketing import codes

AT = datetime(2026, 11, 20, 13, 47, 1, 234567, tzinfo=UTC)
RFC4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def test_a_ticket_code_has_the_documented_shape() -> None:
    (code,) = codes.ticket_codes("FERRY", 1, at=AT)
    assert re.fullmatch(r"CRUISE-2026-FERRY-1795182421234-[0-9A-HJKMNP-TV-Z]{16}", code)


def test_the_year_is_hong_kongs() -> None:
    in_time_for_new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    (code,) = codes.ticket_codes("FERRY", 1, at=in_time_for_new_year)
    assert code.startswith("CRUISE-2027-FERRY-")


def test_5000_codes_of_one_millisecond_are_all_different() -> None:
    assert len(set(codes.ticket_codes("FERRY", 5000, at=AT))) == 5000
    assert codes.ticket_codes("FERRY", 0, at=AT) == []


def test_order_ids_of_one_millisecond_are_all_different() -> None:
    ids = {codes.order_id(at=AT) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"ORD-1795182421234-[0-9A-HJKMNP-TV-Z]{8}", each) for each in ids)


def test_a_confirmation_code_is_easy_to_read_out() -> None:
    made = {codes.confirmation_code() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{10}", each) for each in made)


@given(st.integers(1, 8).flatmap(lambda n: st.binary(min_size=5 * n, max_size=5 * n)))
def test_every_random_bit_is_in_the_code(noise: bytes) -> None:
    expected = base64.b32encode(noise).decode().translate(str.maketrans(RFC4648, codes.CROCKFORD))
    assert codes._base32(noise) == expected
