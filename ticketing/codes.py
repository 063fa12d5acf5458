"""Numbers people and machines call things by: identifiers, never credentials."""

import os
import re
import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HONG_KONG = ZoneInfo("Asia/Hong_Kong")
# With or without the random characters, which old codes do not have.
TICKET_CODE = rf"CRUISE-[0-9]{{4}}-[0-9A-Z]{{1,16}}-[0-9]{{13}}(?:-[{CROCKFORD}]{{16}})?"


def ticket_codes(type_: str, count: int, *, at: datetime) -> list[str]:
    """`CRUISE-YYYY-TYPE-{13-digit epoch ms}-{16 Crockford base32 characters}`, 80 random bits,
    in ascending order."""
    prefix = f"CRUISE-{at.astimezone(HONG_KONG).year}-{type_}-{_milliseconds(at)}-"
    noise = os.urandom(10 * count)
    return sorted(prefix + _base32(noise[n : n + 10]) for n in range(0, len(noise), 10))


def could_be_ticket_code(text: str) -> bool:
    """Whether a text has the shape of a ticket code."""
    return re.fullmatch(TICKET_CODE, text) is not None


def order_id(*, at: datetime) -> str:
    """`ORD-{13-digit epoch ms}-{8 Crockford base32 characters}`."""
    return f"ORD-{_milliseconds(at)}-{_base32(os.urandom(5))}"


def confirmation_code() -> str:
    """Ten Crockford base32 characters, easy to read out."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(10))


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _base32(noise: bytes) -> str:
    number = int.from_bytes(noise, "big")
    length = len(noise) * 8 // 5
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(length)))
