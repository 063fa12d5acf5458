"""Everything that reads a body: what is sound to send there, and how it is sent."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from resellers import payment_secrets
from resellers.models import Partner
from tests import gate, hooks, make
from tests.openapi import Answer
from tests.partner_program import CUSTOMER, Program, program
from ticketing import notices
from ticketing.models import Ticket

LONGEST_NOTICE = 64 * 1024
CONTEXTS: list[dict[str, Any]] = [
    {"visit_date": "2026-12-24", "customer_types": {"adult": 1, "child": 1}},
    {"visit_date": "2026-12-24", "customer_type": "child"},
]
USUAL_LENGTH = 256 * 1024


class Endpoint(NamedTuple):
    """Something that reads a body: what is sound to send, and how it is sent.

    Where the body is `optional`, none at all is sound too; null is where a field is `nullable`.
    """

    path: str
    sound: dict[str, Any]
    send: Callable[[bytes, str | None], Answer]
    longest: int = USUAL_LENGTH
    optional: bool = False
    nullable: frozenset[str] = frozenset()


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
    yield from of_resellers(mine)
    yield from of_webhooks(mine)
    yield from at_gates(mine, make.ticket(of=owner))


def of_resellers(mine: Program) -> Iterator[Endpoint]:
    """The registry, in which most may be absent."""
    made = make.reseller(mine.owner)

    def call(method: str, path: str) -> Callable[[bytes, str | None], Answer]:
        return lambda body, kind: mine.call(method, path, body, content_type=kind)

    contact, contract = CUSTOMER, {"start_date": "2026-10-01", "end_date": "2027-09-30"}
    terms = {"commission_rate": 0.1255, "contract": contract, "tier": "gold", "region": "Kowloon"}
    wish = {"reseller_code": "HOSTILE-1", "name": "Acme", "contact": contact, **terms}
    inner = [f"contact.{name}" for name in contact] + [f"contract.{name}" for name in contract]
    nullable = frozenset(["contact", "contract", "tier", "region", *inner])
    for method, path in (
        ("PATCH", "{reseller_id}"),
        ("PUT", "{reseller_id}"),
        ("POST", "resellers"),
    ):
        where = "resellers" if method == "POST" else f"resellers/{made.pk}"
        sound = {**wish, "reseller_code": f"HOSTILE-{method}"}
        yield Endpoint(path, sound, call(method, where), nullable=nullable)


def of_webhooks(mine: Program) -> Iterator[Endpoint]:
    """Whom the partner wants told what."""
    made = hooks.endpoint(mine.owner)

    def call(method: str, path: str) -> Callable[[bytes, str | None], Answer]:
        return lambda body, kind: mine.call(method, path, body, content_type=kind)

    wish = {"url": "https://hostile.example.com/hook?a=1", "events": ["ticket.used"]}
    yield Endpoint("webhooks", wish, call("POST", "webhooks"))
    change = {**wish, "url": "https://other.example.com/hook", "status": "active"}
    yield Endpoint("{webhook_id}", change, call("PATCH", f"webhooks/{made.pk}"))


def at_gates(mine: Program, ticket: Ticket) -> Iterator[Endpoint]:
    """What is asked about the QR of a ticket, by its partner and by a device."""
    _, key = gate.keyed_scanner()

    def post(path: str) -> Callable[[bytes, str | None], Answer]:
        headers = {"x-scanner-key": key}
        return lambda body, kind: mine.post(path, body, content_type=kind, headers=headers)

    path = f"/qr/{ticket.code}"
    wish = {"qr_type": "url", "expiry_minutes": 5}
    yield Endpoint("/qr/{ticket_code}", wish, post(path), optional=True)
    shown = {"qr": gate.printed(ticket)}
    yield Endpoint("/venue/inspect", shown, post("/venue/inspect"))
    asked = {"function_code": gate.BOARDING, "scan_id": str(uuid.uuid4()), "session_code": "S-1"}
    yield Endpoint("/venue/scan", {**shown, **asked}, post("/venue/scan"))


def notifier(owner: Partner) -> Callable[[bytes, str | None], Answer]:
    secret = payment_secrets.add(owner, at=make.now()).encode()

    def notify(body: bytes, kind: str | None) -> Answer:
        headers = {
            "X-Payment-Source": owner.partner_id,
            "X-Payment-Signature": notices.sign(secret, body, at=make.now()),
        }
        return Program(None).post("/payments/notify", body, headers=headers, content_type=kind)

    return notify
