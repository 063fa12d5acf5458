"""The format written a second time, from its description alone, so that vectors do not
come from the code they test. Nothing of the product is imported here."""

import base64
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def derived(master: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) with the salt of the format."""
    pseudorandom = hmac.new(b"ota-qr/v1", master, hashlib.sha256).digest()
    block, output = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.new(pseudorandom, block + info + bytes([number]), hashlib.sha256).digest()
        output += block
    return output[:length]


def token_keys(master: bytes, kid: int, version: int = 1) -> tuple[bytes, bytes]:
    """Encryption key and MAC key."""
    both = derived(master, b"qr" + struct.pack(">BH", version, kid), 64)
    return both[:32], both[32:]


def ticket_key(master: bytes, kid: int) -> bytes:
    return derived(master, b"ticket" + struct.pack(">H", kid), 32)


def payload(
    *,
    ticket: bytes,
    issued: int,
    type_: int = 1,
    flags: int = 0,
    ttl: int = 60,
    generation: int = 7,
    audience: int = 0,
    reserved: int = 0,
) -> bytes:
    front = bytes([type_, flags]) + ticket + struct.pack(">I", issued)
    return front + struct.pack(">HIIB", ttl, generation, audience, reserved)


def token(
    *,
    keys: tuple[bytes, bytes],
    kid: int,
    nonce: bytes,
    payload: bytes,
    version: int = 1,
    aad: bytes | None = None,
) -> str:
    header = struct.pack(">BH", version, kid)
    sealed = AESGCM(keys[0]).encrypt(nonce, payload, header if aad is None else aad)
    signed = header + nonce + sealed
    return text_of(signed + hmac.new(keys[1], signed, hashlib.sha256).digest())


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bytes_of(token: str) -> bytes:
    return base64.urlsafe_b64decode(token)


def ticket_qr(code: str, kid: int, generation: int, key: bytes, tail: int = 0) -> str:
    message = code.encode() + struct.pack(">I", generation)
    mac = hmac.new(key, message, hashlib.sha256).digest()[:16]
    number = int.from_bytes(mac, "big") << 2 | tail
    digits = "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
    return f"{code}:{kid}.{generation}.{digits}"
