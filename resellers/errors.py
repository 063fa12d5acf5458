"""All that is declined about resellers."""

from config.errors import Conflict, Unacceptable


class ResellerInactive(Conflict):
    """The reseller is deactivated, or its contract is not in force today."""

    code = "reseller_inactive"
    title = "Reseller not active"
    remedy = "Choose a reseller whose contract is in force, or renew this one's."


class UnknownReseller(Unacceptable):
    """No reseller of this partner has the id or code that was named."""

    code = "unknown_reseller"
    title = "Unknown reseller"
    remedy = "Take reseller_id or reseller_code from your list of resellers."
