"""Every code a caller may meet: what the pages under /docs/errors/ and the schema show."""

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getdoc

from config.api import refusals  # noqa: F401  registers the codes of HTTP
from config.errors import Refusal

REMEDIES = {
    400: "Correct the request as the detail says.",
    401: "Send valid credentials.",
    403: "Ask for the permission, or use a key that has it.",
    404: "Check the id; it may belong to somebody else, which looks the same.",
    409: "Read the current state, then decide anew; the same request may be refused again.",
    422: "Correct the value as the detail says.",
    429: "Wait for the seconds in Retry-After.",
    500: "Repeat once, then tell us the request id.",
    503: "Repeat the request after Retry-After, with the same Idempotency-Key.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: its title, its usual status, what it means and what to do about it."""

    code: str
    status: int
    title: str
    meaning: str
    remedy: str


def catalogue() -> dict[str, Entry]:
    """Every code of every Refusal imported so far, in alphabetical order."""
    kinds = sorted(set(_descendants(Refusal)), key=_general_first)
    entries: dict[str, Entry] = {}
    for kind in kinds:
        entries.setdefault(kind.code, entry(kind))
    return entries


def _general_first(kind: type[Refusal]) -> tuple[str, int, str, str]:
    return kind.code, len(kind.__mro__), kind.__module__, kind.__qualname__


def entry(kind: type[Refusal]) -> Entry:
    """What the class of a refusal says about itself."""
    remedy = getattr(kind, "remedy", "") or REMEDIES.get(kind.status, "")
    return Entry(kind.code, kind.status, kind.title, _meaning(kind), remedy)


def _meaning(kind: type[Refusal]) -> str:
    first, *_ = (getdoc(kind) or kind.title).split("\n\n")
    return " ".join(first.split())


def _descendants(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
