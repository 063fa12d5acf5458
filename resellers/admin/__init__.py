"""Partners and resellers are edited here; credentials are issued, rotated and revoked."""

from . import credentials, partners, reseller_history, resellers

__all__ = ["credentials", "partners", "reseller_history", "resellers"]
