"""What partners are shown in the schema: one journey of two units of product 106."""

from typing import Any

from django.conf import settings

RESERVATION_ID = "0b876a04-e08c-4eee-aab3-18d5444e8d90"
ORDER_ID = "ORD-1795183242077-44PM756G"
RESERVED_AT = "2026-11-20T22:08:51.541170+08:00"
LAPSES_AT = "2026-11-21T22:08:51.541170+08:00"
PAID_AT = "2026-11-20T22:15:07.206417+08:00"

CUSTOMER = {"name": "陳大文", "email": "chan@example.com", "phone": "+85298765432"}
PRICING_CONTEXT = {"visit_date": "2026-12-24", "customer_types": {"adult": 1, "child": 1}}
SPECIAL_DATES = {"2025-12-31": {"multiplier": 1.5}, "2026-02-18": {"multiplier": 1.3}}
DISCOUNTS = {"child": 100, "elderly": 50, "student": 50}

INVENTORY = {
    "available_quantities": {"106": 2000},
    "pricing_context": {
        "base_prices": {"106": {"weekday": 288, "weekend": 318}},
        "customer_types": ["adult", "child", "elderly"],
        "product_customer_types": {"106": ["adult", "child", "elderly", "student"]},
        "special_dates": SPECIAL_DATES,
        "customer_discounts": {"106": DISCOUNTS},
    },
}

RESERVATION_REQUEST = {"product_id": 106, "quantity": 2}
RESERVATION = {
    "reservation_id": RESERVATION_ID,
    "product_id": 106,
    "quantity": 2,
    "status": "active",
    "reserved_until": LAPSES_AT,
    "expires_at": LAPSES_AT,
    "pricing_snapshot": {
        "base_price": 288,
        "weekend_premium": 30,
        "currency": "HKD",
        "customer_type_pricing": [],
        "customer_discounts": DISCOUNTS,
        "special_dates": SPECIAL_DATES,
    },
    "created_at": RESERVED_AT,
}
RESERVATION_ACTIVATION = {
    "customer_details": CUSTOMER,
    "payment_reference": "PAY-2026-000017",
    "special_requests": "A window seat, please.",
    "pricing_context": PRICING_CONTEXT,
}


def ticket(noise: str, customer_type: str, price: int) -> dict[str, Any]:
    return {
        "ticket_code": f"CRUISE-2026-FERRY-1795184107206-{noise}",
        "qr_code": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAALQAAAC0AQAAAAAVtx…",
        "status": "ACTIVE",
        "entitlements": [
            {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
            {"function_code": "VIP_GIFT", "remaining_uses": 1},
            {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
        ],
        "customer_type": customer_type,
        "price": price,
    }


TICKETS = [ticket("3D8Z0XQ5W9RNB6KT", "adult", 288), ticket("K7Q2M9XDBR4TVWZC", "child", 188)]
CONFIRMED_ORDER = {
    "order_id": ORDER_ID,
    "confirmation_code": "QYZ11SQD4J",
    "total_amount": 476,
    "currency": "HKD",
    "status": "CONFIRMED",
    "tickets": TICKETS,
}

ORDER_REQUEST = {
    "reservation_id": RESERVATION_ID,
    "customer_details": CUSTOMER,
    "pricing_context": PRICING_CONTEXT,
}
PENDING_ORDER = {
    "order_id": ORDER_ID,
    "status": "PENDING_PAYMENT",
    "payment_required": {"amount": 476, "currency": "HKD"},
    "webhook_url": f"{settings.PUBLIC_BASE_URL}/payments/notify",
    "expires_at": LAPSES_AT,
}
ACTIVATION = {"order_id": ORDER_ID, "payment_reference": "PAY-2026-000017"}
ACTIVATED = {"order_id": ORDER_ID, "activation_status": "success", "tickets": TICKETS}
ORDER = {
    "order_id": ORDER_ID,
    "confirmation_code": "QYZ11SQD4J",
    "product_id": 106,
    "quantity": 2,
    "total_amount": 476,
    "currency": "HKD",
    "status": "CONFIRMED",
    "payment_reference": "PAY-2026-000017",
    "reservation_id": RESERVATION_ID,
    "batch_id": None,
    "customer_details": CUSTOMER,
    "created_at": RESERVED_AT,
    "confirmed_at": PAID_AT,
}


def page_of(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A list with one row; `next_cursor` is null on its last page."""
    return {name: [row], "total_count": 1, "page": 1, "page_size": 100, "next_cursor": None}
