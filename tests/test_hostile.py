"""The corpus of hostile requests against every endpoint there is.

Whatever is sent is answered with a documented refusal; nothing is written, nothing breaks.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from django.apps import apps

from inventory.models import AllocationCounter
from resellers import payment_secrets
from resellers.models import Partner
from tests import make
from tests.config import hostile
from tests.config.spoilt import Body, spoilt
from tests.openapi import Answer
from tests.ota.routes import ROUTES, Route, addressed, sample
from tests.partner_program import CUSTOMER, Program, program, refusal
from ticketing import payments
from ticketing.models import RefusedNotice

LONGEST_NOTICE = 64 * 1024
CONTEXTS: list[dict[str, Any]] = [
    {"visit_date": "2026-12-24", "customer_types": {"adult": 1, "child": 1}},
    {"visit_date": "2026-12-24", "customer_type": "child"},
]


USUAL_LENGTH = 256 * 1024


class Endpoint(NamedTuple):
    """Something that reads a body: what is sound to send, and how it is sent."""

    path: str
    sound: dict[str, Any]
    send: Callable[[bytes, str | None], Answer]
    longest: int = USUAL_LENGTH


def endpoints(owner: Partner) -> Iterator[Endpoint]:
    """Every endpoint with a body, with all the fields it knows."""
    mine = program(owner)
    held, ordered = make.reservation(of=owner, quantity=2), make.order(of=owner)

    def post(path: str) -> Callable[[bytes, str | None], Answer]:
        return lambda body, kind: mine.post(path, body, content_type=kind)

    expires_at = make.now().replace(microsecond=0).isoformat()
    wish = {"product_id": held.product_id, "quantity": 1, "reservation_expires_at": expires_at}
    yield Endpoint("reserve", wish, post("reserve"))
    for context in CONTEXTS:
        more = {"customer_details": CUSTOMER, "pricing_context": context, "special_requests": "x"}
        activate = f"reservations/{held.id}/activate"
        yield Endpoint("orders", {"reservation_id": str(held.id), **more}, post("orders"))
        yield Endpoint("activate", {"payment_reference": "PAY-1", **more}, post(activate))
    pay = {"order_id": ordered.order_id, "payment_reference": "PAY-1"}
    yield Endpoint("activate", pay, post("activate"))
    batch = {
        "product_id": held.product_id,
        "quantity": 2,
        "batch_id": "HOSTILE-1",
        "distribution_mode": "reseller_batch",
        "reseller_metadata": {"intended_reseller": "Acme", "batch_purpose": "Spring"},
        "batch_metadata": {"campaign_name": "Spring", "marketing_tags": ["premium"]},
        "special_pricing": {
            "base_price": 250.5,
            "customer_type_pricing": [{"customer_type": "child", "price": 150.5}],
            "weekend_premium": 25.5,
            "currency": "HKD",
        },
    }
    yield Endpoint("bulk-generate", batch, post("tickets/bulk-generate"), 2 * 1024 * 1024)
    sale = {"customer_details": CUSTOMER, "payment_reference": "PAY-1", "visit_date": "2026-12-24"}
    yield Endpoint("activate", sale, post(f"tickets/{make.premade_ticket(of=owner).code}/activate"))
    notice = {**make.notice(ordered), "amount": 288.5}
    yield Endpoint("/payments/notify", notice, notifier(owner), LONGEST_NOTICE)


def notifier(owner: Partner) -> Callable[[bytes, str | None], Answer]:
    secret = payment_secrets.add(owner, at=make.now()).encode()

    def notify(body: bytes, kind: str | None) -> Answer:
        headers = {
            "X-Payment-Source": owner.partner_id,
            "X-Payment-Signature": payments.sign(secret, body, at=make.now()),
        }
        return Program(None).post("/payments/notify", body, headers=headers, content_type=kind)

    return notify


def world() -> dict[str, Any]:
    """All that may not change: the number of rows of every table, and the counters.

    Of payment notices that were refused operators keep a sample.
    """
    models = [model for model in apps.get_models() if model is not RefusedNotice]
    rows = {model._meta.label: model._default_manager.count() for model in models}
    return {**rows, "counters": list(AllocationCounter.objects.order_by("pk").values())}


def unfair(endpoint: Endpoint, case: Body) -> str | None:
    """What is wrong with the answer to a case, if anything is."""
    expected = case.expected
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
        if route.method == "POST" and sample(route).body(owner) is not None
    }
    assert attacked == with_body | {"/payments/notify"}


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


@pytest.mark.parametrize("number", range(9))
def test_sound_bodies_with_one_thing_wrong_are_refused_and_write_nothing(
    owner: Partner, number: int
) -> None:
    endpoint = list(endpoints(owner))[number]
    before = world()
    found = [unfair(endpoint, case) for case in spoilt(endpoint.sound)]
    assert len(found) > 40
    assert [each for each in found if each] == []
    assert world() == before


@pytest.mark.parametrize("number", range(9))
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
        assert refusal(answer) == (404, "not_found"), case.name
    assert world() == before


@pytest.mark.parametrize("case", hostile.SEGMENTS, ids=lambda case: case.name)
@pytest.mark.django_db
def test_unknown_addresses_are_nowhere(case: hostile.Segment) -> None:
    for path in (f"/api/ota/{case.text}", f"/api/{case.text}/x", f"/{case.text}"):
        answer = program().call("GET", path)
        assert (answer.status, path) == (404, path)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["inventory", "reservations", "orders"])
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


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "POST"], ids=str)
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
