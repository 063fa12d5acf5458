"""Moving stock between the pools of a product: what is asked for, what would become of it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from config.statements import fetch_one
from inventory import allocations, giving
from inventory.errors import UnknownProduct
from inventory.giving import Check
from inventory.models import AllocationCounter, ChannelAllocation, UrgentRelease

WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Demand:
    """What was asked of a pool in the last 24 hours.

    `held` are the units of every hold: reservations, direct orders, batches. `refused` are
    partners' calls of `/reserve` that found too few units left. Their log knows neither the
    product nor the number of units, so each counts as one unit, whatever product it was for.
    """

    held: int
    refused: int

    @property
    def units(self) -> int:
        return self.held + self.refused


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to move, and why; its id makes sure that it is moved once."""

    product_id: int
    source: str
    target: str
    units: int
    demand: int
    reason: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool before and after the move."""

    channel: str
    counter: AllocationCounter
    change: int

    @property
    def allocated_after(self) -> int:
        return self.counter.allocated + self.change

    @property
    def free_after(self) -> int:
        return self.counter.free + self.change


@dataclass(frozen=True, slots=True)
class Preview:
    """What a wish would do to the stock as it was at one moment."""

    pools: Sequence[Pool]
    checks: Sequence[Check]

    @property
    def seen(self) -> dict[str, int]:
        """The versions of the counters that were looked at."""
        return {pool.channel: pool.counter.version for pool in self.pools}

    @property
    def fits(self) -> bool:
        """Whether every pool keeps what it has promised."""
        return all(pool.free_after >= 0 for pool in self.pools)

    @property
    def is_allowed(self) -> bool:
        return self.fits and all(check.holds for check in self.checks)


def preview(wish: Wish) -> Preview:
    """Both pools before and after, and what the checks say; raises UnknownProduct."""
    counters = allocations.counters(wish.product_id)
    changes = {wish.source: -wish.units, wish.target: wish.units}
    if not changes.keys() <= counters.keys():
        raise UnknownProduct(f"Product {wish.product_id} does not have both pools.")
    pools = [Pool(channel, counters[channel], change) for channel, change in changes.items()]
    checks = giving.checks(counters[wish.source], counters[wish.target], demand=wish.demand)
    return Preview(pools, checks)


def urgent_effect(release: UrgentRelease) -> list[Pool]:
    """Its product's pools before and after an approval, as they are now."""
    changes = {"ota": release.units}
    if release.source == UrgentRelease.Source.DIRECT:
        changes["direct"] = -release.units
    return [
        Pool(channel, counter, changes.get(channel, 0))
        for channel, counter in allocations.counters(release.product_id).items()
    ]


def named_product(text: str) -> int | None:
    """The product id in an address that anybody may have written."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def measured(product_id: int, channel: str, *, at: datetime) -> Demand:
    """What was asked of the pool in the 24 hours before `at`; nothing of a pool that is not."""
    pool = ChannelAllocation.objects.filter(product_id=product_id, channel=channel).first()
    facts: Mapping[str, object] = {
        "allocation": pool.pk if pool else None,
        "since": at - WINDOW,
        "is_for_partners": channel == "ota",
    }
    return Demand(*(fetch_one(_DEMAND, facts) or (0, 0)))


# Moves are walked backwards from the newest until one is older: no more are read than that.
_DEMAND = """
SELECT (SELECT coalesce(sum(d_reserved), 0) FROM inventory_allocationmove
         WHERE allocation_id = %(allocation)s::bigint AND kind = 'hold'
           AND seq > (SELECT coalesce(max(seq), 0) FROM (
                 SELECT seq FROM inventory_allocationmove
                  WHERE allocation_id = %(allocation)s::bigint AND at < %(since)s::timestamptz
                  ORDER BY seq DESC LIMIT 1) AS older))::bigint,
       (SELECT count(*) FROM ota_apicall
         WHERE %(is_for_partners)s::boolean AND at >= %(since)s::timestamptz AND route = 'reserve'
           AND code = 'insufficient_inventory')
"""
