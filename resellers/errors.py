"""All that is declined about resellers."""

from config.errors import Conflict, NotFound, Unacceptable


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


class DuplicatePartner(Conflict):
    """There is another partner with this id."""

    code = "duplicate_partner"
    title = "Partner id taken"
    remedy = "Choose another partner id, or change the partner that has this one."


class KeyEnded(Conflict):
    """The key has expired or was revoked: it cannot be changed any more."""

    code = "key_ended"
    title = "Key has ended"
    remedy = "Issue a new key."


class ResellerNotFound(NotFound):
    """No such reseller of this partner."""


class DuplicateReseller(Conflict):
    """The partner has another reseller with this code."""

    code = "duplicate_reseller"
    title = "Reseller code taken"
    remedy = "Use another reseller_code, or change the reseller that has this one."


class ContractEndsFirst(Unacceptable):
    """The contract would end before it starts."""

    code = "contract_ends_first"
    title = "Contract ends before it starts"
    remedy = "Send start_date and end_date together where both move."
