"""Whatever goes wrong, a program gets a problem, and nobody gets what is not theirs."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from config.api.problems import answer, as_refusal
from config.api.refusals import NotAcceptable
from config.errors import NotFound, Refusal

pytestmark = pytest.mark.urls("tests.config.api_site")

GOOD = {"x-api-key": "good"}
WISH = {
    "product_id": 409,
    "quantity": 1,
    "guest": {"name": "Ann", "email": "a@b.co", "phone": "+85298765432"},
    "reference": "PAY-1",
    "price": 1,
}


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def problem(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["type"] == f"http://testserver/docs/errors/{body['code']}"
    assert body["instance"] == response.request["PATH_INFO"]
    assert body["request_id"] == response["X-Request-Id"]
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["code"]


def test_a_refusal_keeps_its_own_members(client: Client) -> None:
    response = client.post("/api/wishes", WISH, "application/json", headers=GOOD)
    assert problem(response) == (409, "out_of_seats")
    assert (response.json()["left"], response.json()["detail"]) == (2, "Only 2 are left.")


def test_members_of_a_refusal_never_replace_the_standard_ones(rf: Any) -> None:
    class Sly(Refusal):
        pass

    body = answer(rf.get("/x"), Sly("no", status=200, code="fine", left=1)).content
    assert b'"status":409' in body
    assert b'"code":"refused"' in body
    assert b'"left":1' in body


def test_nobody_is_asked_for_a_key(client: Client) -> None:
    response = client.post("/api/wishes", WISH, "application/json")
    assert problem(response) == (401, "missing_api_key")
    assert response["WWW-Authenticate"] == 'ApiKey realm="test"'


def test_a_refusal_without_words_says_what_its_kind_says(client: Client) -> None:
    response = client.get("/api/users", headers={"Accept": "text/csv"})
    assert response.json()["detail"] == NotAcceptable.remedy


def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    response = client.put("/api/users")
    assert problem(response) == (405, "method_not_allowed")
    assert "GET" in response["Allow"]
    assert "POST" not in response["Allow"]
    assert problem(client.options("/api/users")) == (405, "method_not_allowed")


def test_what_cannot_be_produced_is_406(client: Client) -> None:
    response = client.get("/api/users", headers={"Accept": "text/csv"})
    assert problem(response) == (406, "not_acceptable")


def test_every_404_looks_the_same(client: Client, rf: Any) -> None:
    unknown = client.get("/api/nothing")
    assert problem(unknown) == (404, "not_found")
    request = rf.get("/api/nothing")
    request.request_id = unknown["X-Request-Id"]
    told = answer(request, NotFound("Reservation 7 belongs to another partner.", owner="B"))
    assert told.content == unknown.content


def test_people_get_a_page(client: Client) -> None:
    for path, accept in [("/admin/nothing", "*/*"), ("/nothing", "text/html,*/*")]:
        response = client.get(path, headers={"Accept": accept})
        assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert problem(client.get("/api/nothing", headers={"Accept": "text/html"}))[0] == 404
    assert problem(client.get("/nothing"))[0] == 404


def test_a_path_is_shown_as_it_can_be_sent(client: Client) -> None:
    assert client.get("/api/%E6%9D%8E%20%22").json()["instance"] == "/api/%E6%9D%8E%20%22"


@pytest.mark.django_db
@pytest.mark.parametrize("sqlstate", ["55P03", "40001", "40P01", "57014"])
def test_a_wait_that_was_cut_short_is_busy(client: Client, sqlstate: str) -> None:
    response = client.get(f"/api/trouble/{sqlstate}")
    assert problem(response) == (503, "busy")
    assert response["Retry-After"] == "1"


@pytest.mark.django_db
@pytest.mark.parametrize("sqlstate", ["57P01", "53300", "08006", "25P03"])
def test_a_database_that_goes_is_unavailable(client: Client, sqlstate: str) -> None:
    response = client.get(f"/api/trouble/{sqlstate}")
    assert problem(response) == (503, "database_unavailable")
    assert response["Retry-After"] == "1"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_gone_is_unavailable(client: Client) -> None:
    try:
        assert problem(client.get("/api/trouble/gone")) == (503, "database_unavailable")
    finally:
        connection.close()  # as the end of a request does outside tests


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["bug", "23514", "22P02"])
def test_a_bug_is_500_and_tells_nothing(client: Client, trouble: str) -> None:
    response = client.get(f"/api/trouble/{trouble}")
    assert problem(response) == (500, "internal_error")
    assert b"siu.ming" not in response.content
    assert b"Trace" not in response.content


def test_an_exception_that_means_nothing_to_the_caller_is_a_bug() -> None:
    assert as_refusal(RuntimeError()) is None
