"""Staff look at reservations, orders and tickets here; all of them change by use cases only."""

from . import customers, orders, payments, reservations, tickets

__all__ = ["customers", "orders", "payments", "reservations", "tickets"]
