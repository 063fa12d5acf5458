"""Memory that is free again, returned to the system."""

import ctypes


def give_back() -> None:
    """Hand freed memory back, where the C library can; else it keeps what a large answer took."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
    if trim is not None:
        trim(0)
