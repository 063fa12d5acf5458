"""Who gets in where: every route of the URL table against every kind of key and id."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.urls import get_resolver

from config.credentials import checksum
from resellers import keys, permissions
from resellers.for_partners import ForPartners
from resellers.models import Partner
from resellers.permissions import ALL_PERMISSIONS
from tests import make
from tests.openapi import Answer, document
from tests.ota.routes import (
    METHODS,
    NOT_FOUND,
    ROUTES,
    SAMPLES,
    Route,
    addressed,
    below,
    is_for_partners,
    sample,
    view_of,
)
from tests.partner_program import Program, program, refusal
from tests.rows import rows

every_route = pytest.mark.parametrize("route", ROUTES, ids=str)
with_an_id = pytest.mark.parametrize(
    "route", [route for route in ROUTES if sample(route).absent], ids=str
)
UNKNOWN = "gw_live_zzzzzzzz_0000000000000000000000000000000000000000000"


def call(
    route: Route, by: Program, owner: Partner | None = None, ids: Mapping[str, str] | None = None
) -> Answer:
    """The sound call of a route on things of `owner`, the caller itself by default.

    `ids` take the place of those in the path and in the body.
    """
    known, instead = sample(route), dict(ids or {})
    of = owner or by.partner or make.partner()
    body = known.body(of)
    if body is not None:
        body = {**body, **{name: instead[name] for name in known.refers if name in instead}}
    return by.call(route.method, addressed(route, {**known.ids(of), **instead}), body)


def test_every_route_has_a_permission_and_a_test() -> None:
    in_urls = {(route.name, route.method) for route in ROUTES}
    in_table = {(name, method) for name, asked in permissions.ROUTES.items() for method in asked}
    assert in_urls == in_table == SAMPLES.keys()


def test_every_route_asks_for_a_permission_there_is() -> None:
    asked = {needed for methods in permissions.ROUTES.values() for needed in methods.values()}
    assert asked <= set(ALL_PERMISSIONS)


def test_every_route_has_a_name_of_its_own() -> None:
    names = [pattern.name for _, pattern in below(get_resolver().url_patterns, "")]
    assert len(names) == len(set(names))


def test_every_route_is_a_view_for_partners() -> None:
    for path, pattern in below(get_resolver().url_patterns, ""):
        assert issubclass(view_of(pattern), ForPartners), path


def test_no_route_ends_with_a_slash() -> None:
    assert [route.path for route in ROUTES if route.path.endswith("/")] == []


def test_the_schema_describes_every_route_and_asks_for_a_key() -> None:
    described = {
        (path, method.upper())
        for path, item in document()["paths"].items()
        for method in item
        if is_for_partners(path)
    }
    assert described == {(route.path, route.method) for route in ROUTES}
    for path, method in described:
        said = document()["paths"][path][method.lower()]
        assert said["security"][0] == {"ApiKeyAuth": []}


@every_route
@pytest.mark.django_db
def test_the_one_permission_of_a_route_is_enough(route: Route) -> None:
    needed = permissions.required(route.name, route.method)
    assert needed
    assert call(route, program(permissions=[needed])).status == sample(route).status


@every_route
@pytest.mark.django_db
def test_every_other_permission_is_not_enough(route: Route) -> None:
    needed = permissions.required(route.name, route.method)
    others = [name for name in ALL_PERMISSIONS if name != needed]
    mine = program(permissions=others)
    answer = call(route, mine)
    assert refusal(answer) == (403, "permission_denied")
    assert "ratelimit-remaining" in answer.headers
    assert_nothing_written(lambda: call_prepared(route, mine))


@every_route
@pytest.mark.django_db
def test_a_call_without_a_key_is_refused(route: Route) -> None:
    answer = call(route, Program(None))
    assert refusal(answer) == (401, "missing_api_key")
    assert answer.headers["www-authenticate"].startswith("ApiKey ")
    assert_nothing_written(lambda: call_prepared(route, Program(None)))


@every_route
@pytest.mark.django_db
def test_every_key_that_is_not_valid_gets_the_same_refusal(route: Route) -> None:
    known, owner = sample(route), make.partner()
    path, body = addressed(route, known.ids(owner)), known.body(owner)
    answers = [each.call(route.method, path, body) for each in not_valid()]
    assert {refusal(answer) for answer in answers} == {(401, "invalid_api_key")}
    assert {answer.headers["www-authenticate"] for answer in answers} == {'ApiKey realm="partners"'}
    assert len({_text(answer) for answer in answers}) == 1
    assert not any("ratelimit-limit" in answer.headers for answer in answers)


def not_valid() -> list[Program]:
    """Programs whose keys are malformed, unknown, revoked, expired, or of an inactive partner."""
    owner, inactive = make.partner(), make.partner(is_active=False)
    revoked_row, revoked = make.api_key(owner)
    keys.revoke(revoked_row, at=make.now())
    _, expired = make.api_key(owner, expires_at=make.now() - timedelta(seconds=1))
    _, of_inactive = make.api_key(inactive)
    _, sound = make.api_key(owner)
    wrong_secret = sound[:25] + ("A" if sound[25] != "A" else "B") + sound[26:-7]
    texts = [
        "x", "gw_live_", sound + "x", sound[:-1], sound.upper(), f" {sound}x", f"Bearer {sound}",
        "ota_test_key_12345", "k" * 5000, "é" * 20, sound.replace("_", "-"),
        f"{UNKNOWN}_{checksum(UNKNOWN)}", f"{wrong_secret}_{checksum(wrong_secret)}",
        revoked, expired, of_inactive,
    ]  # fmt: skip
    return [Program(text, owner) for text in texts]


@every_route
@pytest.mark.django_db
def test_a_key_that_is_revoked_is_refused_from_the_next_call_on(route: Route) -> None:
    row, key = make.api_key(make.partner())
    mine = Program(key, row.partner)
    assert call(route, mine).status == sample(route).status
    keys.revoke(row, at=make.now())
    assert refusal(call(route, mine)) == (401, "invalid_api_key")


@with_an_id
@pytest.mark.django_db
def test_what_does_not_exist_is_not_found_and_what_is_no_id_is_refused(route: Route) -> None:
    mine = program()
    absent = call(route, mine, ids=sample(route).absent)
    malformed = [call(route, mine, ids=_instead(route, text)) for text in sample(route).malformed]
    assert refusal(absent) == NOT_FOUND
    # What cannot be printed leads nowhere before anybody reads it.
    assert {refusal(each) for each in malformed} <= {sample(route).unreadable, NOT_FOUND}
    if sample(route).unreadable == NOT_FOUND:
        assert {_text(each) for each in malformed} <= {_text(absent)}


@with_an_id
@pytest.mark.django_db
def test_what_belongs_to_another_partner_looks_like_what_does_not_exist(route: Route) -> None:
    mine, stranger = program(), make.partner()
    foreign = call(route, mine, owner=stranger)
    absent = call(route, mine, ids=sample(route).absent)
    assert refusal(foreign) == sample(route).stranger
    if sample(route).stranger == NOT_FOUND:
        assert _text(foreign) == _text(absent)
        assert _names(foreign) == _names(absent)


@with_an_id
@pytest.mark.django_db
def test_a_call_on_another_partners_things_changes_nothing(route: Route) -> None:
    mine, stranger = program(), make.partner()
    assert_nothing_written(lambda: call_prepared(route, mine, owner=stranger))


@every_route
@pytest.mark.django_db
def test_a_method_a_path_does_not_have_is_not_allowed(route: Route) -> None:
    here = {each.method for each in ROUTES if each.path == route.path}
    mine = program()
    path = addressed(route, sample(route).ids(mine.owner))
    for method in {*METHODS, "OPTIONS", "TRACE", "PURGE"} - here:
        answer = mine.call(method, path)
        assert refusal(answer) == (405, "method_not_allowed"), method
        allowed = {each.strip() for each in answer.headers["allow"].split(",")}
        assert here <= allowed
        assert allowed <= here | {"HEAD"}


@every_route
@pytest.mark.django_db
def test_a_trailing_slash_leads_nowhere_and_never_redirects(route: Route) -> None:
    mine = program()
    path = addressed(route, sample(route).ids(mine.owner))
    assert refusal(mine.call(route.method, f"{path}/")) == (404, "not_found")


@pytest.mark.django_db
def test_head_answers_like_get_without_a_body() -> None:
    mine = program()
    for route in ROUTES:
        if route.method == "GET":
            path = addressed(route, sample(route).ids(mine.owner))
            answer = mine.call("HEAD", path)
            assert (answer.status, answer.body) == (200, b"")


def call_prepared(route: Route, by: Program, owner: Partner | None = None) -> Callable[[], Answer]:
    """The call with everything it needs made beforehand."""
    known, of = sample(route), owner or by.partner or make.partner()
    path, body = addressed(route, known.ids(of)), known.body(of)
    return lambda: by.call(route.method, path, body)


def assert_nothing_written(prepare: Callable[[], Callable[[], Answer]]) -> None:
    refused = prepare()
    before = rows()
    assert refused().status >= 400
    assert rows() == before


def _instead(route: Route, text: str) -> dict[str, str]:
    return dict.fromkeys(sample(route).absent, text)


def _text(answer: Answer) -> str:
    """The body but for what names this very request."""
    problem: dict[str, Any] = answer.json()
    return repr({**problem, "request_id": "", "instance": ""})


def _names(answer: Answer) -> frozenset[str]:
    return frozenset(answer.headers)
