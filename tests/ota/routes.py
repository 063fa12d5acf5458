"""What partners call with their key, as the URL table has it, and one sound call of each."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

from resellers.models import Partner
from tests import billing, hooks, make
from tests.partner_program import CUSTOMER, PAID, as_segment

# All below /api/ota, and the codes of their tickets.
PREFIXES = ("/api/ota/", "/qr/{ticket_code}")
NOT_FOUND = (404, "not_found")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Route(NamedTuple):
    """One method of one entry of the URL table."""

    name: str
    method: str
    path: str  # "/api/ota/orders/{order_id}"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _nothing(partner: Partner) -> dict[str, str]:
    return {}


def _no_body(partner: Partner) -> dict[str, Any] | None:
    return None


@dataclass(frozen=True)
class Sample:
    """A call that succeeds with `status`; what it needs is made for a partner.

    `ids` fills the path and `body` the body with things of this partner; `absent` are ids of
    the same kind that nobody has, `malformed` what could never be one. `refers` names the
    fields of the body that hold such an id. `stranger` and `unreadable` are the answers to
    somebody else's id and to a malformed one.
    """

    status: int
    ids: Callable[[Partner], dict[str, str]] = _nothing
    body: Callable[[Partner], dict[str, Any] | None] = _no_body
    absent: dict[str, str] = field(default_factory=dict)
    malformed: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    stranger: tuple[int, str] = NOT_FOUND
    unreadable: tuple[int, str] = NOT_FOUND


def _reservation(partner: Partner) -> dict[str, str]:
    return {"reservation_id": str(make.reservation(of=partner).id)}


def _order(partner: Partner) -> dict[str, str]:
    return {"order_id": make.order(of=partner).order_id}


def _paid_order(partner: Partner) -> dict[str, str]:
    return {"order_id": make.order("CONFIRMED", of=partner).order_id}


def _ticket(partner: Partner) -> dict[str, str]:
    return {"ticket_code": make.premade_ticket(of=partner).code}


def _batch(partner: Partner) -> dict[str, str]:
    return {"batch_id": make.batch(of=partner).batch_id}


def _statement(partner: Partner) -> dict[str, str]:
    billing.sell(billing.batch(of=partner), billing.hong_kong("2026-01-10"))
    *_, closed = billing.close(partner, "2040-01-01")
    return {"statement_id": str(closed.pk)}


def _reseller(partner: Partner) -> dict[str, str]:
    return {"reseller_id": str(make.reseller(partner).pk)}


def _webhook(partner: Partner) -> dict[str, str]:
    return {"webhook_id": str(hooks.endpoint(partner).pk)}


def _delivery(partner: Partner) -> dict[str, str]:
    return {"delivery_id": str(hooks.delivered(partner).delivery_id)}


NO_UUID = (
    "x", "0", "null", "%00", "6f1c6b1e2f0e4f5e9a510d9e6b1f0a11", "a" * 2000, "..%2f..%2forders",
    "6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a1", "{6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11}", "%27", "%ff",
    "٣f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11", "6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11%0A",
)  # fmt: skip
NO_ORDER = ("x", "0", "%00", "ORD-", "a" * 2000, "%27%20OR%201%3D1--", "%ff", "ORD-1-١", "%0A")
ABSENT_UUID = {"reservation_id": str(uuid.UUID(int=5, version=4))}
ABSENT_ORDER = {"order_id": "ORD-1700000000000-00000000"}
OF_RESERVATION: dict[str, Any] = {"absent": ABSENT_UUID, "malformed": NO_UUID}
OF_STATEMENT: dict[str, Any] = {
    "absent": {"statement_id": str(uuid.UUID(int=5, version=4))},
    "malformed": NO_UUID,
}
ABSENT_TICKET = {"ticket_code": "CRUISE-2026-FERRY-1700000000000-0000000000000000"}
ABSENT_BATCH = {"batch_id": "NOBODYS-BATCH"}
NO_CODE = ("x", "0", "%00", "CRUISE-", "a" * 2000, "%27%20OR%201%3D1--", "%ff", "%0A", "CRUISE-١")
OF_TICKET: dict[str, Any] = {"absent": ABSENT_TICKET, "malformed": NO_CODE}
# Here, and only here, somebody else's ticket is told apart from none.
OF_QR: dict[str, Any] = {**OF_TICKET, "stranger": (403, "permission_denied")}
OF_BATCH: dict[str, Any] = {"absent": ABSENT_BATCH, "malformed": NO_CODE}
OF_ORDER: dict[str, Any] = {"absent": ABSENT_ORDER, "malformed": NO_ORDER}

ABSENT_RESELLER = {"reseller_id": "9223372036854775807"}
NO_RESELLER = (
    "x", "0", "-1", "00", "01", "1_0", "1.0", "%2B1", "%201", "%00", "9223372036854775808",
    "a" * 2000, "9" * 30, "%27%20OR%201%3D1--", "%ff", "%0A", "١", "５", "null",
)  # fmt: skip
OF_RESELLER: dict[str, Any] = {"absent": ABSENT_RESELLER, "malformed": NO_RESELLER}
A_RESELLER = {"reseller_code": "SAMPLE", "name": "Sample"}
ANOTHER = {"reseller_code": "ANOTHER", "name": "Another"}

OF_WEBHOOK: dict[str, Any] = {
    "absent": {"webhook_id": str(uuid.UUID(int=5, version=4))},
    "malformed": NO_UUID,
}
OF_DELIVERY: dict[str, Any] = {
    "absent": {"delivery_id": str(uuid.UUID(int=5, version=4))},
    "malformed": NO_UUID,
}

SAMPLES: dict[tuple[str, str], Sample] = {
    ("inventory", "GET"): Sample(200),
    ("reserve", "POST"): Sample(
        201, body=lambda _: {"product_id": make.product().pk, "quantity": 1}
    ),
    ("reservations", "GET"): Sample(200),
    ("reservation", "GET"): Sample(200, _reservation, **OF_RESERVATION),
    ("reservation", "DELETE"): Sample(204, _reservation, **OF_RESERVATION),
    ("reservation-activate", "POST"): Sample(201, _reservation, lambda _: PAID, **OF_RESERVATION),
    ("orders", "GET"): Sample(200),
    ("orders", "POST"): Sample(
        201,
        body=lambda partner: {**_reservation(partner), "customer_details": CUSTOMER},
        absent=ABSENT_UUID,
        refers=("reservation_id",),
    ),
    ("order", "GET"): Sample(200, _order, **OF_ORDER),
    ("order-tickets", "GET"): Sample(200, _paid_order, **OF_ORDER),
    ("activate", "POST"): Sample(
        200,
        body=lambda partner: {**_order(partner), "payment_reference": "PAY-1"},
        absent=ABSENT_ORDER,
        refers=("order_id",),
    ),
    ("bulk-generate", "POST"): Sample(
        201,
        body=lambda _: {"product_id": make.product().pk, "quantity": 2, "batch_id": "SAMPLE-1"},
    ),
    ("tickets", "GET"): Sample(200),
    ("ticket-activate", "POST"): Sample(200, _ticket, lambda _: PAID, **OF_TICKET),
    ("ticket-cancel", "POST"): Sample(200, _ticket, **OF_TICKET),
    ("batches", "GET"): Sample(200),
    ("batch", "GET"): Sample(200, _batch, **OF_BATCH),
    ("batch-analytics", "GET"): Sample(200, _batch, **OF_BATCH),
    ("batch-cancel", "POST"): Sample(200, _batch, **OF_BATCH),
    ("billing-summary", "GET"): Sample(200),
    ("statements", "GET"): Sample(200),
    ("statement", "GET"): Sample(200, _statement, **OF_STATEMENT),
    ("resellers", "GET"): Sample(200),
    ("resellers", "POST"): Sample(201, body=lambda _: A_RESELLER),
    ("reseller", "GET"): Sample(200, _reseller, **OF_RESELLER),
    ("reseller", "PATCH"): Sample(200, _reseller, lambda _: {"tier": "gold"}, **OF_RESELLER),
    ("reseller", "PUT"): Sample(200, _reseller, lambda _: ANOTHER, **OF_RESELLER),
    ("reseller", "DELETE"): Sample(204, _reseller, **OF_RESELLER),
    ("webhooks", "GET"): Sample(200),
    ("webhooks", "POST"): Sample(201, body=lambda _: {"url": "https://partner.example.com/hook"}),
    ("webhook", "GET"): Sample(200, _webhook, **OF_WEBHOOK),
    ("webhook", "PATCH"): Sample(
        200, _webhook, lambda _: {"events": ["ticket.used"]}, **OF_WEBHOOK
    ),
    ("webhook", "DELETE"): Sample(204, _webhook, **OF_WEBHOOK),
    ("webhook-secret", "POST"): Sample(200, _webhook, **OF_WEBHOOK),
    ("webhook-test", "POST"): Sample(202, _webhook, **OF_WEBHOOK),
    ("webhook-deliveries", "GET"): Sample(200, _webhook, **OF_WEBHOOK),
    ("delivery-replay", "POST"): Sample(202, _delivery, **OF_DELIVERY),
    ("qr", "POST"): Sample(200, _ticket, **OF_QR, unreadable=(400, "validation_failed")),
    ("qr-info", "GET"): Sample(200, _ticket, **OF_QR),
}


def all_routes() -> list[Route]:
    """Every method of everything partners call, as the URL table has it today."""
    return [
        Route(pattern.name or "", method, path)
        for path, pattern in below(get_resolver().url_patterns, "")
        for method in METHODS
        if hasattr(view_of(pattern), method.lower())
    ]


def is_for_partners(path: str) -> bool:
    """Whether a path of the schema is called with a partner's key."""
    return path.startswith(PREFIXES)


def view_of(pattern: URLPattern) -> type:
    return pattern.callback.view_class  # type: ignore[attr-defined]


def below(patterns: Any, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from below(pattern.url_patterns, route)
        elif is_for_partners(path := "/" + _named(route)):
            yield path, pattern


def _named(route: str) -> str:
    return route.replace("<str:", "{").replace("<int:", "{").replace("<", "{").replace(">", "}")


ROUTES = all_routes()


def sample(route: Route) -> Sample:
    return SAMPLES[route.name, route.method]


def addressed(route: Route, ids: dict[str, str]) -> str:
    """The path with these ids, which may be percent-encoded already."""
    return route.path.format(
        **{name: value if "%" in value else as_segment(value) for name, value in ids.items()}
    )
