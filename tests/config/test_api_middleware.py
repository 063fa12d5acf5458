"""Every request has an id, in its answer and in its log lines."""

import re
import timeit
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from config.api.middleware import body_to_the_end, request_id

pytestmark = pytest.mark.urls("tests.config.api_site")

OURS = re.compile("[0-9a-f]{32}")


def seen(**headers: str) -> str:
    return Client().get("/api/nothing", headers=headers)["X-Request-Id"]


@pytest.mark.parametrize("given", ["abcdefgh", "A-Z_09" * 10, "x" * 64])
def test_a_good_id_is_kept(given: str) -> None:
    assert seen(**{"X-Request-Id": given}) == given


@pytest.mark.parametrize("given", ["short", "x" * 65, "abcdefgh\n", "abc defgh", "éééééééé", ""])
def test_another_id_is_replaced(given: str) -> None:
    assert OURS.fullmatch(seen(**{"X-Request-Id": given}))


def test_two_requests_have_two_ids() -> None:
    assert seen() != seen()


def test_the_id_is_in_every_log_line_of_its_request() -> None:
    bound: dict[str, Any] = {}

    def view(request: HttpRequest) -> HttpResponse:
        structlog.contextvars.bind_contextvars(partner="A")
        bound.update(structlog.contextvars.get_contextvars())
        return HttpResponse()

    middleware = request_id(view)
    middleware(RequestFactory().get("/", headers={"X-Request-Id": "request-1"}))
    assert bound == {"request_id": "request-1", "partner": "A"}
    structlog.contextvars.bind_contextvars(left_over="from before")
    middleware(RequestFactory().get("/", headers={"X-Request-Id": "request-2"}))
    assert bound == {"request_id": "request-2", "partner": "A"}


def test_an_answer_says_how_long_it_is() -> None:
    response = Client().get("/api/nothing")
    assert response["Content-Length"] == str(len(response.content))


def test_naming_a_request_costs_next_to_nothing() -> None:
    request, response = RequestFactory().get("/"), HttpResponse()
    middleware = request_id(lambda _: response)
    fastest = min(timeit.repeat(lambda: middleware(request), number=1000, repeat=5)) / 1000
    assert fastest < 200e-6  # twenty microseconds on a quiet machine; this one may be busy


@pytest.mark.parametrize(("status", "unread"), [(503, b""), (429, b""), (403, b""), (401, b"{}")])
def test_who_is_known_may_finish_speaking_before_being_refused(status: int, unread: bytes) -> None:
    """Hanging up on somebody who still sends looks like a broken connection to them."""
    request = RequestFactory().post("/api/ota/reserve", b"{}", content_type="application/json")
    body_to_the_end(lambda _: HttpResponse(status=status))(request)
    assert request.read() == unread
