"""What the partner channel remembers beside the business, and what it watches."""

from .alerts import Alert, Heartbeat
from .authenticators import Authenticator
from .calls import ApiCall, IdempotencyRecord

__all__ = ["Alert", "ApiCall", "Authenticator", "Heartbeat", "IdempotencyRecord"]
