"""The key ring: which keys seal, which only read, and what is derived from each.

`settings.QR_KEYS` is a list of {"kid": 0..65535, "master": 64 hexadecimal digits,
"state": "staged" | "active" | "retiring" | "destroyed"}, exactly one of them active.
Every key that is not destroyed reads; the active one seals. "since" and "until"
(Unix seconds) may bound the moments at which a key is believed to have sealed.
A destroyed entry needs no master and stays only so that its kid is not given again.
"""

from __future__ import annotations

import copy
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from qrcodes.errors import QrNotConfigured

VERSION = 1
STATES = ("staged", "active", "retiring", "destroyed")
FIELDS = {"kid", "master", "state", "since", "until"}
LAST_SECOND = 2**32 - 1
_SALT = b"ota-qr/v1"
_MASTER = re.compile(r"[0-9a-fA-F]{64}")
# The master of the published test vectors: anybody can seal with it.
_PUBLISHED = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Key:
    """What is derived from one master: one key for each purpose, never the master."""

    kid: int
    state: str
    since: int
    until: int
    encryption: AESGCM = field(repr=False)
    mac: bytes = field(repr=False)
    ticket: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that read, by kid, and the one that seals."""

    active: Key
    readable: Mapping[int, Key]

    def find(self, kid: int) -> Key | None:
        return self.readable.get(kid)


def derive(
    kid: int,
    master: bytes,
    *,
    state: str = "active",
    since: int = 0,
    until: int = LAST_SECOND,
) -> Key:
    """The working keys of a master, by HKDF-SHA256."""
    suffix = kid.to_bytes(2, "big")
    sealing = _hkdf(master, b"qr" + bytes([VERSION]) + suffix, 64)
    return Key(
        kid=kid,
        state=state,
        since=since,
        until=until,
        encryption=AESGCM(sealing[:32]),
        mac=sealing[32:],
        ticket=_hkdf(master, b"ticket" + suffix, 32),
    )


def _hkdf(master: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=_SALT, info=info).derive(master)


# An unknown kid is checked against this one, so that it costs what a forged code costs.
NOBODYS = derive(0, os.urandom(32), state="destroyed")

_latest: list[tuple[object, KeyRing]] = []


def ring() -> KeyRing:
    """The ring of the settings; QrNotConfigured where they hold none, never a substitute."""
    configured = getattr(settings, "QR_KEYS", None)
    for known, made in _latest:
        if known == configured:
            return made
    made = parse(configured)
    _latest[:] = [(copy.deepcopy(configured), made)]
    return made


def parse(configured: object) -> KeyRing:
    """The ring that a setting describes; QrNotConfigured if it describes none."""
    if not isinstance(configured, list) or next(problems(configured), None):
        raise QrNotConfigured
    return ring_of(_derived(entry) for entry in configured if entry["state"] != "destroyed")


def ring_of(keys: Iterable[Key]) -> KeyRing:
    """A ring of keys already derived, the active one among them."""
    readable = {key.kid: key for key in keys}
    active = next(key for key in readable.values() if key.state == "active")
    return KeyRing(active=active, readable=readable)


def _derived(entry: Mapping[str, Any]) -> Key:
    return derive(
        entry["kid"],
        bytes.fromhex(entry["master"]),
        state=entry["state"],
        since=entry.get("since", 0),
        until=entry.get("until", LAST_SECOND),
    )


def problems(configured: object) -> Iterator[str]:
    """What is wrong with a key setting, one sentence each, without showing any key."""
    if not isinstance(configured, list) or not configured:
        yield "QR_KEYS holds no keys: it must be a list of keys, one of them active."
        return
    for place, entry in enumerate(configured):
        for problem in _problems_of_entry(entry):
            yield f"QR_KEYS[{place}]: {problem}"
    yield from _problems_between([entry for entry in configured if isinstance(entry, dict)])


def _problems_of_entry(entry: object) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "a key is an object with kid, master and state."
        return
    for unknown in sorted(map(str, set(entry) - FIELDS)):
        yield f"unknown field {unknown}."
    if not _is_whole(entry.get("kid"), 2**16 - 1):
        yield "kid must be a whole number from 0 to 65535."
    if entry.get("state") not in STATES:
        yield f"state must be one of {', '.join(STATES)}."
    for moment in ("since", "until"):
        if not _is_whole(entry.get(moment, 0), LAST_SECOND):
            yield f"{moment} must be Unix seconds."
    if entry.get("state") != "destroyed":
        yield from _problems_of_master(entry.get("master"))


def _is_whole(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _problems_of_master(master: object) -> Iterator[str]:
    if not isinstance(master, str) or not _MASTER.fullmatch(master):
        yield "master must be 64 hexadecimal digits (32 random bytes)."
    elif bytes.fromhex(master) == _PUBLISHED:
        yield "master is a published example; make a random one."


def _problems_between(entries: list[dict[str, Any]]) -> Iterator[str]:
    for kid in _repeated(entry.get("kid") for entry in entries):
        yield f"QR_KEYS: kid {kid} is given twice; a kid is never used again."
    living = [entry for entry in entries if entry.get("state") != "destroyed"]
    if _repeated(str(entry.get("master")).lower() for entry in living):
        yield "QR_KEYS: two keys have the same master."
    active = sum(entry.get("state") == "active" for entry in living)
    if active != 1:
        yield f"QR_KEYS: exactly one key must be active, not {active}."


def _repeated(values: Iterable[object]) -> list[str]:
    return [value for value, count in Counter(map(str, values)).items() if count > 1]


def weaknesses(configured: object) -> Iterator[str]:
    """What is sound in form and yet no secret: masters somebody typed."""
    for place, entry in enumerate(configured if isinstance(configured, list) else []):
        master = entry.get("master") if isinstance(entry, dict) else None
        # Thirty-two random bytes have about thirty different values, and never so few.
        if isinstance(master, str) and master and len(set(re.findall("..", master))) <= 16:
            yield f"QR_KEYS[{place}]: master is not random; make a random one."
