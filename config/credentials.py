"""Keys for machines: how their text is made, checked before anybody is asked, and kept.

A key reads `<prefix>_<8 public id>_<43 secret>_<6 checksum>`, all of base62. The checksum
turns typing errors away without asking the database; the secret has 256 bits, so a keyed
digest is all that has to be stored.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib

from django.conf import settings

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
NOBODYS_DIGEST = bytes(32)


def new(prefix: str) -> tuple[str, str]:
    """A public id and the full key that carries it."""
    public_id = _random(8)
    body = f"{prefix}_{public_id}_{_random(43)}"
    return public_id, f"{body}_{checksum(body)}"


def public_id(key: str, prefixes: str) -> str | None:
    """The public id of a well-formed key whose prefix matches the expression, else None."""
    match = re.fullmatch(
        rf"(?:{prefixes})_([0-9A-Za-z]{{8}})_[0-9A-Za-z]{{43}}_[0-9A-Za-z]{{6}}", key
    )
    if match is None:
        return None
    body, _, offered = key.rpartition("_")
    return match[1] if hmac.compare_digest(offered, checksum(body)) else None


def digest(key: str) -> bytes:
    """What is stored of a key: its HMAC-SHA256 with the pepper of the settings."""
    return hmac.digest(settings.API_KEY_PEPPER.encode(), key.encode(), hashlib.sha256)


def is_of(stored: bytes | None, key: str) -> bool:
    """Whether a stored digest is of this key, in constant time; None stands for no such key."""
    genuine = hmac.compare_digest(stored or NOBODYS_DIGEST, digest(key))
    return genuine and stored is not None


def checksum(body: str) -> str:
    """Six base62 characters of CRC-32."""
    number, digits = zlib.crc32(body.encode()), ""
    while len(digits) < 6:
        number, place = divmod(number, len(ALPHABET))
        digits = ALPHABET[place] + digits
    return digits


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
