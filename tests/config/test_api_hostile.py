"""The corpus of hostile requests, thrown at one endpoint of each kind."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.config import hostile

pytestmark = pytest.mark.urls("tests.config.api_site")

SOUND: dict[str, Any] = {
    "product_id": 106,
    "quantity": 3,
    "guest": {"name": "李小明", "email": "siu.ming@example.com", "phone": "+852 9876 5432"},
    "reference": "PAY-1",
    "price": 318.5,
    "day": "2026-12-24",
    "at": "2026-12-24T10:00:00+08:00",
    "scan_id": "6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11",
    "kind": "adult",
    "kinds": {"adult": 2, "child": 1},
    "tags": ["early"],
    "note": "two lines\nare fine",
}


def post(body: bytes, content_type: str | None = hostile.JSON, **headers: str) -> Any:
    client = Client(raise_request_exception=False)
    environ: Any = {} if content_type else {"CONTENT_TYPE": "", "CONTENT_LENGTH": str(len(body))}
    sent = {"x-api-key": "good", **headers}
    return client.generic("POST", "/api/wishes", body, content_type or "", headers=sent, **environ)


def assert_fair(response: Any, expected: hostile.Statuses) -> None:
    assert response.status_code in expected
    if response.status_code >= 400:
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["request_id"] == response["X-Request-Id"]


def test_the_sound_body_is_accepted() -> None:
    response = post(json.dumps(SOUND).encode())
    assert (response.status_code, response.json()) == (201, {"product_id": 106, "price": 318.5})


@pytest.mark.parametrize("case", hostile.BODIES, ids=lambda case: case.name)
def test_a_hostile_body_is_refused(case: hostile.Body) -> None:
    assert_fair(post(case.body, case.content_type), case.expected)


@pytest.mark.parametrize("case", list(hostile.spoilt(SOUND)), ids=lambda case: case.name)
def test_a_sound_body_with_one_thing_wrong_is_refused(case: hostile.Body) -> None:
    assert_fair(post(case.body), case.expected)


@pytest.mark.parametrize("case", hostile.HEADERS, ids=lambda case: case.name)
def test_a_hostile_header_is_answered(case: hostile.Header) -> None:
    response = post(json.dumps(SOUND).encode(), **{case.header: case.value})
    assert_fair(response, case.expected)


@pytest.mark.django_db
@pytest.mark.parametrize("case", hostile.QUERIES, ids=lambda case: case.name)
def test_a_hostile_query_is_refused(case: hostile.Query) -> None:
    client = Client(raise_request_exception=False)
    assert_fair(client.get(f"/api/users?{case.text}"), case.expected)


UNREADABLE = {"nul", "nul inside", "line feed", "right-to-left override"}


@pytest.mark.parametrize(
    "case",
    [case for case in hostile.SEGMENTS if case.name in UNREADABLE],
    ids=lambda case: case.name,
)
def test_a_path_that_cannot_be_read_is_nowhere(case: hostile.Segment) -> None:
    client = Client(raise_request_exception=False)
    assert_fair(client.post(f"/api/wishes/{case.text}/undo"), case.expected)


@pytest.mark.parametrize("case", hostile.SEGMENTS, ids=lambda case: case.name)
def test_an_unknown_address_is_nowhere(case: hostile.Segment) -> None:
    client = Client(raise_request_exception=False)
    assert_fair(client.get(f"/api/nothing/{case.text}"), case.expected)
