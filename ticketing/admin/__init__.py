"""Staff look at reservations, orders and tickets here; all of them change by use cases only."""

from . import (
    accounts,
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
    "accounts",
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
