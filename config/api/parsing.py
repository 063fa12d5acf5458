"""JSON as partners may send it: one reading only, small, finite and safe to store.

What the standard library reads silently (the last of two equal keys, NaN, halves of
surrogate pairs, numbers of any size) is left in the tree as a flaw by the decoder's hooks;
one walk over the tree then finds the first flaw and the place it stands at.
"""

import math
import re
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from typing import Any, NamedTuple, NoReturn

from config.api.refusals import InvalidInput, Issue, MalformedJson

MAX_DEPTH = 20
MAX_NODES = 10_000
LONGEST_NUMBER = 40
BIGINT = 2**63
LONGEST_INTEGER = len(str(-BIGINT))

# A bracket outside strings. Each alternative for a string always ends, closed or not,
# so that a hostile body is passed over once.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|([\[{])|[\]}]', re.DOTALL)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Flaw(NamedTuple):
    """What a hook leaves in the tree instead of a value; `key` where it is about one key."""

    code: str
    detail: str
    key: str | None = None


NOT_FINITE = Flaw("number_not_finite", "NaN and Infinity are not JSON.")
TOO_LARGE = Flaw("number_too_large", "This number is too large or too long.")
TOO_MANY = Flaw("too_many_values", f"At most {MAX_NODES} values may be sent in one body.")
TOO_DEEP = Flaw("nested_too_deep", f"At most {MAX_DEPTH} levels of nesting are read.")
UNSTORABLE = Flaw("forbidden_character", "NUL and lone surrogates cannot be stored.")
NO_OBJECT = Flaw("wrong_type", "The body must be a JSON object.")


class _Found(Exception):
    """A flaw on its way up, collecting its place."""

    def __init__(self, flaw: Flaw, *path: str | int) -> None:
        self.flaw = flaw
        self.path = path


def parse(raw: bytes) -> dict[str, Any]:
    """The object in a body: int, Decimal, str, bool, None, list and dict; else InvalidInput 400."""
    text = _text(raw)
    _refuse_depth(text)
    try:
        value = _DECODER.decode(text)
    except JSONDecodeError as error:
        raise _malformed(f"{error.msg} at character {error.pos}.") from None
    if type(value) is dict:
        _refuse_flaws(value, strings="\\u" in text)
        return value
    return _refuse(value if type(value) is Flaw else NO_OBJECT)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise _malformed(f"Not UTF-8 at byte {error.start}.") from None


def _malformed(detail: str) -> MalformedJson:
    return MalformedJson([Issue((), "malformed_json", detail)])


def _refuse(flaw: Flaw, path: tuple[str | int, ...] = ()) -> NoReturn:
    kind = MalformedJson if flaw is NOT_FINITE else InvalidInput
    place = path if flaw.key is None else (*path, flaw.key)
    raise kind([Issue(place, flaw.code, flaw.detail)])


def _refuse_depth(text: str) -> None:
    """The decoder recurses in C: nothing deeper than we read may come near it."""
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _refuse_counted_depth(text)


def _refuse_counted_depth(text: str) -> None:
    depth = opened = 0
    for bracket in _BRACKETS.finditer(text):
        if bracket[1]:
            depth, opened = depth + 1, opened + 1
        elif bracket[0] in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            _refuse(TOO_DEEP)
        if opened > MAX_NODES:
            _refuse(TOO_MANY)


def _refuse_flaws(value: dict[str, Any], *, strings: bool) -> None:
    """Strings need a look only where an escape was used: UTF-8 and JSON forbid the rest raw."""
    try:
        _walk(value, MAX_NODES, strings)
    except _Found as found:
        _refuse(found.flaw, found.path)


def _walk(container: dict[str, Any] | list[Any], left: int, strings: bool) -> int:
    """How many more values may come after this container."""
    left -= len(container)
    if left < 0:
        raise _Found(TOO_MANY)
    pairs: Any = container.items() if type(container) is dict else enumerate(container)
    for key, value in pairs:
        kind = type(value)
        if kind is dict or kind is list:
            left = _walk_inside(key, value, left, strings)
        elif kind is Flaw:
            raise _Found(value, key)
        elif strings and kind is str and _UNSTORABLE.search(value):
            raise _Found(UNSTORABLE, key)
        if strings and type(key) is str and _UNSTORABLE.search(key):
            raise _Found(UNSTORABLE, key)
    return left


def _walk_inside(key: str | int, value: Any, left: int, strings: bool) -> int:
    try:
        return _walk(value, left, strings)
    except _Found as found:
        found.path = (key, *found.path)
        raise


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Flaw:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _repeated(pairs)


def _repeated(pairs: list[tuple[str, Any]]) -> Flaw:
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return Flaw("duplicate_key", "This key is sent more than once.", twice)


def _integer(digits: str) -> int | Flaw:
    if len(digits) > LONGEST_INTEGER:
        return TOO_LARGE
    number = int(digits)
    return number if -BIGINT <= number < BIGINT else TOO_LARGE


def _number(digits: str) -> Decimal | Flaw:
    """Exact, so that an amount is the amount that was sent."""
    if len(digits) > LONGEST_NUMBER or math.isinf(float(digits)):
        return TOO_LARGE
    return Decimal(digits)


_DECODER = JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=lambda _: NOT_FINITE,
)
