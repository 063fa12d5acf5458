"""What the partner channel remembers beside the business, and what it watches."""

from .alerts import Alert, AlertThreshold, Heartbeat
from .authenticators import Authenticator
from .calls import ApiCall, IdempotencyRecord
from .webhooks import (
    TEST_EVENT,
    Delivery,
    Event,
    Horizon,
    PartnerMail,
    WebhookEndpoint,
    WebhookSecret,
)

__all__ = [
    "TEST_EVENT",
    "Alert",
    "AlertThreshold",
    "ApiCall",
    "Authenticator",
    "Delivery",
    "Event",
    "Heartbeat",
    "Horizon",
    "IdempotencyRecord",
    "PartnerMail",
    "WebhookEndpoint",
    "WebhookSecret",
]
