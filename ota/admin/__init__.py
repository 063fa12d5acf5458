"""What the partner channel remembers, whom it tells, and the accounts of the staff themselves."""

from . import (
    alerts,
    business,
    channel,
    deliveries,
    entrance,
    history,
    reallocation,
    releases,
    staff,
    thresholds,
    usage,
    webhooks,
)

__all__ = [
    "alerts",
    "business",
    "channel",
    "deliveries",
    "entrance",
    "history",
    "reallocation",
    "releases",
    "staff",
    "thresholds",
    "usage",
    "webhooks",
]
