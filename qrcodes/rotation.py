"""How a key ring changes: a key is made, takes over, retires and is destroyed, a step at a time.

Each step takes a sound setting and returns the next one. Every server is given the setting of
one step before the next is taken: a key is known everywhere before it seals anywhere, and read
for as long as anything that it sealed is good.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from qrcodes.tokens import CLOCK_LEEWAY, LONGEST_LIFE

Entry = dict[str, Any]
LAST_KID = 2**16 - 1
# So long servers may go on sealing with the key that was replaced, until all have the new setting.
HAND_OVER = timedelta(days=1)
READABLE = timedelta(minutes=LONGEST_LIFE, seconds=CLOCK_LEEWAY)


class CannotChange(ValueError):
    """The step would make a good code unreadable, or has no key to be taken with."""


def make(ring: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """With one more key, staged: it reads, and seals once it is rotated to. The first is active."""
    entries = _copied(ring)
    if staged := _in_state(entries, "staged"):
        raise CannotChange(f"Key {staged[0]['kid']} is staged already. Rotate to it first.")
    kid = 1 + max((entry["kid"] for entry in entries), default=0)
    if kid > LAST_KID:
        raise CannotChange("There are no more key ids.")
    state = "staged" if _in_state(entries, "active") else "active"
    return [*entries, {"kid": kid, "master": secrets.token_hex(32), "state": state}]


def rotate(ring: Iterable[Mapping[str, Any]], *, at: datetime) -> list[Entry]:
    """With the staged key active, and the one before it retiring: it only reads."""
    entries = _copied(ring)
    staged = _in_state(entries, "staged")
    if not staged:
        raise CannotChange("No key is staged. Make one, and give it to every server first.")
    for active in _in_state(entries, "active"):
        active |= {"state": "retiring", "until": int((at + HAND_OVER).timestamp())}
    staged[0]["state"] = "active"
    return entries


def destroy(
    ring: Iterable[Mapping[str, Any]], kid: int, *, at: datetime, compromised: bool = False
) -> list[Entry]:
    """Without the master of a key; its id stays, so that it is not given again.

    A key that retired may still be in codes made on demand, so that it has to wait; one that is
    `compromised` must not. Whether tickets depend on it is the caller's to know.
    """
    entries = _copied(ring)
    known = [entry for entry in entries if entry["kid"] == kid and entry["state"] != "destroyed"]
    if not known:
        raise CannotChange(f"There is no key {kid}.")
    if known[0]["state"] == "active":
        raise CannotChange(f"Key {kid} is active. Rotate to another one first.")
    free_at = readable_until(known[0])
    if free_at and at < free_at and not compromised:
        raise CannotChange(f"Codes sealed with key {kid} may be good until {free_at:%F %T} UTC.")
    known[0].clear()
    known[0].update(kid=kid, state="destroyed")
    return entries


def readable_until(entry: Mapping[str, Any]) -> datetime | None:
    """Until when a code on demand of a retiring key may be good; None for every other key."""
    if entry["state"] != "retiring" or "until" not in entry:
        return None
    return datetime.fromtimestamp(entry["until"], UTC) + READABLE


def _copied(ring: Iterable[Mapping[str, Any]]) -> list[Entry]:
    return [dict(entry) for entry in ring]


def _in_state(entries: list[Entry], state: str) -> list[Entry]:
    return sorted(
        (entry for entry in entries if entry["state"] == state), key=lambda entry: entry["kid"]
    )
