"""The corpus of hostile requests against every endpoint of the direct channel."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from customers import tokens
from customers.models import Account
from tests import make, shop
from tests.config import hostile
from tests.config.spoilt import spoilt
from tests.customer_program import Shopper, shopper
from tests.direct.routes import NEW_EMAIL, ROUTES, addressed, sample
from tests.endpoints import CONTEXTS, Endpoint
from tests.openapi import Answer
from tests.ota.routes import Route
from tests.partner_program import CUSTOMER, refusal
from tests.test_hostile import unfair, world

pytestmark = pytest.mark.django_db
NUMBER = 6


@pytest.fixture(autouse=True)
def _no_limits(settings: Settings) -> None:
    """Whoever is refused for asking too often would not be refused for what was asked."""
    for kind in ("ADDRESS", "LOGIN", "CUSTOMER"):
        setattr(settings, f"{kind}_REQUESTS_PER_MINUTE", 10**6)


def endpoints(owner: Account) -> Iterator[Endpoint]:
    """Every endpoint with a body, with all the fields it knows."""
    mine, product = shopper(owner), shop.product(50)

    def post(path: str, by: Shopper) -> Callable[[bytes, str | None], Answer]:
        return lambda body, kind: by.post(path, body, content_type=kind)

    for context in CONTEXTS:
        wish = {"product_id": product.pk, "quantity": 2, "customer_details": CUSTOMER}
        yield Endpoint("orders", {**wish, "pricing_context": context}, post("orders", mine))
    login = {"email": str(owner.email), "password": shop.PASSWORD}
    new = {"email": NEW_EMAIL, "password": shop.PASSWORD, "name": "Wong"}
    yield Endpoint("auth/register", new, post("auth/register", Shopper()))
    yield Endpoint("auth/token", login, post("auth/token", Shopper()))
    for path in ("auth/token/refresh", "auth/logout"):
        refresh = {"refresh": tokens.issue(owner, at=make.now()).refresh}
        yield Endpoint(path, refresh, post(path, Shopper()))


@pytest.fixture
def owner() -> Account:
    return shop.account()


def test_every_endpoint_with_a_body_is_attacked(owner: Account) -> None:
    with_body = {
        route.path.removeprefix("/api/")
        for route in ROUTES
        if route.method == "POST" and sample(route).body(owner) is not None
    }
    assert {endpoint.path for endpoint in endpoints(owner)} == with_body
    assert len(list(endpoints(owner))) == NUMBER


def test_hostile_bodies_are_refused_and_write_nothing(owner: Account) -> None:
    targets = list(endpoints(owner))
    before = world()
    found = [unfair(endpoint, case) for endpoint in targets for case in hostile.BODIES]
    assert [each for each in found if each] == []
    assert world() == before


def test_what_needs_no_body_takes_no_hostile_one(owner: Account) -> None:
    mine, cancel = shopper(owner), f"orders/{shop.order(of=owner).order_id}/cancel"
    before = world()
    for case in hostile.BODIES:
        if case.body.strip():
            answer = mine.post(cancel, case.body, content_type=case.content_type)
            assert answer.status in case.expected, case.name
    assert world() == before


@pytest.mark.parametrize("number", range(NUMBER))
def test_sound_bodies_with_one_thing_wrong_are_refused_and_write_nothing(
    owner: Account, number: int
) -> None:
    endpoint = list(endpoints(owner))[number]
    before = world()
    found = [unfair(endpoint, case) for case in spoilt(endpoint.sound)]
    assert len(found) > 20
    assert [each for each in found if each] == []
    assert world() == before


@pytest.mark.parametrize("number", range(NUMBER))
def test_the_bodies_that_were_spoilt_are_sound_themselves(owner: Account, number: int) -> None:
    """The control: it is what was spoilt that was refused."""
    endpoint = list(endpoints(owner))[number]
    answer = endpoint.send(json.dumps(endpoint.sound).encode(), "application/json")
    assert (answer.code, answer.status < 300) == ("", True)


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.path], ids=str)
def test_what_is_no_id_leads_nowhere(owner: Account, route: Route) -> None:
    mine = shopper(owner)
    before = world()
    for case in hostile.SEGMENTS:
        name = next(iter(sample(route).absent))
        answer = mine.call(route.method, addressed(route, {name: case.text}))
        assert refusal(answer) == (404, "not_found"), case.name
    assert world() == before


def test_hostile_queries_are_refused(owner: Account) -> None:
    mine = shopper(owner)
    for case in hostile.QUERIES:
        assert mine.get(f"/api/orders?{case.text}").status in case.expected, case.name


def test_a_hostile_query_of_the_catalogue_changes_nothing(owner: Account) -> None:
    plain = Shopper().get("catalog").body
    for case in hostile.QUERIES:
        answer = Shopper().get(f"/api/catalog?{case.text}")
        assert (answer.status, answer.body) == (200, plain), case.name


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_hostile_headers_are_answered(owner: Account, route: Route) -> None:
    mine, known = shopper(owner), sample(route)
    path = addressed(route, known.ids(owner))
    for case in hostile.HEADERS:
        body = known.body(owner)
        expected = set(case.expected)
        if case.header == hostile.KEY or (body is None and case.header == "Content-Encoding"):
            expected = set(hostile.FINE)  # nobody asks for it here
        answer = mine.call(route.method, path, body, headers={case.header: case.value})
        assert answer.status in expected, (case.name, answer.status, answer.code)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Transfer-Encoding": "chunked", "Content-Length": ""}, (411, "length_required")),
        ({"Content-Length": "262145"}, (413, "body_too_large")),
        ({"Content-Length": "-1"}, (413, "body_too_large")),
    ],
    ids=str,
)
def test_a_length_that_is_none_is_refused(
    owner: Account, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    mine, before = shopper(owner), world()
    for path in ("orders", "auth/register", "auth/token", "auth/token/refresh", "auth/logout"):
        body: dict[str, Any] = {"email": NEW_EMAIL, "password": shop.PASSWORD}
        assert refusal(mine.post(path, body, headers=headers)) == expected
    assert world() == before
