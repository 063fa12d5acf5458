"""A sound body spoilt in one place at a time."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

JSON = "application/json"

Statuses = frozenset[int]
MALFORMED: Statuses = frozenset({400})
REFUSED: Statuses = frozenset({400, 422})


class Body(NamedTuple):
    """A whole request body, sent as `content_type`."""

    name: str
    body: bytes
    expected: Statuses = MALFORMED
    content_type: str | None = JSON


# What replaces one value of a sound body, written as JSON.
_FOR_STRINGS = {
    "a number": "123",
    "true": "true",
    "null": "null",
    "a list": "[]",
    "an object": "{}",
    "empty": '""',
    "blank": '" "',
    "nul": r'"a\u0000b"',
    "lone surrogate": r'"a\ud800b"',
    "bell": r'"a\u0007b"',
    "delete": r'"a\u007fb"',
    "C1 control": r'"a\u0085b"',
    "right-to-left override": r'"a\u202eb"',
    "isolate": r'"a\u2066b"',
    "zero width space": r'"a\u200bb"',
    "zero width joiner among latin letters": r'"a\u200db"',
    "byte order mark": r'"a\ufeffb"',
    "line separator": r'"a\u2028b"',
    "tag character": r'"a\udb40\udc41b"',
    "100,000 characters": '"' + "x" * 100_000 + '"',
    "50,000 dots": '"' + "a." * 50_000 + '"',
}
_FOR_INTEGERS = {
    "a string": '"5"',
    "a string with underscore": '"1_000"',
    "arabic digits": '"١٢"',
    "fullwidth digit": '"５"',
    "padded string": '" 7 "',
    "a fraction": "5.5",
    "a whole fraction": "5.0",
    "an exponent": "1e1",
    "true": "true",
    "null": "null",
    "a list": "[1]",
    "an object": "{}",
    "beyond integer": "2147483648",
    "beyond bigint": "9223372036854775808",
    "below bigint": "-9223372036854775809",
    "1e400": "1e400",
    "NaN": "NaN",
}
_FOR_AMOUNTS = {
    "a string": '"5.00"',
    "three decimals": "1.234",
    "tiny": "1e-400",
    "true": "true",
    "null": "null",
    "huge": "1e300",
    "1e400": "1e400",
    "Infinity": "Infinity",
    "negative": "-0.01",
}
_FOR_OTHERS = {"a string": '"x"', "a number": "1", "null": "null"}
_MARK = "~~the value to replace~~"


def spoilt(sound: dict[str, Any]) -> Iterator[Body]:
    """A sound body with one thing wrong at a time: at every value, and in every object.

    Amounts stand in `sound` as floats: a whole one is fine for them, not for integers.
    """
    for path, value in _values(sound, ()):
        for name, literal in _replacements(value).items():
            yield Body(f"{_named(path)} is {name}", _with(sound, path, literal), REFUSED)
    for path, inner in [((), sound), *_values(sound, ())]:
        if isinstance(inner, dict):
            yield from _spoilt_object(sound, path, inner)


def _spoilt_object(sound: dict[str, Any], path: tuple[Any, ...], inner: Any) -> Iterator[Body]:
    unknown = json.dumps({**inner, "surely_unknown": 1})
    yield Body(f"{_named(path)} has an unknown key", _with(sound, path, unknown), REFUSED)
    for name in inner:
        again = f"{json.dumps(inner)[:-1]}, {json.dumps({name: inner[name]})[1:]}"
        yield Body(f"{_named(path)} repeats {name}", _with(sound, path, again), REFUSED)


def _values(container: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    pairs = container.items() if isinstance(container, dict) else enumerate(container)
    for name, value in pairs:
        yield (*path, name), value
        if isinstance(value, dict | list):
            yield from _values(value, (*path, name))


def _replacements(value: Any) -> dict[str, str]:
    by_type = {str: _FOR_STRINGS, int: _FOR_INTEGERS, float: _FOR_AMOUNTS}
    return by_type.get(type(value), _FOR_OTHERS)


def _with(sound: dict[str, Any], path: tuple[Any, ...], literal: str) -> bytes:
    marked: Any = _MARK if not path else json.loads(json.dumps(sound))
    if path:
        *way, last = path
        inner = marked
        for step in way:
            inner = inner[step]
        inner[last] = _MARK
    return json.dumps(marked).replace(json.dumps(_MARK), literal).encode()


def _named(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path)) or "the body"
