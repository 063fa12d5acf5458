"""Who gets in where: every route of the direct channel, every kind of token and id."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from customers import accounts, tokens
from customers.for_customers import ForAnybody, ForCustomers
from customers.models import Account
from tests import make, shop
from tests.customer_program import Shopper, shopper
from tests.direct.routes import ROUTES, SAMPLES, addressed, below, sample
from tests.openapi import Answer, document
from tests.ota.routes import METHODS, Route
from tests.partner_program import refusal
from tests.rows import rows

every_route = pytest.mark.parametrize("route", ROUTES, ids=str)
for_customers = pytest.mark.parametrize(
    "route", [route for route in ROUTES if not sample(route).is_public], ids=str
)
with_an_id = pytest.mark.parametrize(
    "route", [route for route in ROUTES if sample(route).absent], ids=str
)
CHALLENGE = 'Bearer realm="customers"'


def call(
    route: Route, by: Shopper, owner: Account | None = None, ids: Mapping[str, str] | None = None
) -> Answer:
    """The sound call of a route on things of `owner`, the caller itself by default."""
    return prepared(route, by, owner, ids)()


def prepared(
    route: Route, by: Shopper, owner: Account | None = None, ids: Mapping[str, str] | None = None
) -> Callable[[], Answer]:
    """The call with everything it needs made beforehand."""
    known, of = sample(route), owner or by.account or shop.account()
    path, body = addressed(route, {**known.ids(of), **(ids or {})}), known.body(of)
    return lambda: by.call(route.method, path, body)


def test_every_route_has_a_test() -> None:
    assert {(route.name, route.method) for route in ROUTES} == SAMPLES.keys()


def test_every_route_is_for_customers_or_for_anybody() -> None:
    kinds = {True: ForAnybody, False: ForCustomers}
    views = {pattern.name: pattern.callback.view_class for _, pattern in below()}  # type: ignore[attr-defined]
    for route in ROUTES:
        assert issubclass(views[route.name], kinds[sample(route).is_public]), route


def test_every_route_has_a_name_of_its_own_and_no_slash_at_its_end() -> None:
    names = [pattern.name for _, pattern in below()]
    assert len(names) == len(set(names))
    assert [route.path for route in ROUTES if route.path.endswith("/")] == []


def test_the_schema_describes_every_route_and_who_may_call_it() -> None:
    for route in ROUTES:
        said = document()["paths"][route.path][route.method.lower()]
        assert said.get("security", []) == ([] if sample(route).is_public else [{"BearerAuth": []}])


@every_route
@pytest.mark.django_db
def test_a_customer_gets_in(route: Route) -> None:
    answer = call(route, shopper())
    assert answer.status == sample(route).status
    assert int(answer.headers["ratelimit-remaining"]) < int(answer.headers["ratelimit-limit"])


@for_customers
@pytest.mark.django_db
def test_a_call_without_a_token_is_refused(route: Route) -> None:
    nobody = prepared(route, Shopper())
    before = rows()
    answer = nobody()
    assert refusal(answer) == (401, "missing_token")
    assert answer.headers["www-authenticate"] == CHALLENGE
    assert rows() == before


@for_customers
@pytest.mark.django_db
def test_every_token_that_is_not_valid_gets_the_same_refusal(route: Route) -> None:
    owner = shop.account()
    calls = [prepared(route, Shopper(token, owner)) for token in not_valid(owner)]
    before = rows()
    answers = [each() for each in calls]
    assert {refusal(answer) for answer in answers} == {(401, "invalid_token")}
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        f'{CHALLENGE}, error="invalid_token"'
    }
    assert len({_text(answer) for answer in answers}) == 1
    assert rows() == before


def not_valid(owner: Account) -> list[str]:
    """Tokens that are forged, foreign, expired, of another kind, or of a closed account."""
    closed, erased = shop.account(), shop.account()
    texts = [shop.access(closed), shop.access(erased)]
    Account.objects.filter(pk=closed.pk).update(is_active=False)
    accounts.erase(erased, at=make.now())
    sound = shop.access(owner)
    head, payload, mac = sound.split(".")
    expired, nobodys, ownerless = AccessToken(), AccessToken(), AccessToken()
    expired["sub"] = str(owner.pk)
    expired.set_exp(from_time=make.now(), lifetime=timedelta(seconds=-1))
    nobodys["sub"] = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    strange = AccessToken()
    strange["sub"] = "1 OR 1=1"
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    return [
        *texts, tokens.issue(owner, at=make.now()).refresh, str(RefreshToken()), str(expired),
        str(nobodys), str(ownerless), str(strange), f"{unsigned}.{payload}.", f"{head}.{payload}.",
        f"{head}.{payload}.{mac[:-2]}AA", f"{head}.{payload[:-2]}AA.{mac}", sound[:-1],
        f"{sound}x", "x", "a.b.c", "eyJ", "é" * 20, "x" * 5000, "gw_live_abcdefgh_" + "0" * 43,
    ]  # fmt: skip


@for_customers
@pytest.mark.django_db
def test_a_token_is_taken_in_its_header_alone(route: Route) -> None:
    mine = shopper()
    key = make.api_key()[1]
    elsewhere: list[dict[str, str]] = [
        {"x-api-key": str(mine.token)},
        {"x-api-key": key},
        {"Cookie": f"access={mine.token}"},
        {"Authorization": ""},
    ]
    for headers in elsewhere:
        answer = Shopper(None, mine.account).call(
            route.method, addressed(route, sample(route).ids(mine.owner)), headers=headers
        )
        assert refusal(answer) == (401, "missing_token")
    for scheme in ("Basic", "Token", "JWT", "Bearer:"):
        headers = {"Authorization": f"{scheme} {mine.token}"}
        answer = Shopper().call(
            route.method, addressed(route, sample(route).ids(mine.owner)), headers=headers
        )
        assert refusal(answer) == (401, "invalid_token")


@for_customers
@pytest.mark.django_db
def test_a_token_is_refused_from_the_moment_its_account_is_closed(route: Route) -> None:
    mine = shopper()
    assert call(route, mine).status == sample(route).status
    Account.objects.filter(pk=mine.owner.pk).update(is_active=False)
    path = addressed(route, sample(route).absent)
    assert refusal(mine.call(route.method, path)) == (401, "invalid_token")


@with_an_id
@pytest.mark.django_db
def test_what_belongs_to_somebody_else_looks_like_what_does_not_exist(route: Route) -> None:
    mine, stranger, known = shopper(), shop.account(), sample(route)
    partners = make.order("CONFIRMED").order_id
    foreign = prepared(route, mine, owner=stranger)
    absent = call(route, mine, ids=known.absent)
    others = [call(route, mine, ids=_instead(route, each)) for each in (*known.malformed, partners)]
    before = rows()
    answer = foreign()
    assert refusal(answer) == (404, "not_found")
    assert rows() == before
    assert {_text(each) for each in (answer, absent, *others)} == {_text(absent)}
    assert {frozenset(each.headers) for each in (answer, absent)} == {frozenset(absent.headers)}


@every_route
@pytest.mark.django_db
def test_a_method_a_path_does_not_have_is_not_allowed(route: Route) -> None:
    here = {each.method for each in ROUTES if each.path == route.path}
    mine = shopper()
    path = addressed(route, sample(route).ids(mine.owner))
    for method in {*METHODS, "OPTIONS", "TRACE", "PURGE"} - here:
        answer = mine.call(method, path)
        assert refusal(answer) == (405, "method_not_allowed"), method
        allowed = {each.strip() for each in answer.headers["allow"].split(",")}
        assert here <= allowed <= here | {"HEAD"}


@every_route
@pytest.mark.django_db
def test_a_trailing_slash_leads_nowhere_and_never_redirects(route: Route) -> None:
    mine = shopper()
    path = addressed(route, sample(route).ids(mine.owner))
    assert refusal(mine.call(route.method, f"{path}/")) == (404, "not_found")


@pytest.mark.django_db
def test_partner_endpoints_take_no_token() -> None:
    mine = shopper()
    assert refusal(mine.get("ota/orders")) == (401, "missing_api_key")
    assert refusal(mine.post("ota/reserve", {})) == (401, "missing_api_key")


def _instead(route: Route, text: str) -> dict[str, str]:
    return dict.fromkeys(sample(route).absent, text)


def _text(answer: Answer) -> str:
    """The body but for what names this very request."""
    problem: dict[str, Any] = answer.json()
    return repr({**problem, "request_id": "", "instance": ""})
