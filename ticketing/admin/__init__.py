"""Staff look at reservations, orders and tickets here; all of them change by use cases only."""

from . import (
    batches,
    customers,
    orders,
    payments,
    reservations,
    scans,
    settlement,
    tickets,
    venues,
)

__all__ = [
    "batches",
    "customers",
    "orders",
    "payments",
    "reservations",
    "scans",
    "settlement",
    "tickets",
    "venues",
]
