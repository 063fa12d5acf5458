"""Partners are edited here; their credentials are issued, rotated and revoked."""

from . import credentials, partners

__all__ = ["credentials", "partners"]
