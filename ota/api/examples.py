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

RESELLER_REQUEST = {
    "reseller_code": "HARBOUR",
    "name": "Harbour Tours",
    "contact": {"name": "Wong Siu Ming", "email": "wong@example.com", "phone": "+852 2345 6789"},
    "commission_rate": 0.125,
    "contract": {"start_date": "2026-10-01", "end_date": "2027-09-30"},
    "settlement_cycle": "weekly",
    "region": "Hong Kong Island",
    "tier": "gold",
}
RESELLER_PATCH = {"commission_rate": 0.15, "contract": {"end_date": None}}
A_RESELLER = {
    **RESELLER_REQUEST,
    "id": 17,
    "contact": {"name": "Wong Siu Ming", "email": "wong@example.com", "phone": "+85223456789"},
    "contract": {"start_date": "2026-10-01", "end_date": "2027-09-30", "status": "active"},
    "status": "active",
    "created_at": RESERVED_AT,
    "updated_at": RESERVED_AT,
}

BATCH_ID = "BATCH_2026_Q4_001"
BATCH_CODE = "CRUISE-2026-FERRY-1795183731541-3D8Z0XQ5W9RNB6KT"
BATCH_MADE_AT, BATCH_ENDS_AT = RESERVED_AT, "2026-12-20T22:08:51.541170+08:00"
RESELLER = {"intended_reseller": "Harbour Tours", "batch_purpose": "Counter sales"}
CAMPAIGN = {
    "campaign_type": "early_bird",
    "campaign_name": "Winter 2026 Early Bird",
    "special_conditions": ["valid_weekends_only"],
    "marketing_tags": ["premium", "family_friendly"],
    "promotional_code": "WINTER26",
}
BULK_REQUEST = {
    "product_id": 106,
    "quantity": 1,
    "batch_id": BATCH_ID,
    "distribution_mode": "reseller_batch",
    "reseller_metadata": RESELLER,
    "batch_metadata": CAMPAIGN,
    "special_pricing": {
        "base_price": 250,
        "customer_type_pricing": [{"customer_type": "child", "price": 150}],
        "weekend_premium": 25,
        "currency": "HKD",
    },
}
OF_THE_BATCH = {
    "batch_id": BATCH_ID,
    "product_id": 106,
    "distribution_mode": "reseller_batch",
    "reseller_id": None,
    "reseller_metadata": RESELLER,
    "batch_metadata": CAMPAIGN,
    "pricing_snapshot": {
        "base_price": 250,
        "weekend_premium": 25,
        "currency": "HKD",
        "customer_type_pricing": [{"customer_type": "child", "price": 150}],
        "customer_discounts": {},
        "special_dates": {},
    },
    "expires_at": BATCH_ENDS_AT,
    "created_at": BATCH_MADE_AT,
}
GENERATED = {
    **OF_THE_BATCH,
    "total_generated": 1,
    "tickets": [
        {
            "ticket_code": BATCH_CODE,
            "qr_code": TICKETS[0]["qr_code"],
            "status": "PRE_GENERATED",
            "entitlements": TICKETS[0]["entitlements"],
            "reseller_metadata": RESELLER,
        }
    ],
}
COUNTS = {"PRE_GENERATED": 0, "ACTIVE": 1, "USED": 0, "EXPIRED": 0, "CANCELLED": 0}
BATCH = {**OF_THE_BATCH, "quantity": 1, "counts": COUNTS}
BATCH_ANALYTICS = {
    "batch_id": BATCH_ID,
    "campaign_type": CAMPAIGN["campaign_type"],
    "campaign_name": CAMPAIGN["campaign_name"],
    "generated_at": BATCH_MADE_AT,
    "tickets_generated": 1,
    "tickets_activated": 1,
    "conversion_rates": {"activation_rate": 1},
    "batch_metadata": {"marketing_tags": ["premium"], "promotional_code": "WINTER26"},
}
CANCELLED_BATCH = {"batch_id": BATCH_ID, "cancelled": 0}
TICKET_SUMMARY = {
    "ticket_code": BATCH_CODE,
    "status": "ACTIVE",
    "product_id": 106,
    "batch_id": BATCH_ID,
    "reseller_id": None,
    "order_id": ORDER_ID,
    "customer_type": "child",
    "price": 175,
    "created_at": BATCH_MADE_AT,
    "activated_at": PAID_AT,
}
TICKET_ACTIVATION = {
    "customer_details": CUSTOMER,
    "payment_reference": "PAY-2026-000018",
    "customer_type": "child",
    "visit_date": "2026-12-26",
}
ACTIVATED_TICKET = {
    "ticket_code": BATCH_CODE,
    "order_id": ORDER_ID,
    "customer_name": CUSTOMER["name"],
    "status": "ACTIVE",
    "activated_at": PAID_AT,
    "total_amount": 175,
    "currency": "HKD",
}
CANCELLED_TICKET = {
    "ticket_code": BATCH_CODE,
    "status": "CANCELLED",
    "cancelled_at": PAID_AT,
}


def page_of(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A list with one row; `next_cursor` is null on its last page."""
    return {name: [row], "total_count": 1, "page": 1, "page_size": 100, "next_cursor": None}
