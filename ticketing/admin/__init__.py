"""Staff look at reservations, orders and tickets here; all of them change by use cases only."""

from . import (
    accounts,
    batches,
    customers,
    lines,
    orders,
    payments,
    reservations,
    scanners,
    scans,
    settlement,
    statements,
    tickets,
    venues,
)

__all__ = [
    "accounts",
    "batches",
    "customers",
    "lines",
    "orders",
    "payments",
    "reservations",
    "scanners",
    "scans",
    "settlement",
    "statements",
    "tickets",
    "venues",
]
