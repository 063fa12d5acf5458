"""All that reservations, orders, tickets and payments decline."""

from config.errors import Conflict, NotFound, Refusal, Unacceptable


class ReservationNotFound(NotFound):
    """No such reservation of this partner."""


class OrderNotFound(NotFound):
    """No such order of this partner."""


class ReservationExpired(Conflict):
    """The hold has lapsed; its units are free again."""

    code = "reservation_expired"
    title = "Reservation expired"


class ReservationAlreadyActivated(Conflict):
    """The hold has become an order."""

    code = "reservation_already_activated"
    title = "Reservation already activated"


class ReservationCancelled(Conflict):
    """The hold was cancelled."""

    code = "reservation_cancelled"
    title = "Reservation cancelled"


class ReservationHasOrder(Conflict):
    """An unpaid order already waits on this reservation: pay that one."""

    code = "reservation_has_order"
    title = "Reservation already ordered"


class ExpiryOutOfRange(Unacceptable):
    """The wished expiry is past, or later than a reservation may last."""

    code = "expiry_out_of_range"
    title = "Expiry out of range"


class OrderAlreadyConfirmed(Conflict):
    """The order is paid; its tickets are issued."""

    code = "order_already_confirmed"
    title = "Order already confirmed"


class OrderNotPayable(Conflict):
    """The order was cancelled, or expired before it was paid."""

    code = "order_not_payable"
    title = "Order cannot be paid any more"


class IllegalMove(Conflict):
    """A status that does not follow from the present one."""

    code = "illegal_status_change"
    title = "Status change not possible"


class InvalidSignature(Refusal):
    """The payment notice does not carry a valid signature of its source."""

    status = 401
    code = "invalid_signature"
    title = "Signature not valid"


class MalformedNotice(Refusal):
    """The payment notice is signed, but cannot be understood."""

    status = 400
    code = "malformed_notice"
    title = "Payment notice malformed"
