"""The aggregates: reservations, orders, batches, tickets, gates, payments, settlement."""

from .batches import Batch
from .customers import Customer
from .orders import Order, OrderMove
from .payments import PaymentNotice, RefusedNotice
from .reservations import Reservation, ReservationMove
from .scans import Redemption, Scan
from .settlement import SettlementEntry
from .statements import Statement, StatementLine, StatementMove
from .tickets import Ticket, TicketMove
from .venues import Scanner, Venue

__all__ = [
    "Batch",
    "Customer",
    "Order",
    "OrderMove",
    "PaymentNotice",
    "Redemption",
    "RefusedNotice",
    "Reservation",
    "ReservationMove",
    "Scan",
    "Scanner",
    "SettlementEntry",
    "Statement",
    "StatementLine",
    "StatementMove",
    "Ticket",
    "TicketMove",
    "Venue",
]
