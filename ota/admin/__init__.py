"""What the partner channel remembers and watches, and the accounts of the staff themselves."""

from . import alerts, channel, staff, thresholds

__all__ = ["alerts", "channel", "staff", "thresholds"]
