"""How a pool grew and shrank: its allocation as steps, what was held and sold as a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from inventory.models import AllocationChange, ChannelAllocation

from ..reallocation import named_product

WIDTH, HEIGHT = 600, 120
MOST_CHANGES = 200  # the newest; more would be drawn on top of each other


@dataclass(frozen=True, slots=True)
class Point:
    """What a pool had, and had promised, from a moment on."""

    at: datetime
    allocated: int
    used: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Two lines as SVG knows them, and what is written beside them."""

    name: str
    allocated: str
    used: str
    first: Point
    last: Point

    @property
    def has(self) -> str:
        return f"{self.last.allocated:,}"

    @property
    def has_promised(self) -> str:
        return f"{self.last.used:,}"


def charts(product_id: str) -> Sequence[Chart]:
    """A chart of each pool of the product; none of what is no product."""
    if not (known := named_product(product_id)):
        return []
    pools = ChannelAllocation.objects.filter(product_id=known).select_related("counter")
    return [_chart(pool) for pool in pools.order_by("-channel")]


def _chart(pool: ChannelAllocation) -> Chart:
    rows = AllocationChange.objects.filter(allocation=pool).order_by("-id")[:MOST_CHANGES]
    points = [Point(row.at, row.allocated, row.reserved + row.sold) for row in reversed(rows)]
    points.append(Point(timezone.now(), pool.counter.allocated, pool.counter.committed))
    first, last = points[0], points[-1]
    highest = max(point.allocated for point in points) or 1
    whole = (last.at - first.at).total_seconds() or 1

    def x(point: Point) -> float:
        return round(WIDTH * (point.at - first.at).total_seconds() / whole, 1)

    def y(units: int) -> float:
        return round(HEIGHT - HEIGHT * units / highest, 1)

    steps = [f"M{x(first)} {y(first.allocated)}"]
    steps += [f"H{x(point)}V{y(point.allocated)}" for point in points[1:]]
    line = " ".join(f"{x(point)},{y(point.used)}" for point in points)
    return Chart(pool.get_channel_display(), "".join(steps), line, first, last)
