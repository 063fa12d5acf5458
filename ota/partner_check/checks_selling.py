"""Selling what was held: at once, or order first and money later."""

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from .answers import keys, need
from .run import CUSTOMER, Run

AN_ORDER_WAITS = timedelta(minutes=10)
PNG = b"\x89PNG\r\n\x1a\n"


def reserve_and_activate(run: Run) -> str:
    """Reserve, activate, and the order is there with its tickets and QR codes."""
    run.needs_undo()
    made = run.reserve(2)
    path = f"reservations/{made['reservation_id']}/activate"
    sold = run.client.post(path, {**sale(run), "pricing_context": {"visit_date": "2026-12-26"}})
    order = sold.expect(201)
    run.will_cancel_tickets(ticket["ticket_code"] for ticket in order["tickets"])
    keys(
        order, "order_id", "confirmation_code", "total_amount", "currency", "status", "tickets",
        where="the order",
    )  # fmt: skip
    need(len(order["tickets"]) == 2, f"2 units, {len(order['tickets'])} tickets")
    due = 2 * weekend_price(made["pricing_snapshot"])
    need(Decimal(str(order["total_amount"])) == due, f"{due} due, {order['total_amount']} charged")
    run.client.post(path, sale(run)).refused(409, "reservation_already_activated")
    same_tickets(run, order["order_id"], order["tickets"])
    return f"{order['total_amount']} {order['currency']}, as the rule of prices has it"


def order_first(run: Run) -> str:
    """Order first, pay later: the order waits, and one report of the payment issues its tickets."""
    run.needs_undo()
    end = datetime.now(UTC) + AN_ORDER_WAITS  # should it stay unpaid
    made = run.reserve(reservation_expires_at=end.isoformat())
    wish = {"reservation_id": made["reservation_id"], "customer_details": CUSTOMER}
    order = run.client.post("orders", wish).expect(201)
    keys(
        order, "order_id", "status", "payment_required", "webhook_url", "expires_at",
        where="the order",
    )  # fmt: skip
    need(order["status"] == "PENDING_PAYMENT", f"its status is {order['status']}")
    report = {"order_id": order["order_id"], "payment_reference": run.name}
    paid = run.client.post("activate", report).expect(200)
    run.will_cancel_tickets(ticket["ticket_code"] for ticket in paid["tickets"])
    need(len(paid["tickets"]) == 1, f"1 unit, {len(paid['tickets'])} tickets")
    run.client.post("activate", report).refused(409, "order_already_confirmed")
    same_tickets(run, order["order_id"], paid["tickets"])
    return "the payment was reported with the key; a payment provider signs its notices"


def unsigned_payment(run: Run) -> str:
    """A payment notice without a signature is refused: 401 invalid_signature."""
    notice = {"event_id": run.name, "order_id": "ORD-1", "status": "paid", "amount": 1}
    run.client.post("/payments/notify", notice, key=None).refused(401, "invalid_signature")
    return ""


def sale(run: Run) -> dict[str, Any]:
    return {"customer_details": CUSTOMER, "payment_reference": run.name}


def weekend_price(snapshot: dict[str, Any]) -> Decimal:
    """What an adult pays on a Saturday, by the rule of the guide on prices."""
    day = Decimal(str(snapshot["base_price"])) + Decimal(str(snapshot["weekend_premium"]))
    multiplier = snapshot["special_dates"].get("2026-12-26", {}).get("multiplier", 1)
    discount = Decimal(str(snapshot["customer_discounts"].get("adult", 0)))
    return max(day * Decimal(str(multiplier)) - discount, Decimal(0)).quantize(Decimal("0.01"))


def same_tickets(run: Run, order_id: str, tickets: list[dict[str, Any]]) -> None:
    """The order, the list of orders and its tickets tell what was sold, with the same QR codes."""
    shown = run.client.get(f"orders/{order_id}").expect(200)
    need(shown["status"] == "CONFIRMED", f"order {order_id} is {shown['status']}")
    need(shown["payment_reference"] == run.name, "the order lacks its payment reference")
    listed = run.client.get("orders?limit=10").expect(200)["orders"]
    need(order_id in [each["order_id"] for each in listed], "the list of orders lacks it")
    again = run.client.get(f"orders/{order_id}/tickets").expect(200)["tickets"]
    qr_codes = {ticket["ticket_code"]: ticket["qr_code"] for ticket in tickets}
    need(
        {ticket["ticket_code"]: ticket["qr_code"] for ticket in again} == qr_codes,
        "the tickets of the order have other codes or QR images",
    )
    for qr_code in qr_codes.values():
        need(picture(qr_code).startswith(PNG), "a qr_code is no PNG")


def picture(qr_code: str) -> bytes:
    """The bytes of a picture that came as data URI."""
    head, _, data = qr_code.partition(",")
    need(head == "data:image/png;base64", f"a picture begins with {head[:40]}")
    return base64.b64decode(data, validate=True)
