"""The routes of the direct channel as the URL table has them, and one sound call of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from customers import tokens
from customers.models import Account
from tests import make, shop
from tests.ota.routes import METHODS, NO_ORDER, Route
from tests.partner_program import CUSTOMER, as_segment

PREFIX, OTHERS = "api/", "api/ota/"
NEW_EMAIL = "somebody-new@example.com"


def _nothing(account: Account) -> dict[str, str]:
    return {}


def _no_body(account: Account) -> dict[str, Any] | None:
    return None


@dataclass(frozen=True)
class Sample:
    """A call that succeeds with `status`; what it needs is made for a customer.

    Without `is_public` it asks for an access token. `ids` fills the path and `body` the body
    with things of this customer; `absent` are ids that nobody has, `malformed` what could
    never be one.
    """

    status: int
    is_public: bool = False
    ids: Callable[[Account], dict[str, str]] = _nothing
    body: Callable[[Account], dict[str, Any] | None] = _no_body
    absent: dict[str, str] = field(default_factory=dict)
    malformed: tuple[str, ...] = ()


def _order(account: Account) -> dict[str, str]:
    return {"order_id": shop.order(of=account).order_id}


def _paid_order(account: Account) -> dict[str, str]:
    return {"order_id": shop.order("CONFIRMED", of=account).order_id}


def _refresh(account: Account) -> dict[str, Any]:
    return {"refresh": tokens.issue(account, at=make.now()).refresh}


def _wish(account: Account) -> dict[str, Any]:
    return {"product_id": shop.product().pk, "quantity": 2, "customer_details": CUSTOMER}


OF_ORDER: dict[str, Any] = {
    "absent": {"order_id": "ORD-1700000000000-00000000"},
    "malformed": NO_ORDER,
}
SAMPLES: dict[tuple[str, str], Sample] = {
    ("catalog", "GET"): Sample(200, is_public=True),
    ("auth-register", "POST"): Sample(
        201, is_public=True, body=lambda _: {"email": NEW_EMAIL, "password": shop.PASSWORD}
    ),
    ("auth-token", "POST"): Sample(
        200, is_public=True, body=lambda of: {"email": of.email, "password": shop.PASSWORD}
    ),
    ("auth-token-refresh", "POST"): Sample(200, is_public=True, body=_refresh),
    ("auth-logout", "POST"): Sample(204, is_public=True, body=_refresh),
    ("direct-orders", "GET"): Sample(200),
    ("direct-orders", "POST"): Sample(201, body=_wish),
    ("direct-order", "GET"): Sample(200, ids=_order, **OF_ORDER),
    ("direct-order-tickets", "GET"): Sample(200, ids=_paid_order, **OF_ORDER),
    ("direct-order-cancel", "POST"): Sample(200, ids=_order, **OF_ORDER),
}


def below(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the direct channel, as the URL table has it today."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from below(pattern.url_patterns, route)
        elif route.startswith(PREFIX) and not route.startswith(OTHERS):
            yield "/" + route.replace("<str:", "{").replace(">", "}"), pattern


ROUTES = [
    Route(pattern.name or "", method, path)
    for path, pattern in below()
    for method in METHODS
    if hasattr(pattern.callback.view_class, method.lower())  # type: ignore[attr-defined]
]


def sample(route: Route) -> Sample:
    return SAMPLES[route.name, route.method]


def addressed(route: Route, ids: dict[str, str]) -> str:
    """The path with these ids, which may be percent-encoded already."""
    return route.path.format(
        **{name: value if "%" in value else as_segment(value) for name, value in ids.items()}
    )
