"""What the partner channel remembers, whom it tells, and the accounts of the staff themselves."""

from . import business, channel, entrance, staff, usage, webhooks

__all__ = ["business", "channel", "entrance", "staff", "usage", "webhooks"]
