"""When the direct pool may give units to the partners: the two checks of a reallocation."""

from collections.abc import Sequence
from dataclasses import dataclass

from .models import AllocationCounter, Channel

HIGHEST_UTILISATION = 70  # per cent (R029): a direct pool used this far gives nothing away


@dataclass(frozen=True, slots=True)
class Check:
    """A rule and whether it holds, with the figures it was judged by.

    `direct_utilisation`: what the giving pool has promised, of what it has (R029);
    `expected_demand`: what partners are expected to ask for, against what is free (R030).
    """

    rule: str
    holds: bool
    figure: int
    against: int

    def __str__(self) -> str:
        if self.rule == "direct_utilisation":
            return f"Direct sales already use {self.figure} of {self.against} units."
        return f"The expected demand of {self.figure} is covered by {self.against} free units."


def checks(source: AllocationCounter, target: AllocationCounter, *, demand: int) -> Sequence[Check]:
    """Both checks of units that leave the direct pool; none for any other way."""
    if source.allocation.channel != Channel.DIRECT:
        return []
    used, free = source.committed, target.free
    is_idle = used * 100 < source.allocated * HIGHEST_UTILISATION
    return [
        Check("direct_utilisation", is_idle, used, source.allocated),
        Check("expected_demand", demand > free, demand, free),
    ]
