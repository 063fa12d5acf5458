"""The aggregates: reservations, orders, tickets, customers, payment notices."""

from .customers import Customer
from .orders import Order, OrderMove
from .payments import PaymentNotice
from .reservations import Reservation, ReservationMove
from .tickets import Ticket, TicketMove

__all__ = [
    "Customer",
    "Order",
    "OrderMove",
    "PaymentNotice",
    "Reservation",
    "ReservationMove",
    "Ticket",
    "TicketMove",
]
