"""All that reservations, orders, tickets and payments decline."""

from config.errors import Conflict, NotFound, Refusal, Unacceptable


class ReservationNotFound(NotFound):
    """No such reservation of this partner."""


class OrderNotFound(NotFound):
    """No such order of this partner."""


class BatchNotFound(NotFound):
    """No such batch of this partner."""


class TicketNotFound(NotFound):
    """No such ticket of this partner."""


class StatementNotFound(NotFound):
    """No such statement of this partner."""


class ReasonMissing(Unacceptable):
    """A change that is kept with its reason came without one."""

    code = "reason_missing"
    title = "Reason missing"
    remedy = "Say why; the history keeps it."


class DuplicateBatch(Conflict):
    """The partner has a batch of this id already."""

    code = "duplicate_batch"
    title = "Batch id already used"
    remedy = "Use a new batch_id, or read the batch that has this one."


class TicketAlreadyActivated(Conflict):
    """The ticket was sold before."""

    code = "ticket_already_activated"
    title = "Ticket already activated"
    remedy = "Look the ticket up; sell another one."


class TicketNotSellable(Conflict):
    """The ticket is used, expired or cancelled."""

    code = "ticket_not_sellable"
    title = "Ticket cannot be sold any more"
    remedy = "Sell another ticket."


class TicketNotCancellable(Conflict):
    """The ticket is used up or expired, or something of it was redeemed."""

    code = "ticket_not_cancellable"
    title = "Ticket cannot be cancelled"
    remedy = "Only tickets of which nothing was redeemed can be cancelled."


class BatchExpired(Conflict):
    """The sales period of the batch is over, and this installation enforces it."""

    code = "batch_expired"
    title = "Sales period over"
    remedy = "Generate a new batch."


class TooManyOpenOrders(Conflict):
    """The customer has as many unpaid orders as may hold units at a time."""

    code = "too_many_open_orders"
    title = "Too many unpaid orders"
    remedy = "Pay or cancel an order that waits for its payment, or let it lapse."


class ReservationExpired(Conflict):
    """The hold has lapsed; its units are free again."""

    code = "reservation_expired"
    title = "Reservation expired"
    remedy = "Reserve again; the units may still be there."


class ReservationAlreadyActivated(Conflict):
    """The hold has become an order."""

    code = "reservation_already_activated"
    title = "Reservation already activated"
    remedy = "Look the order up: GET /api/ota/orders shows its reservation_id."


class ReservationCancelled(Conflict):
    """The hold was cancelled."""

    code = "reservation_cancelled"
    title = "Reservation cancelled"
    remedy = "Reserve again; the units may still be there."


class ReservationNotOverdue(Conflict):
    """The hold still runs: it is cancelled, not expired."""

    code = "reservation_not_overdue"
    title = "Reservation not overdue"
    remedy = "Cancel it, or wait until its time is over."


class ReservationHasOrder(Conflict):
    """An unpaid order already waits on this reservation: pay that one."""

    code = "reservation_has_order"
    title = "Reservation already ordered"
    remedy = "Pay the order that waits, or activate the reservation, which completes that order."


class ExpiryOutOfRange(Unacceptable):
    """The wished expiry is past, or later than a reservation may last."""

    code = "expiry_out_of_range"
    title = "Expiry out of range"
    remedy = "Send a time from now to 24 hours ahead, or leave reservation_expires_at out."


class OrderAlreadyConfirmed(Conflict):
    """The order is paid; its tickets are issued."""

    code = "order_already_confirmed"
    title = "Order already confirmed"
    remedy = "Fetch its tickets: GET /api/ota/orders/{order_id}/tickets."


class OrderNotPayable(Conflict):
    """The order was cancelled, or expired before it was paid."""

    code = "order_not_payable"
    title = "Order cannot be paid any more"
    remedy = "Reserve again and place a new order; give the money back if you took it."


class OrderNotCancellable(Conflict):
    """The order is paid, its time was over before, or something of it was used."""

    code = "order_not_cancellable"
    title = "Order cannot be cancelled"
    remedy = "Only unpaid orders are cancelled here. Ask us about a paid one."


class IllegalMove(Conflict):
    """A status that does not follow from the present one."""

    code = "illegal_status_change"
    title = "Status change not possible"
    remedy = "Read the present status, then decide anew."


class InvalidSignature(Refusal):
    """The payment notice does not carry a valid signature of its source."""

    status = 401
    code = "invalid_signature"
    title = "Signature not valid"
    remedy = (
        "Sign the exact bytes you send, with the present time and the secret of the "
        "source you name."
    )
