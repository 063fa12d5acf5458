"""Partners and resellers are edited here; credentials are issued, rotated and revoked."""

from . import credentials, partner_history, partners, reseller_history, resellers

__all__ = ["credentials", "partner_history", "partners", "reseller_history", "resellers"]
