"""What the partner channel remembers beside the business, and what it watches."""

from .alerts import Alert, AlertThreshold, Heartbeat
from .calls import ApiCall, IdempotencyRecord

__all__ = ["Alert", "AlertThreshold", "ApiCall", "Heartbeat", "IdempotencyRecord"]
