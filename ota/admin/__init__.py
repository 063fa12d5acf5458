"""What the partner channel remembers, and the accounts of the staff themselves."""

from . import channel, history, reallocation, releases, staff

__all__ = ["channel", "history", "reallocation", "releases", "staff"]
