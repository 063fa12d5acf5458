"""What a hostile or careless client sends, by name, with the statuses that are a fair answer.

Nothing here may ever be answered with 5xx, nor accepted, nor change anything. The corpus knows
no endpoint: a test throws it at all of them. `expected` holds the statuses allowed where the
credentials are right and the rest of the request is sound.
"""

import json
from typing import NamedTuple
from urllib.parse import quote

from tests.config.spoilt import JSON, MALFORMED, Body, Statuses, spoilt

__all__ = [
    "BODIES",
    "HEADERS",
    "IDEMPOTENCY_KEYS",
    "JSON",
    "QUERIES",
    "SEGMENTS",
    "Body",
    "Header",
    "Query",
    "Segment",
    "Statuses",
    "spoilt",
]

NOWHERE: Statuses = frozenset({404})


class Query(NamedTuple):
    """The query string of a list."""

    name: str
    text: str
    expected: Statuses = frozenset({422})


class Segment(NamedTuple):
    """What stands in a path where an id is expected, percent-encoded."""

    name: str
    text: str
    expected: Statuses = NOWHERE


class Header(NamedTuple):
    """One header beside an otherwise sound POST."""

    name: str
    header: str
    value: str
    expected: Statuses


NESTED = 2_000
TOO_LONG = 256 * 1024

# Bodies for an endpoint that wants one. Those without Content-Type are sent without the header.
BODIES = [
    Body("empty", b""),
    Body("empty without content type", b"", MALFORMED, None),
    Body("blank", b"  \n"),
    Body("object without content type", b'{"a": 1}', MALFORMED, None),
    Body("cut short", b'{"product_id": 106, "quantity"'),
    Body("trailing comma", b'{"a": 1,}'),
    Body("single quotes", b"{'a': 1}"),
    Body("comment", b'{"a": 1 /* one */}'),
    Body("two objects", b'{"a": 1}{"a": 1}'),
    Body("byte order mark", b'\xef\xbb\xbf{"a": 1}'),
    Body("not utf-8", b'{"a": "\xff\xfe"}'),
    Body("utf-16", '{"a": 1}'.encode("utf-16")),
    Body("overlong utf-8", b'{"a": "\xc0\xaf"}'),
    Body("surrogate in utf-8", b'{"a": "\xed\xa0\x80"}'),
    Body("raw nul", b'{"a": "\x00"}'),
    Body("raw line feed in a string", b'{"a": "\n"}'),
    Body("list", b"[]"),
    Body("list of objects", b'[{"a": 1}]'),
    Body("string", b'"a"'),
    Body("number", b"1"),
    Body("true", b"true"),
    Body("null", b"null"),
    Body("NaN", b"NaN"),
    Body("unknown key only", b'{"surely_unknown": 1}'),
    Body("duplicate key", b'{"a": 1, "a": 1}'),
    Body("duplicate key under an escape", b'{"a": 1, "\\u0061": 2}'),
    Body("duplicate key inside", b'{"a": {"b": {"c": 1, "c": 2}}}'),
    Body("escaped nul", b'{"a": "\\u0000"}'),
    Body("escaped nul in a key", b'{"a\\u0000": 1}'),
    Body("escaped nul in a key inside", b'{"a": [{"b\\u0000": 1}]}'),
    Body("lone high surrogate", b'{"a": "\\ud800"}'),
    Body("lone low surrogate", b'{"a": ["\\udc00x"]}'),
    Body("lone surrogate in a key", b'{"\\ud83d": 1}'),
    Body("prototype key", b'{"__proto__": {"admin": true}}'),
    Body("NaN inside", b'{"a": NaN}'),
    Body("Infinity inside", b'{"a": [Infinity, -Infinity]}'),
    Body("1e400", b'{"a": 1e400}'),
    Body("-1e400 inside", b'{"a": [{"b": -1e400}]}'),
    Body("1e999999999", b'{"a": 1e999999999}'),
    Body("integer beyond bigint", b'{"a": 9223372036854775808}'),
    Body("integer below bigint", b'{"a": -9223372036854775809}'),
    Body("5000 digits", b'{"a": ' + b"9" * 5_000 + b"}"),
    Body("fraction of 5000 digits", b'{"a": 0.' + b"3" * 5_000 + b"}"),
    Body("deep lists", b'{"a": ' + b"[" * NESTED + b"]" * NESTED + b"}"),
    Body("deep lists left open", b"[" * 200_000),
    Body("deep objects", b'{"a":' * NESTED + b"1" + b"}" * NESTED),
    Body("21 levels", b'{"a":' * 21 + b"1" + b"}" * 21),
    Body("many values", b'{"a": [' + b"1," * 10_000 + b"1]}"),
    Body("many lists", b'{"a": [' + b"[]," * 10_000 + b"[]]}"),
    Body("many keys", json.dumps(dict.fromkeys(map(str, range(10_001)), 1)).encode()),
    Body("open string of escapes", b'{"a": "' + b'\\"' * 100_000),
    Body("open strings", b'["' * 60_000),
    Body("key of 200 kB", b'{"' + b"k" * 200_000 + b'": 1}'),
    Body("too long", b'{"a": "' + b"x" * TOO_LONG + b'"}', frozenset({413})),
    Body("far too long", b" " * 3_000_000, frozenset({413})),
    Body(
        "form", b"product_id=106&quantity=1", frozenset({415}), "application/x-www-form-urlencoded"
    ),
    Body("multipart", b"--x--", frozenset({415}), "multipart/form-data; boundary=x"),
    Body("text", b'{"a": 1}', frozenset({415}), "text/plain"),
    Body("text/json", b'{"a": 1}', frozenset({415}), "text/json"),
    Body("xml", b"<a/>", frozenset({415}), "application/xml"),
    Body("other charset", b'{"a": 1}', frozenset({415}), "application/json; charset=utf-16"),
    Body("no media type at all", b'{"a": 1}', frozenset({415}), "json"),
    Body("sequence of json", b'{"a": 1}', frozenset({415}), "application/json-seq"),
]

QUERIES = [
    Query("page zero", "page=0"),
    Query("page below zero", "page=-1"),
    Query("page of 21 digits", "page=100000000000000000000"),
    Query("page of 5000 digits", "page=" + "9" * 5_000),
    Query("page beyond integer", "page=2147483648"),
    Query("page with underscore", "page=1_0"),
    Query("page in arabic digits", "page=" + quote("٣")),
    Query("page in fullwidth digits", "page=" + quote("５")),
    Query("page with plus sign", "page=%2B1"),
    Query("page with spaces", "page=%201"),
    Query("page with line feed", "page=1%0A"),
    Query("page as fraction", "page=1.0"),
    Query("page as exponent", "page=1e3"),
    Query("page as word", "page=true"),
    Query("page empty", "page="),
    Query("page nul", "page=%00"),
    Query("page twice", "page=1&page=1"),
    Query("limit zero", "limit=0"),
    Query("limit too high", "limit=1001"),
    Query("limit 10^9", "page_size=1000000000"),
    Query("limit twice by its names", "limit=5&page_size=6"),
    Query("unknown parameter", "surely_unknown=1"),
    Query("parameter of a neighbour", "partner_id=OTA_DEMO"),
    Query("nul as name", "%00=1"),
    Query("not utf-8", "limit=%ff"),
    Query("case of a name", "Limit=5"),
    Query("cursor made up", "cursor=abc"),
    Query("cursor nul", "cursor=%00"),
    Query("cursor of the right length", "cursor=" + "A" * 32),
    Query("cursor not canonical", "cursor=" + "A" * 33),
    Query("cursor with line feed", "cursor=" + "A" * 32 + "%0A"),
    Query("cursor of 5000 characters", "cursor=" + "A" * 5_000),
    Query("cursor beside page", "page=2&cursor=" + "A" * 32),
]

SEGMENTS = [
    Segment("nul", "%00"),
    Segment("nul inside", "a%00b"),
    Segment("line feed", "%0A"),
    Segment("carriage return and line feed", "a%0D%0Ab"),
    Segment("not utf-8", "%ff"),
    Segment("surrogate", "%ed%a0%80"),
    Segment("right-to-left override", "a%E2%80%AEb"),
    Segment("parent folder", "..%2f..%2fetc%2fpasswd"),
    Segment("quote", "%27"),
    Segment("sql", "%27%20OR%201%3D1--"),
    Segment("template", "%7B%7B7*7%7D%7D"),
    Segment("percent", "%25"),
    Segment("zero", "0"),
    Segment("minus one", "-1"),
    Segment("beyond bigint", "99999999999999999999"),
    Segment("with underscore", "1_0"),
    Segment("arabic digits", quote("١٢")),
    Segment("null", "null"),
    Segment("nil uuid", "00000000-0000-0000-0000-000000000000"),
    Segment("uuid without dashes", "0" * 32),
    Segment("uuid in braces", "%7B00000000-0000-0000-0000-000000000000%7D"),
    Segment("2000 characters", "a" * 2_000),
]

KEY = "x-api-key"
FINE = frozenset({200, 201, 202, 204, 400, 404, 409, 422})
HEADERS = [
    Header("compressed", "Content-Encoding", "gzip", frozenset({415})),
    Header("compressed twice", "Content-Encoding", "gzip, br", frozenset({415})),
    Header("unknown coding", "Content-Encoding", "x", frozenset({415})),
    Header("only xml accepted", "Accept", "application/xml", frozenset({406})),
    Header("accept of rubbish", "Accept", ";;;,,/", FINE | {406}),
    Header("accept of 5000 types", "Accept", "a/b," * 5_000, FINE | {406}),
    Header("key empty", KEY, "", frozenset({401})),
    Header("key blank", KEY, " ", frozenset({401})),
    Header("key not ascii", KEY, "é", frozenset({401})),
    Header("key of 5000 characters", KEY, "k" * 5_000, frozenset({401})),
    Header("key with nul", KEY, "a\0b", frozenset({401})),
    Header(
        "key of the right form", KEY, "gw_live_abcdefgh_" + "0" * 43 + "_000000", frozenset({401})
    ),
    Header("request id too short", "X-Request-Id", "short", FINE),
    Header("request id too long", "X-Request-Id", "x" * 65, FINE),
    Header("request id with line feed", "X-Request-Id", "abcdefgh\nX-Evil: 1", FINE),
    Header("request id not ascii", "X-Request-Id", "ééééééééé", FINE),
    Header("language of 5000 tags", "Accept-Language", "zh," * 5_000, FINE),
    Header("other host", "Host", "evil.example", FINE),
    Header("host of rubbish", "Host", "a b\x00", FINE),
    Header("forwarded host", "X-Forwarded-Host", "evil.example", FINE),
    Header("method override", "X-HTTP-Method-Override", "DELETE", FINE),
    Header("conditional rubbish", "If-Modified-Since", "yesterday", FINE),
    Header("cookie of rubbish", "Cookie", "a=\x80;;;=\x00", FINE),
]
# For POST under /api/ota, where the header means something.
IDEMPOTENCY_KEYS = [
    Header("idempotency key empty", "Idempotency-Key", "", MALFORMED),
    Header("idempotency key only quotes", "Idempotency-Key", '""', MALFORMED),
    Header("idempotency key too long", "Idempotency-Key", "k" * 256, MALFORMED),
    Header("idempotency key with space", "Idempotency-Key", "a b", MALFORMED),
    Header("idempotency key not ascii", "Idempotency-Key", "é", MALFORMED),
    Header("idempotency key with nul", "Idempotency-Key", "a\0b", MALFORMED),
]
