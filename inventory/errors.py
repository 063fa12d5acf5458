"""All that the stock declines."""

from config.errors import Conflict, NotFound, NotPermitted, Unacceptable


class SoldOut(Conflict):
    """Fewer units are left in the channel than were asked for."""

    code = "insufficient_inventory"
    title = "Not enough units left"
    remedy = (
        "Ask for fewer units, or look at the inventory again: holds of others lapse all the time."
    )


class UnknownProduct(Unacceptable):
    """No active product of this id is sold in the channel."""

    code = "unknown_product"
    title = "Unknown product"
    remedy = "Take the product ids from the inventory."


class UnknownCustomerType(Unacceptable):
    """No such customer type exists."""

    code = "unknown_customer_type"
    title = "Unknown customer type"
    remedy = "Take the customer types from pricing_context.product_customer_types."


class CompositionMismatch(Unacceptable):
    """The units by customer type are not the units of the reservation."""

    code = "composition_mismatch"
    title = "Customer types do not add up"
    remedy = "Send customer_types that add up to the reserved quantity, or one customer_type."


class BelowCommitted(Conflict):
    """A pool would fall below what it has already promised, or above the product's capacity."""

    code = "allocation_below_committed"
    title = "Allocation cannot be moved"


class CheckFailed(Conflict):
    """A check that protects the giving channel does not hold."""

    code = "reallocation_check_failed"
    title = "Reallocation check failed"


class StockMoved(Conflict):
    """The stock is no longer what the preview showed."""

    code = "stock_changed"
    title = "Stock changed meanwhile"


class AlreadyMoved(Conflict):
    """This reallocation was carried out before; it is never carried out twice."""

    code = "already_moved"
    title = "Moved already"


class UnknownRelease(NotFound):
    """No emergency release has this id."""

    code = "release_not_found"
    title = "Emergency release not found"


class ReleaseDecided(Conflict):
    """The emergency release was approved, rejected or withdrawn before."""

    code = "release_decided"
    title = "Emergency release is decided"


class ReleaseExpired(Conflict):
    """Nobody approved the emergency release in time."""

    code = "release_expired"
    title = "Emergency release has expired"


class OtherAccountNeeded(NotPermitted):
    """An emergency release is decided by another account than the one that asked for it."""

    code = "other_account_needed"
    title = "Another account has to decide"


class RequesterOnly(NotPermitted):
    """Only the account that asked for an emergency release withdraws it."""

    code = "requester_only"
    title = "Only the requester can withdraw"
