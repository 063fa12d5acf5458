"""All that QR codes made on demand and the venue gate decline; forged codes: `qrcodes.errors`."""

from config.errors import Conflict, NotFound, NotPermitted, Refusal, Unacceptable


class MissingScannerKey(Refusal):
    """The request carries no scanner key."""

    status = 401
    code = "missing_scanner_key"
    title = "Scanner key missing"
    remedy = "Send the key of the device in the x-scanner-key header."


class InvalidScannerKey(Refusal):
    """The scanner key is unknown or revoked, or its venue is closed."""

    status = 401
    code = "invalid_scanner_key"
    title = "Scanner key not accepted"
    remedy = "Have a key issued for this device, and log in with it."


class ScannerRevoked(Conflict):
    """The scanner's key was revoked; it gets no new one."""

    code = "scanner_revoked"
    title = "Scanner key revoked"
    remedy = "Issue a key for the device as for a new one."


class TicketTypeMismatch(NotPermitted):
    """Tickets of partners are shown to API keys, tickets of direct sales to their customers."""

    code = "ticket_type_mismatch"
    title = "Ticket of another channel"
    remedy = "Use an API key for OTA tickets and a customer's token for NORMAL ones."


class ForeignTicket(NotPermitted):
    """The ticket belongs to somebody else."""

    title = "Not your ticket"
    remedy = "Ask for tickets that you sold."


class ScanNotFound(NotFound):
    """This scanner made no scan with the id."""


class ScanIdConflict(Unacceptable):
    """The scan_id was used for another QR or function."""

    code = "scan_id_conflict"
    title = "scan_id used for another scan"
    remedy = "Make a new scan_id for each new scan; repeat a scan unchanged."


class TicketNotActive(Conflict):
    """The ticket has not been sold yet."""

    code = "ticket_not_active"
    title = "Ticket not active"
    remedy = "It has to be activated by its seller first."


class TicketUsed(Conflict):
    """Every use of the ticket is taken."""

    code = "ticket_used"
    title = "Ticket already used"
    remedy = "At the gate, last_redemptions says when and where."


class TicketCancelled(Conflict):
    """The ticket was cancelled."""

    code = "ticket_cancelled"
    title = "Ticket cancelled"
    remedy = "It admits to nothing any more."


class TicketExpired(Conflict):
    """The ticket was expired by an operator."""

    code = "ticket_expired"
    title = "Ticket expired"
    remedy = "It admits to nothing any more."


class EntitlementExhausted(Conflict):
    """Every use of this function is taken, others may be left."""

    code = "entitlement_exhausted"
    title = "Nothing left of this function"
    remedy = "entitlements says what the ticket still admits to, last_redemptions when it was used."


class UnknownFunction(Conflict):
    """The ticket does not entitle to this function."""

    code = "unknown_function"
    title = "Function not on this ticket"
    remedy = "entitlements says what the ticket admits to."


class WrongVenue(Conflict):
    """The ticket entitles to this function, but not here."""

    code = "wrong_venue"
    title = "Function not served here"
    remedy = "Send the guest to the venue that serves it."


class NotUndoable(Conflict):
    """The scan took nothing that could be given back."""

    code = "not_undoable"
    title = "Nothing to undo"
    remedy = "Only a granted scan of a ticket that is still good can be undone."


class UndoTooLate(Conflict):
    """A scan can be undone for a quarter of an hour."""

    code = "undo_too_late"
    title = "Too late to undo"
    remedy = "Ask the operations staff."
