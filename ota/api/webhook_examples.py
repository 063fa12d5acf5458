"""What partners are shown of webhooks in the schema."""

from . import examples

WEBHOOK_ID = "5f3c1d0e-6a53-4c7e-9d8e-2f1b7c9a4e60"
WEBHOOK_REQUEST = {
    "url": "https://partner.example.com/gangway/webhooks",
    "events": ["inventory.increased", "ticket.used"],
}
WEBHOOK_PATCH = {"events": ["inventory.increased", "inventory.low", "ticket.used"]}
WEBHOOK = {
    "id": WEBHOOK_ID,
    **WEBHOOK_REQUEST,
    "status": "active",
    "disabled_at": None,
    "disabled_reason": None,
    "failing_since": None,
    "last_success_at": examples.PAID_AT,
    "created_at": examples.RESERVED_AT,
}
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDMjM4YzA1NDE="  # noqa: S105  made up
CREATED = {**WEBHOOK, "last_success_at": None, "secret": SECRET}
NEW_SECRET = {"id": WEBHOOK_ID, "secret": SECRET, "previous_valid_until": examples.LAPSES_AT}
DELIVERY = {
    "delivery_id": "b7a9f1c2-3d4e-4f5a-8b6c-7d8e9f0a1b2c",
    "event_id": "0d6a7f0e-9c0b-5a57-8f5e-53c9e8c1a1d4",
    "event_type": "inventory.increased",
    "state": "delivered",
    "attempts": 1,
    "next_attempt_at": None,
    "first_attempt_at": examples.PAID_AT,
    "last_attempt_at": examples.PAID_AT,
    "delivered_at": examples.PAID_AT,
    "response_status": 204,
    "response_milliseconds": 38,
    "error": None,
    "body": '{"type":"inventory.increased","timestamp":"2026-11-20T22:15:05.000000+08:00",'
    '"data":{"product_id":106,"available_quantity":2100,"increased_by":100}}',
    "created_at": examples.PAID_AT,
}
QUEUED = {
    **DELIVERY,
    "state": "pending",
    "attempts": 0,
    "next_attempt_at": examples.PAID_AT,
    "first_attempt_at": None,
    "last_attempt_at": None,
    "delivered_at": None,
    "response_status": None,
    "response_milliseconds": None,
}
QUEUED_TEST = {
    **QUEUED,
    "event_type": "webhook.test",
    "body": '{"type":"webhook.test","timestamp":"2026-11-20T22:15:07.206417+08:00",'
    f'"data":{{"webhook_id":"{WEBHOOK_ID}"}}}}',
}
