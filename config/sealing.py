"""Secrets that we must be able to read again, encrypted at rest, each purpose with its own key."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(purpose: str, clear: str) -> bytes:
    """What may be stored of a secret; only `opened` with the same purpose reads it."""
    return _box(settings.API_KEY_PEPPER, purpose).encrypt(clear.encode())


def opened(purpose: str, sealed: bytes | memoryview) -> str:
    """A sealed secret in clear; never for display."""
    return _box(settings.API_KEY_PEPPER, purpose).decrypt(bytes(sealed)).decode()


@lru_cache(maxsize=8)
def _box(pepper: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(pepper.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
