"""What the partner channel remembers, and the accounts of the staff themselves."""

from . import business, channel, staff, usage

__all__ = ["business", "channel", "staff", "usage"]
