"""The aggregates: reservations, orders, batches, tickets, customers, payment notices."""

from .batches import Batch
from .customers import Customer
from .orders import Order, OrderMove
from .payments import PaymentNotice, RefusedNotice
from .reservations import Reservation, ReservationMove
from .settlement import SettlementEntry
from .tickets import Ticket, TicketMove

__all__ = [
    "Batch",
    "Customer",
    "Order",
    "OrderMove",
    "PaymentNotice",
    "RefusedNotice",
    "Reservation",
    "ReservationMove",
    "SettlementEntry",
    "Ticket",
    "TicketMove",
]
