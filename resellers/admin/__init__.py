"""Partners and resellers are edited here; credentials are issued, rotated and revoked."""

from . import credentials, partners, resellers

__all__ = ["credentials", "partners", "resellers"]
