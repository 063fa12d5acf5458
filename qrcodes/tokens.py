"""Two kinds of QR text: sealed tokens made on demand, and the lasting QR of a ticket.

A token is 96 bytes as 128 base64url characters:
version (1) | kid (2) | nonce (12) | AES-256-GCM ciphertext (33) | tag (16) | HMAC-SHA256 (32).
A ticket QR is `<ticket code>:<kid>.<generation>.<mac>`, 26 Crockford base32 characters of mac.
Times are handed in, as an aware datetime or as Unix seconds.
"""

from __future__ import annotations

import base64
import hmac
import math
import os
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from uuid import UUID

from cryptography.exceptions import InvalidTag

from qrcodes import keys
from qrcodes.errors import (
    QrKeyGone,
    QrNotConfigured,
    QrSuperseded,
    TokenExpired,
    TokenInvalid,
    WrongTokenType,
)
from qrcodes.keys import Key, KeyRing

LONGEST_LIFE = 1440  # minutes
CLOCK_LEEWAY = 60  # seconds a sealing server's clock may be ahead
_TOKEN = re.compile(r"[A-Za-z0-9_-]{128}")
_HEADER = struct.Struct(">BH")
_PAYLOAD = struct.Struct(">BB16sIHIIB")
_CODE = r"[0-9A-Z](?:[0-9A-Z-]{0,59})"
_NUMBER = r"(?:0|[1-9][0-9]{0,9})"
_TICKET_CODE = re.compile(_CODE)
_TICKET_QR = re.compile(rf"({_CODE}):({_NUMBER})\.({_NUMBER})\.([0-9A-HJKMNP-TV-Z]{{26}})")
_TO_CROCKFORD = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)


class TokenType(IntEnum):
    """What a token may do: open a gate, or be looked at."""

    REDEEM = 1
    VIEW = 2


@dataclass(frozen=True, slots=True)
class Token:
    """What a genuine token says. It does not say that its ticket is still good."""

    kid: int
    type: TokenType
    flags: int
    ticket: UUID
    issued: int
    ttl_minutes: int
    generation: int
    audience: int

    @property
    def expires_at(self) -> datetime:
        """The first moment at which it is no longer accepted."""
        return datetime.fromtimestamp(self.issued + 60 * self.ttl_minutes, UTC)


@dataclass(frozen=True, slots=True)
class TicketQr:
    """What a genuine ticket QR says. It does not say that the ticket is still good."""

    code: str
    kid: int
    generation: int


def seal(
    *,
    ticket: UUID,
    generation: int,
    type_: TokenType,
    ttl_minutes: int,
    at: datetime | int,
    audience: int = 0,
) -> str:
    """A fresh token for a ticket, 128 characters, good from `at` for `ttl_minutes`."""
    if not 1 <= ttl_minutes <= LONGEST_LIFE:
        raise ValueError(f"A token lives 1 to {LONGEST_LIFE} minutes, not {ttl_minutes}.")
    key, issued = keys.ring().active, _seconds(at)
    if not key.since <= issued <= key.until:
        raise QrNotConfigured("The active QR key is not in service at this moment.")
    payload = _PAYLOAD.pack(type_, 0, ticket.bytes, issued, ttl_minutes, generation, audience, 0)
    return assemble(key, os.urandom(12), payload)


def assemble(key: Key, nonce: bytes, payload: bytes) -> str:
    """The token of these very bytes. A nonce must never serve twice with one key."""
    header = _HEADER.pack(keys.VERSION, key.kid)
    sealed = header + nonce + key.encryption.encrypt(nonce, payload, header)
    signed = sealed + hmac.digest(key.mac, sealed, "sha256")
    return base64.urlsafe_b64encode(signed).decode("ascii")


def read(text: str, *, at: datetime | int, wanted: TokenType, ring: KeyRing | None = None) -> Token:
    """What a token says, if it is genuine, of the wanted type and in its time.

    TokenInvalid, WrongTokenType or TokenExpired otherwise; only genuine tokens get
    one of the latter two. Generation and ticket are the caller's to check.
    """
    ring = ring or keys.ring()
    token = _opened(text, ring)
    if token.type is not wanted:
        raise WrongTokenType(token)
    _require_in_time(token, _seconds(at))
    _require_in_service(ring.readable[token.kid], token)
    return token


def _opened(text: str, ring: KeyRing) -> Token:
    if not _TOKEN.fullmatch(text):
        raise TokenInvalid("format")
    raw = base64.urlsafe_b64decode(text)
    version, kid = _HEADER.unpack_from(raw)
    if version != keys.VERSION:
        raise TokenInvalid("version")
    key = ring.find(kid)
    mac = hmac.digest((key or keys.NOBODYS).mac, raw[:64], "sha256")
    if not hmac.compare_digest(mac, raw[64:]) or key is None:
        raise TokenInvalid("mac" if key else "kid")
    try:
        payload = key.encryption.decrypt(raw[3:15], raw[15:64], raw[:3])
    except InvalidTag:
        raise TokenInvalid("tag") from None
    return _parsed(kid, payload)


def _parsed(kid: int, payload: bytes) -> Token:
    kind, flags, ticket, issued, ttl, generation, audience, reserved = _PAYLOAD.unpack(payload)
    if reserved or kind not in list(TokenType) or not 1 <= ttl <= LONGEST_LIFE:
        raise TokenInvalid("payload")
    return Token(
        kid=kid,
        type=TokenType(kind),
        flags=flags,
        ticket=UUID(bytes=ticket),
        issued=issued,
        ttl_minutes=ttl,
        generation=generation,
        audience=audience,
    )


def _require_in_time(token: Token, now: int) -> None:
    if token.issued > now + CLOCK_LEEWAY:
        raise TokenInvalid("future")
    if now >= token.issued + 60 * token.ttl_minutes:
        raise TokenExpired(token)


def _require_in_service(key: Key, token: Token) -> None:
    if not key.since <= token.issued <= key.until:
        raise TokenInvalid("window")


def ticket_qr(code: str, generation: int, kid: int) -> str:
    """The lasting QR text of a ticket, the same each time; QrKeyGone if its key is destroyed."""
    if not _TICKET_CODE.fullmatch(code):
        raise ValueError(f"{code!r} cannot be printed as a ticket code.")
    key = keys.ring().find(kid)
    if key is None:
        raise QrKeyGone(kid)
    return f"{code}:{kid}.{generation}.{_ticket_mac(key, code, generation)}"


def read_ticket_qr(text: str, *, ring: KeyRing | None = None) -> TicketQr:
    """What a ticket QR says, if it is genuine; TokenInvalid otherwise."""
    match = _TICKET_QR.fullmatch(text)
    if not match:
        raise TokenInvalid("format")
    code, kid, generation, mac = match[1], int(match[2]), int(match[3]), match[4]
    if generation >= 2**32:
        raise TokenInvalid("format")
    key = (ring or keys.ring()).find(kid)
    expected = _ticket_mac(key or keys.NOBODYS, code, generation)
    if not hmac.compare_digest(expected.encode(), mac.encode()) or key is None:
        raise TokenInvalid("mac" if key else "kid")
    return TicketQr(code=code, kid=kid, generation=generation)


def _ticket_mac(key: Key, code: str, generation: int) -> str:
    message = code.encode("ascii") + generation.to_bytes(4, "big")
    mac = hmac.digest(key.ticket, message, "sha256")[:16]
    # RFC 4648 fills up with zero bits as well; only its alphabet differs.
    return base64.b32encode(mac)[:26].translate(_TO_CROCKFORD).decode("ascii")


def read_scanned(text: str, *, at: datetime | int) -> Token | TicketQr:
    """What a scanner at a gate saw: a token to redeem, or the lasting QR of a ticket."""
    if ":" in text:
        return read_ticket_qr(text)
    return read(text, at=at, wanted=TokenType.REDEEM)


def require_current(seen: Token | TicketQr, generation: int) -> None:
    """Refuse what was made for another generation of the ticket than the one in force."""
    if seen.generation != generation:
        raise QrSuperseded


def _seconds(at: datetime | int) -> int:
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise ValueError("A moment without a time zone is no moment.")
    return math.floor(at.timestamp())
