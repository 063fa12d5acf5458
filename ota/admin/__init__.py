"""What the partner channel remembers, whom it tells, and the accounts of the staff themselves."""

from . import channel, staff, webhooks

__all__ = ["channel", "staff", "webhooks"]
