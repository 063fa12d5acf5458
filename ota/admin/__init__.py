"""What the partner channel remembers, and the accounts of the staff themselves."""

from . import channel, staff

__all__ = ["channel", "staff"]
