"""What customers are shown in the schema: one purchase of two units of product 106."""

from typing import Any

from django.conf import settings

ORDER_ID = "ORD-1795183242077-8S0VQ2ZK"
ORDERED_AT = "2026-11-20T22:08:51.541170+08:00"
LAPSES_AT = "2026-11-20T22:38:51.541170+08:00"
EMAIL = "chan@example.com"

CATALOG = {
    "products": [
        {
            "id": 106,
            "name": "Premium Plan",
            "available_quantity": 1000,
            "base_prices": {"weekday": 288, "weekend": 318},
            "customer_discounts": {"child": 100, "elderly": 50, "student": 50},
            "entitlements": [
                {"function_code": "FERRY_BOARDING", "uses": 1},
                {"function_code": "VIP_GIFT", "uses": 1},
                {"function_code": "PLAYGROUND_TOKEN", "uses": 10},
            ],
            "currency": "HKD",
        }
    ],
    "special_dates": {"2025-12-31": {"multiplier": 1.5}, "2026-02-18": {"multiplier": 1.3}},
}

REGISTRATION = {"email": EMAIL, "password": "a long walk along the pier", "name": "陳大文"}
REGISTERED = {"email": EMAIL}
CREDENTIALS = {"email": EMAIL, "password": "a long walk along the pier"}
REFRESH = {"refresh": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.kY…"}
TOKENS = {
    "access": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.qE…",
    **REFRESH,
}

ORDER_REQUEST = {
    "product_id": 106,
    "quantity": 2,
    "pricing_context": {"visit_date": "2026-12-24", "customer_types": {"adult": 1, "child": 1}},
    "customer_details": {"name": "陳大文", "email": EMAIL, "phone": "+85298765432"},
}
DUE = {"amount": 476, "currency": "HKD"}
PENDING_ORDER = {
    "order_id": ORDER_ID,
    "status": "PENDING_PAYMENT",
    "payment_required": DUE,
    "webhook_url": f"{settings.PUBLIC_BASE_URL}/payments/notify",
    "expires_at": LAPSES_AT,
}
ORDER = {
    "order_id": ORDER_ID,
    "confirmation_code": "7R2YXQ0M4T",
    "product_id": 106,
    "quantity": 2,
    "total_amount": 476,
    "currency": "HKD",
    "status": "PENDING_PAYMENT",
    "payment_reference": None,
    "reservation_id": "5b2f4c1e-09d7-4a55-8b3e-2f6f1e9a7c40",
    "customer_details": {"name": "陳大文", "email": EMAIL, "phone": "+85298765432"},
    "created_at": ORDERED_AT,
    "confirmed_at": None,
    "payment_required": DUE,
    "expires_at": LAPSES_AT,
}
CANCELLED_ORDER = {**ORDER, "status": "CANCELLED", "payment_required": None, "expires_at": None}


def ticket(noise: str, customer_type: str, price: int) -> dict[str, Any]:
    return {
        "ticket_code": f"CRUISE-2026-FERRY-1795184107206-{noise}",
        "qr_code": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAPYAAAD2AQAAAADNaU…",
        "status": "ACTIVE",
        "entitlements": [
            {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
            {"function_code": "VIP_GIFT", "remaining_uses": 1},
            {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
        ],
        "customer_type": customer_type,
        "price": price,
    }


TICKETS = [ticket("0Q9W5RNB63D8Z0XQ", "adult", 288), ticket("K7Q2M9XDBR4TVWZC", "child", 188)]


def page_of(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A list with one row; `next_cursor` is null on its last page."""
    return {name: [row], "total_count": 1, "page": 1, "page_size": 100, "next_cursor": None}
