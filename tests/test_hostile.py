"""The corpus of hostile requests against every endpoint there is.

Whatever is sent is answered with a documented refusal; nothing is written, nothing breaks.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from inventory.models import AllocationCounter
from resellers.models import Partner
from tests import make
from tests.config import hostile
from tests.config.spoilt import Body, spoilt
from tests.endpoints import USUAL_LENGTH, Endpoint, endpoints
from tests.ota.routes import NOT_FOUND, ROUTES, Route, addressed, sample
from tests.partner_program import Program, program, refusal
from tests.rows import rows
from ticketing.models import RefusedNotice, Scan


def world() -> dict[str, Any]:
    """All that may not change: the number of rows of every table, and the counters."""
    # An unreadable QR at a gate and a refused payment notice are written down on purpose.
    counted = rows(but=(Scan, RefusedNotice))
    return {**counted, "counters": list(AllocationCounter.objects.order_by("pk").values())}


def unfair(endpoint: Endpoint, case: Body) -> str | None:
    """What is wrong with the answer to a case, if anything is."""
    expected = case.expected
    if endpoint.optional and not case.body.strip():
        return None
    if len(case.body) > endpoint.longest:
        expected = frozenset({413})
    elif len(case.body) > USUAL_LENGTH:
        expected = frozenset({400})  # it may be that long here, and is not sound all the same
    try:
        answer = endpoint.send(case.body, case.content_type)
    except AssertionError as undocumented:
        return f"{endpoint.path}: {case.name}: {undocumented}"
    if answer.status in expected:
        return None
    return f"{endpoint.path}: {case.name}: {answer.status} {answer.code}"


@pytest.fixture
def owner(db: None) -> Partner:
    return make.partner(rate_limit=1000)


@pytest.mark.django_db
def test_every_endpoint_with_a_body_is_attacked() -> None:
    owner = make.partner()
    attacked = {endpoint.path for endpoint in endpoints(owner)}
    with_body = {
        route.path.rpartition("/")[2]
        for route in ROUTES
        if route.method in ("POST", "PATCH", "PUT") and sample(route).body(owner) is not None
    }
    elsewhere = {"/payments/notify", "/qr/{ticket_code}", "/venue/inspect", "/venue/scan"}
    assert attacked == with_body | elsewhere


def test_hostile_bodies_are_refused_and_write_nothing(owner: Partner) -> None:
    targets = list(endpoints(owner))
    before = world()
    found = [unfair(endpoint, case) for endpoint in targets for case in hostile.BODIES]
    assert [each for each in found if each] == []
    assert world() == before


def test_what_needs_no_body_takes_no_hostile_one(owner: Partner) -> None:
    mine, cancel = program(owner), f"tickets/{make.premade_ticket(of=owner).code}/cancel"
    before = world()
    for case in hostile.BODIES:
        if case.body.strip():
            answer = mine.post(cancel, case.body, content_type=case.content_type)
            assert answer.status in case.expected, case.name
    assert world() == before


@pytest.mark.parametrize("number", range(17))
def test_sound_bodies_with_one_thing_wrong_are_refused_and_write_nothing(
    owner: Partner, number: int
) -> None:
    endpoint = list(endpoints(owner))[number]
    before = world()
    sound_too = {f"{name} is null" for name in endpoint.nullable}
    cases = [case for case in spoilt(endpoint.sound) if case.name not in sound_too]
    found = [unfair(endpoint, case) for case in cases]
    assert len(found) > 20
    assert [each for each in found if each] == []
    assert world() == before


@pytest.mark.parametrize("number", range(17))
def test_the_bodies_that_were_spoilt_are_sound_themselves(owner: Partner, number: int) -> None:
    """The control: it is what was spoilt that was refused."""
    endpoint = list(endpoints(owner))[number]
    answer = endpoint.send(json.dumps(endpoint.sound).encode(), "application/json")
    # The one moment that is in all of them has passed by now.
    assert answer.code == ("expiry_out_of_range" if endpoint.path == "reserve" else "")


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.path], ids=str)
def test_what_is_no_id_leads_nowhere(owner: Partner, route: Route) -> None:
    mine, body = program(owner), sample(route).body(owner)
    before = world()
    for case in hostile.SEGMENTS:
        name = next(iter(sample(route).absent))
        answer = mine.call(route.method, addressed(route, {name: case.text}), body)
        # A path that cannot be printed leads nowhere before anybody reads it.
        assert refusal(answer) in (NOT_FOUND, sample(route).unreadable), case.name
    assert world() == before


@pytest.mark.parametrize("case", hostile.SEGMENTS, ids=lambda case: case.name)
@pytest.mark.django_db
def test_unknown_addresses_are_nowhere(case: hostile.Segment) -> None:
    for path in (f"/api/ota/{case.text}", f"/api/{case.text}/x", f"/{case.text}"):
        answer = program().call("GET", path)
        assert (answer.status, path) == (404, path)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["inventory", "reservations", "orders", "batches", "resellers"])
def test_hostile_queries_are_refused(owner: Partner, path: str) -> None:
    mine = program(owner)
    for case in hostile.QUERIES:
        answer = mine.get(f"/api/ota/{path}?{case.text}")
        assert answer.status in case.expected, case.name


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_hostile_headers_are_answered(owner: Partner, route: Route) -> None:
    mine, known = program(owner), sample(route)
    path, body = addressed(route, known.ids(owner)), known.body(owner)
    for case in hostile.HEADERS:
        expected = set(case.expected)
        if body is None and case.header == "Content-Encoding":
            expected = set(hostile.FINE)
        answer = mine.call(route.method, path, body, headers={case.header: case.value})
        assert answer.status in expected, (case.name, answer.status, answer.code)


@pytest.mark.parametrize(
    "route",
    [each for each in ROUTES if each.method == "POST" and each.path.startswith("/api/")],
    ids=str,
)
def test_keys_that_are_none_are_refused_everywhere(owner: Partner, route: Route) -> None:
    mine, known = program(owner), sample(route)
    path, body = addressed(route, known.ids(owner)), known.body(owner)
    before = world()
    for case in hostile.IDEMPOTENCY_KEYS:
        answer = mine.call(route.method, path, body, headers={case.header: case.value})
        assert refusal(answer) == (400, "invalid_idempotency_key"), case.name
    assert world() == before


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Transfer-Encoding": "chunked", "Content-Length": ""}, (411, "length_required")),
        ({"Content-Length": "262145"}, (413, "body_too_large")),
        ({"Content-Length": "9" * 30}, (413, "body_too_large")),
        ({"Content-Length": "-1"}, (413, "body_too_large")),
        ({"Content-Length": "x"}, (413, "body_too_large")),
    ],
    ids=str,
)
def test_a_length_that_is_none_is_refused(
    owner: Partner, headers: Mapping[str, str], expected: tuple[int, str]
) -> None:
    mine, product = program(owner), make.product()
    wish = {"product_id": product.pk, "quantity": 1}
    for path in ("reserve", "orders", "activate"):
        assert refusal(mine.post(path, wish, headers=headers)) == expected
    assert make.pool(product) == (10, 0, 0)


@pytest.mark.django_db
def test_a_key_in_the_query_or_as_bearer_opens_nothing() -> None:
    mine = program()
    nobody = Program(None)
    asked = [
        nobody.get("orders", api_key=mine.key),
        nobody.get("orders", headers={"Authorization": f"Bearer {mine.key}"}),
        nobody.get("orders", headers={"Cookie": f"x-api-key={mine.key}"}),
        nobody.get("orders", headers={"X_API_KEY_": str(mine.key)}),
    ]
    assert {refusal(answer) for answer in asked} == {(401, "missing_api_key")}
