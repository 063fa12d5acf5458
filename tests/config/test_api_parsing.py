"""A body has one reading, and what is wrong with it is named with its place."""

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from config.api.parsing import MAX_DEPTH, MAX_NODES, parse
from config.api.refusals import InvalidInput

KEY_OF_ESCAPES = b'{"~a/b": {"x": NaN}}'


def refusal(body: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse(body)
    return caught.value


def places(body: bytes) -> list[tuple[str, str]]:
    errors: Any = refusal(body).extra["errors"]
    return [(error["pointer"], error["code"]) for error in errors]


def test_values_keep_their_exactness() -> None:
    body = (
        b'{"i": -9223372036854775808, "d": 318.50, "s": "\\ud83d\\ude00", "n": null, "b": [true]}'
    )
    assert parse(body) == {
        "i": -(2**63),
        "d": Decimal("318.50"),
        "s": "😀",
        "n": None,
        "b": [True],
    }


def test_a_whole_fraction_stays_a_fraction() -> None:
    assert type(parse(b'{"a": 5.0}')["a"]) is Decimal


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a": {"b": [1, {"c": 1, "c": 2}]}}', ("/a/b/1/c", "duplicate_key")),
        (b'{"a": 1, "a": 2}', ("/a", "duplicate_key")),
        (b'{"a": [0, "\\u0000"]}', ("/a/1", "forbidden_character")),
        (b'{"a": {"\\ud800": 1}}', ("/a/?", "forbidden_character")),
        (b'{"a": [1e400]}', ("/a/0", "number_too_large")),
        (b'{"a": 9223372036854775808}', ("/a", "number_too_large")),
        (KEY_OF_ESCAPES, ("/~0a~1b/x", "number_not_finite")),
        (b"[]", ("", "wrong_type")),
        (b"{", ("", "malformed_json")),
    ],
)
def test_the_place_is_named(body: bytes, place: tuple[str, str]) -> None:
    assert (refusal(body).status, places(body)) == (400, [place])


def test_what_is_no_json_has_a_code_of_its_own() -> None:
    assert [refusal(body).code for body in (b"{", b"\xff", b'{"a": NaN}')] == ["malformed_json"] * 3
    assert refusal(b'{"a": 1, "a": 1}').code == "validation_failed"


def test_nesting_ends_at_the_limit() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)

    assert parse(nested(MAX_DEPTH))
    assert places(nested(MAX_DEPTH + 1)) == [("", "nested_too_deep")]


def test_brackets_inside_strings_are_no_nesting() -> None:
    assert parse(json.dumps({"a": '[{"' * 100, "b": "]" * 100}).encode())


def test_values_end_at_the_limit() -> None:
    def wide(values: int) -> bytes:
        return json.dumps({"a": [1] * (values - 1)}).encode()

    assert parse(wide(MAX_NODES))
    assert places(wide(MAX_NODES + 1)) == [("/a", "too_many_values")]


def test_a_long_key_is_not_repeated_in_full() -> None:
    body = json.dumps({"k" * 100_000: 1}).encode()[:-1] + b"," + b'"' + b"k" * 100_000 + b'": 2}'
    assert places(body) == [("/" + "k" * 64 + "…", "duplicate_key")]


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "' + b'\\"' * 1_000_000,
        b'["' * 1_000_000,
        b"[]," * 600_000,
        b'{"a": ' + b"9" * 2_000_000 + b"}",
        b'{"a": "' + b"\\" * 2_000_001,
    ],
)
def test_two_hostile_megabytes_take_no_longer_than_reading_them(body: bytes) -> None:
    began = time.process_time()
    refusal(body)
    assert time.process_time() - began < 1
