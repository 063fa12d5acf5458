"""What the partner channel remembers, whom it tells, and the accounts of the staff themselves."""

from . import (
    business,
    channel,
    entrance,
    history,
    reallocation,
    releases,
    staff,
    usage,
    webhooks,
)

__all__ = [
    "business",
    "channel",
    "entrance",
    "history",
    "reallocation",
    "releases",
    "staff",
    "usage",
    "webhooks",
]
