"""What the dashboard's numbers are: each shape knows what follows from its counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from inventory.models import UrgentRelease

from ..models import Alert

UTILISATION_TARGET = 80  # per cent of what a channel was given
CONVERSION_TARGET = 70  # per cent of ended holds that became sales, at least
EXPIRY_LIMIT = 10  # per cent of ended holds that lapsed, at most
EXPIRY_RISK = 50  # per cent, from which something is wrong with how partners reserve


class Part(Enum):
    """What may be asked for; nothing else is counted."""

    STOCK = "stock"
    HOLDS = "holds"
    SALES = "sales"
    CALLS = "calls"
    ALERTS = "alerts"
    RELEASES = "releases"
    HEALTH = "health"


def share(part: float, whole: float) -> float | None:
    """Per cent, or None of nothing."""
    return 100 * part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Pool:
    """One product in one channel. An overdue hold is free, whether or not it was swept."""

    allocation_id: int
    product_id: int
    product: str
    channel: str
    allocated: int
    held: int
    sold: int
    lapsing: int  # holds that lapse within a quarter of an hour
    lapsing_units: int
    per_day: float  # units taken a day lately, less those given back

    @property
    def free(self) -> int:
        return self.allocated - self.held - self.sold

    @property
    def utilisation(self) -> float | None:
        return share(self.held + self.sold, self.allocated)

    @property
    def days_left(self) -> float | None:
        """Until nothing is free at the pace of the last days; None if that never comes."""
        if self.free <= 0:
            return 0.0
        return self.free / self.per_day if self.per_day > 0 else None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the holds of a channel ended lately."""

    channel: str
    sold: int
    cancelled: int
    expired: int

    @property
    def ended(self) -> int:
        return self.sold + self.cancelled + self.expired

    @property
    def conversion(self) -> float | None:
        return share(self.sold, self.ended)

    @property
    def expiry_rate(self) -> float | None:
        return share(self.expired, self.ended)


@dataclass(frozen=True, slots=True)
class Takings:
    """What a channel was paid lately in one currency, without what was cancelled."""

    channel: str
    currency: str
    orders: int
    revenue: Decimal

    @property
    def average(self) -> Decimal:
        return self.revenue / self.orders


@dataclass(frozen=True, slots=True)
class Calls:
    """What a partner called in a day; without a partner, calls with a key that is none."""

    partner_pk: int | None
    partner_id: str
    name: str
    calls: int
    failed: int  # 5xx
    declined: int  # 4xx but for the next
    limited: int  # 429
    p95: float | None  # milliseconds that 95 of 100 answers did not take; None: longer than any


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """The gravest, and how many there are."""

    shown: Sequence[Alert]
    total: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Emergency releases nobody has decided: those with the least time left, and how many."""

    shown: Sequence[UrgentRelease]
    total: int


@dataclass(frozen=True, slots=True)
class Health:
    """Each part as `/readyz` reports it; ages in seconds, None if it was never seen."""

    database: str
    migrations: str
    cache: str
    beat: float | None
    worker: float | None
    sender: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was asked for; None is what was not. Times are the database's."""

    as_of: datetime
    since: datetime  # of holds, sales and the pace of stock
    yesterday: datetime  # of calls
    soon: datetime
    limits: Mapping[str, int]  # by which rules of the alerts speak, by their names
    stock: list[Pool] | None = None
    holds: list[Outcomes] | None = None
    sales: list[Takings] | None = None
    calls: list[Calls] | None = None
    alerts: OpenAlerts | None = None
    releases: Waiting | None = None
    health: Health | None = None
    late: Sequence[Part] = ()  # what the database did not count in time
