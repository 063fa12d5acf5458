"""What the partner channel remembers, and the accounts of the staff themselves."""

from . import channel, entrance, staff

__all__ = ["channel", "entrance", "staff"]
