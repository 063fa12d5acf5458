"""Which permission each partner route asks for: the one table.

A route is named as in the URL table; a route or method that is not listed here admits
nobody (`tests/ota/test_routes.py` walks the URL table and compares).
"""

ROUTES: dict[str, dict[str, str]] = {
    "inventory": {"GET": "inventory:read"},
    "reserve": {"POST": "reservations:write"},
    "reservations": {"GET": "reservations:read"},
    "reservation": {"GET": "reservations:read", "DELETE": "reservations:write"},
    "reservation-activate": {"POST": "orders:write"},
    "orders": {"GET": "orders:read", "POST": "orders:write"},
    "order": {"GET": "orders:read"},
    "order-tickets": {"GET": "orders:read"},
    "activate": {"POST": "orders:write"},
    "bulk-generate": {"POST": "tickets:bulk-generate"},
    "tickets": {"GET": "tickets:read"},
    "ticket-activate": {"POST": "tickets:activate"},
    "ticket-cancel": {"POST": "tickets:cancel"},
    "batches": {"GET": "batches:read"},
    "batch": {"GET": "batches:read"},
    "batch-analytics": {"GET": "batches:read"},
    "batch-cancel": {"POST": "tickets:cancel"},
    "billing-summary": {"GET": "billing:read"},
    "statements": {"GET": "billing:read"},
    "statement": {"GET": "billing:read"},
    "resellers": {"GET": "resellers:read", "POST": "resellers:write"},
    "reseller": {
        "GET": "resellers:read",
        "PATCH": "resellers:write",
        "PUT": "resellers:write",
        "DELETE": "resellers:write",
    },
    "webhooks": {"GET": "webhooks:manage", "POST": "webhooks:manage"},
    "webhook": {
        "GET": "webhooks:manage",
        "PATCH": "webhooks:manage",
        "DELETE": "webhooks:manage",
    },
    "webhook-secret": {"POST": "webhooks:manage"},
    "webhook-test": {"POST": "webhooks:manage"},
    "webhook-deliveries": {"GET": "webhooks:manage"},
    "delivery-replay": {"POST": "webhooks:manage"},
    "qr": {"POST": "qr:generate"},
    "qr-info": {"GET": "tickets:read"},
}

ALL_PERMISSIONS = (
    "inventory:read",
    "reservations:read",
    "reservations:write",
    "orders:read",
    "orders:write",
    "tickets:read",
    "tickets:bulk-generate",
    "tickets:activate",
    "tickets:cancel",
    "batches:read",
    "resellers:read",
    "resellers:write",
    "billing:read",
    "qr:generate",
    "webhooks:manage",
)


def required(route: str, method: str) -> str | None:
    """The permission a call needs, or None where the table does not know it."""
    return ROUTES.get(route, {}).get("GET" if method == "HEAD" else method)
