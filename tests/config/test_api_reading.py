"""What a request must hold, and which status tells what is wrong with it."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from config.api.bodies import raw_body
from config.api.reading import read, read_query
from config.api.refusals import BodyTooLarge, InvalidInput
from config.errors import Refusal
from tests.config.api_site import Guest, Regret, Undo, UserQuery, Wish

GUEST = {"name": "李小明", "email": "Siu.Ming@Example.COM", "phone": "+852 (98) 76-5432"}
SOUND: dict[str, Any] = {
    "product_id": 106,
    "quantity": 3,
    "guest": GUEST,
    "reference": "PAY-1",
    "price": 318,
}


def posted(body: Any, **environ: Any) -> HttpRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RequestFactory().generic("POST", "/", raw, "application/json", **environ)


def refusal(body: Any, **statuses: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(posted(body), Wish, **statuses)
    return caught.value


def codes(body: Any) -> dict[str, str]:
    errors: Any = refusal(body).extra["errors"]
    return {error["pointer"]: error["code"] for error in errors}


def changed(**values: Any) -> dict[str, Any]:
    return {**SOUND, **values}


def guest(**values: Any) -> dict[str, Any]:
    return changed(guest={**GUEST, **values})


def test_values_come_out_in_their_types() -> None:
    whole = changed(
        day="2026-12-24",
        at="2026-12-24T10:00:00+08:00",
        kinds={"adult": 2, "child": 1},
        tags=["early"],
        note=" one\r\ntwo ",
    )
    assert read(posted(whole), Wish) == {
        "product_id": 106,
        "quantity": 3,
        "guest": {
            "name": "李小明",
            "email": "Siu.Ming@example.com",
            "phone": "+85298765432",
        },
        "reference": "PAY-1",
        "price": Decimal("318.00"),
        "day": date(2026, 12, 24),
        "at": datetime(2026, 12, 24, 2, tzinfo=UTC),
        "kinds": {"adult": 2, "child": 1},
        "tags": ["early"],
        "note": "one\ntwo",
    }


def test_everything_wrong_is_told_at_once() -> None:
    assert codes({"quantity": 101, "price": "5", "guest": {"name": ""}, "colour": 1}) == {
        "/product_id": "required",
        "/quantity": "max_value",
        "/price": "wrong_type",
        "/guest/name": "blank",
        "/guest/email": "required",
        "/guest/phone": "required",
        "/reference": "required",
        "/colour": "unknown_field",
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (changed(quantity=101), 422),
        (changed(quantity="3"), 400),
        (changed(quantity=None), 400),
        (changed(colour=1), 400),
        (changed(reference="a b"), 422),
        (changed(reference="a\n"), 422),
        (changed(day="2026-02-30"), 422),
        (changed(day="24.12.2026"), 400),
        (changed(kind="baby"), 422),
        (changed(kinds={"adult": 9}), 422),
        (changed(price=1.001), 422),
        (changed(quantity=101, colour=1), 400),
        (guest(name="a\u202eb"), 422),
    ],
)
def test_malformed_is_400_and_unacceptable_422(body: Any, status: int) -> None:
    assert refusal(body).status == status


def test_an_endpoint_may_say_400_to_everything() -> None:
    assert refusal(changed(quantity=101), invalid=400).status == 400


def test_what_is_no_object_is_400_whatever_the_endpoint() -> None:
    assert [refusal(body, invalid=422).status for body in (b"", b"[]", b"{")] == [400, 400, 400]


@pytest.mark.parametrize(
    "body",
    [
        {name: value for name, value in SOUND.items() if name != "guest"},
        changed(guest=None),
        changed(guest="x"),
        guest(name=1),
        guest(colour="red"),
        guest(email="nobody"),
        json.dumps(guest(name="x")).replace('"x"', '"\\u0000"').encode(),
        json.dumps(guest(name="x")).replace('"x"', '"x", "name": "y"').encode(),
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_one_status_covers_everything_below_a_key(body: Any, status: int) -> None:
    assert refusal(body, within={"guest": status}).status == status


def test_below_and_beside_the_key_the_lower_status_wins() -> None:
    assert refusal({**guest(name=1), "colour": 1}, within={"guest": 422}).status == 400


def test_the_key_itself_sent_twice_is_malformed() -> None:
    twice = json.dumps(SOUND)[:-1] + ', "guest": {}}'
    assert refusal(twice.encode(), within={"guest": 422}).status == 400


@pytest.mark.parametrize(
    "name",
    [
        "Ana María",
        "李小明",
        "Søren Ó Brádaigh",
        "نام‌خانوادگی",
        "ශ්‍රී",
        "葛󠄀城",
        "Ann-Marie O'Neil 3rd",
        "👩🏽",
    ],
)
def test_names_of_any_script_are_taken_as_they_are(name: str) -> None:
    assert read(posted(guest(name=name)), Wish)["guest"]["name"] == name


def test_a_name_is_composed_before_it_is_measured() -> None:
    assert read(posted(guest(name="e\u0301" * 100)), Wish)["guest"]["name"] == "é" * 100


@pytest.mark.parametrize(
    ("email", "fine"),
    [
        ("a@b.co", True),
        ("first.last+tag@sub.example.museum", True),
        ("a@b", False),
        ("a..b@example.com", False),
        (".a@example.com", False),
        ("a@-example.com", False),
        ("a@example.com\n", False),
        ("a@exаmple.com", False),  # a Cyrillic letter
        ("a@b@example.com", False),
        ("a" * 250 + "@example.com", False),
    ],
)
def test_an_email_is_ascii_and_whole(email: str, fine: bool) -> None:
    found = codes(guest(email=email)) if not fine else {}
    assert ("/guest/email" in found) is not fine
    if fine:
        assert read(posted(guest(email=email)), Wish)


def test_the_offset_is_part_of_a_moment() -> None:
    assert codes(changed(at="2026-12-24T10:00:00")) == {"/at": "malformed"}
    assert codes(changed(at="0001-01-01T00:00:00+14:00")) == {"/at": "no_such_date"}
    assert codes(changed(at="9999-12-31T23:59:59-12:00")) == {"/at": "no_such_date"}


def test_an_absent_body_is_an_empty_object_where_it_is_optional() -> None:
    bare = RequestFactory().generic("POST", "/")
    assert read(bare, Regret, optional=True) == {}
    with pytest.raises(InvalidInput) as caught:
        read(bare, Wish)
    assert (caught.value.status, caught.value.issues[0].code) == (400, "required")


def test_a_view_says_how_much_it_reads() -> None:
    request = Undo().initialize_request(posted(b" " * 1025))
    with pytest.raises(BodyTooLarge):
        raw_body(request)
    big = posted(b" " * 300_000)
    with pytest.raises(BodyTooLarge):
        raw_body(big)


def test_a_body_in_chunks_is_refused_and_not_dropped() -> None:
    with pytest.raises(Refusal) as caught:
        read(posted(b"", HTTP_TRANSFER_ENCODING="chunked"), Wish, optional=True)
    assert caught.value.status == 411


def test_shapes_keep_nothing_of_the_request_before() -> None:
    assert "note" in read(posted(changed(note="mine")), Wish)
    assert "note" not in read(posted(SOUND), Wish)
    assert codes(changed(quantity=0)) == {"/quantity": "min_value"}
    assert read(posted(SOUND), Wish)["quantity"] == 3
    assert Guest is type(Wish().fields["guest"])


def test_lists_in_a_query_may_be_joined_or_repeated() -> None:
    request = RequestFactory().get("/?ids=106,107&ids=108")
    assert read_query(request, UserQuery)["ids"] == [106, 107, 108]


@pytest.mark.parametrize("query", ["ids=106,,107", "ids=1_0", "ids=1%2C%00", "kind=%00", "ids="])
def test_a_malformed_query_is_422(query: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_query(RequestFactory().get(f"/?{query}"), UserQuery)
    assert caught.value.status == 422
