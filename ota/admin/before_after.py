"""Pools before and after a move, and the checks with their figures, as pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from config.admin_cells import percent
from inventory.models import Channel

from ..reallocation import Pool, Preview


@dataclass(frozen=True, slots=True)
class Figure:
    """A number before and after; the same twice is shown once."""

    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def table(pools: Iterable[Pool]) -> dict[str, Any]:
    """The rows of both pools and their sum."""
    shown = sorted(pools, key=lambda pool: Channel.values.index(pool.channel))
    total = sum(pool.counter.allocated for pool in shown)
    after = sum(pool.allocated_after for pool in shown)
    return {"rows": [_row(pool) for pool in shown], "total": Figure(f"{total:,}", f"{after:,}")}


def _row(pool: Pool) -> dict[str, Any]:
    counter, after = pool.counter, pool.allocated_after
    return {
        "name": Channel(pool.channel).label,
        "allocated": Figure(f"{counter.allocated:,}", f"{after:,}"),
        "reserved": f"{counter.reserved:,}",
        "sold": f"{counter.sold:,}",
        "free": Figure(f"{counter.free:,}", f"{pool.free_after:,}"),
        "is_short": pool.free_after < 0,
        "used": Figure(
            percent(counter.committed, counter.allocated), percent(counter.committed, max(after, 0))
        ),
    }


def checks(preview: Preview) -> Sequence[dict[str, Any]]:
    """Each rule in words, whether it holds, and the figures it was judged by."""
    return [
        *(_CHECKS[check.rule](check) for check in preview.checks),
        {
            "holds": preview.fits,
            "text": _("Every pool keeps what it has held and sold."),
            "figures": _("Free afterwards: %(pools)s")
            % {
                "pools": ", ".join(
                    f"{Channel(pool.channel).label} {pool.free_after:,}" for pool in preview.pools
                )
            },
        },
    ]


def _utilisation(check: Any) -> dict[str, Any]:
    figures = {
        "used": f"{check.figure:,}",
        "all": f"{check.against:,}",
        "percent": percent(check.figure, check.against),
    }
    return {
        "holds": check.holds,
        "text": _("Direct sales use less than 70 % of their pool."),
        "figures": _("%(used)s of %(all)s units held or sold, %(percent)s") % figures,
    }


def _demand(check: Any) -> dict[str, Any]:
    figures = {"demand": f"{check.figure:,}", "free": f"{check.against:,}"}
    return {
        "holds": check.holds,
        "text": _("Partners are expected to ask for more than they have left."),
        "figures": _("%(demand)s units expected, %(free)s free") % figures,
    }


_CHECKS = {"direct_utilisation": _utilisation, "expected_demand": _demand}
