"""The business metrics month by month, made of the facts that `monthly` counted."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .monthly import Facts, Held, Pool, Sales

Words = str | Promise
CHANNELS: dict[str, Words] = {"ota": _("OTA partners"), "direct": _("Direct sales")}


@dataclass(frozen=True, slots=True)
class Cell:
    """The value of one month; `note` says of what, where that is not the same each month."""

    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A value for each month, None where there is none; `is_judged` where the target is its own."""

    name: Words
    cells: list[Cell | None]
    is_judged: bool = True


def utilisation(facts: Facts) -> list[Series]:
    standing: dict[int, Pool] = {}
    of_channel: dict[str, list[Cell | None]] = {channel: [] for channel in CHANNELS}
    for month in range(-1, len(facts.span.months)):
        standing |= {pool.allocation_id: pool for pool in facts.pools if pool.month == month}
        for channel, cells in of_channel.items():
            pools = [pool for pool in standing.values() if pool.channel == channel]
            used = sum(pool.reserved + pool.sold for pool in pools)
            cells.append(_share(used, sum(pool.allocated for pool in pools)))
    # The target is that of the partners' allocation.
    return _by_channel({channel: cells[1:] for channel, cells in of_channel.items()})


def conversion(facts: Facts) -> list[Series]:
    return _of_holds(facts, lambda held: _share(held.activated, _ended(held)))


def expiry(facts: Facts) -> list[Series]:
    return _of_holds(facts, lambda held: _share(held.expired, _ended(held)))


def hold_time(facts: Facts) -> list[Series]:
    return _of_holds(facts, lambda held: _cell(held.average_seconds, 3600))


def revenue(facts: Facts) -> list[Series]:
    return _of_sales(facts, lambda sold: Cell(sold.revenue))


def order_value(facts: Facts) -> list[Series]:
    return _of_sales(facts, lambda sold: Cell(sold.revenue / sold.orders))


def contribution(facts: Facts) -> list[Series]:
    totals: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for sold in facts.sales:
        totals[sold.currency, sold.month][sold.channel != "ota"] += sold.revenue
    shares = {key: _share(ota, ota + direct) for key, (ota, direct) in totals.items()}
    return [
        Series(currency, [shares.get((currency, month)) for month in _places(facts)])
        for currency in sorted({currency for currency, _ in shares})
    ]


def calls_per_day(facts: Facts) -> list[Series]:
    """Of every partner that called, the busiest of the last month first."""
    counted = {(each.partner, each.month): each.calls for each in facts.partner_calls}
    return sorted(
        (
            Series(
                partner, [_per_day(facts, m, counted.get((partner, m), 0)) for m in _places(facts)]
            )
            for partner in sorted({partner for partner, _ in counted})
        ),
        key=lambda series: -(series.cells[-1].value if series.cells[-1] else 0),
    )


def response_time(facts: Facts) -> list[Series]:
    """Of the slowest endpoint, in seconds."""
    slowest: dict[int, Cell] = {}
    for each in facts.endpoint_calls:
        if each.month not in slowest or each.p95 / 1000 > slowest[each.month].value:
            slowest[each.month] = Cell(each.p95 / 1000, each.endpoint)
    return _if_any([Series(_("Slowest endpoint"), _kept(facts, slowest))])


def error_rate(facts: Facts) -> list[Series]:
    worst: dict[int, Cell] = {}
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for each in facts.endpoint_calls:
        share = each.failed / each.calls
        if each.month not in worst or share > worst[each.month].value:
            worst[each.month] = Cell(share, each.endpoint if each.failed else "")
        counted[each.month][0] += each.failed
        counted[each.month][1] += each.calls
    overall = {month: Cell(failed / calls) for month, (failed, calls) in counted.items()}
    return _if_any(
        [
            Series(_("Worst endpoint"), _kept(facts, worst)),
            Series(_("All endpoints"), _kept(facts, overall), is_judged=False),
        ]
    )


def onboarded(facts: Facts) -> list[Series]:
    ends = facts.span.bounds[1:]
    firsts = [each.first_success_at for each in facts.partners if each.first_success_at]
    so_far = [sum(first < end for first in firsts) for end in ends]
    before = sum(first < facts.span.bounds[0] for first in firsts)
    new = [now - earlier for now, earlier in zip(so_far, [before, *so_far], strict=False)]
    # Before anybody was registered there was nothing to reach.
    known = [any(each.registered_at < end for each in facts.partners) for end in ends]
    return _if_any(
        Series(
            name,
            [Cell(number) if is_any else None for number, is_any in zip(cells, known, strict=True)],
            is_judged=is_judged,
        )
        for name, cells, is_judged in (
            (_("So far"), so_far, True),
            (_("In the month"), new, False),
        )
    )


def first_reservation(facts: Facts) -> list[Series]:
    """Of the partner that took longest, among those that had their first in the month."""
    cells: list[Cell | None] = []
    for begins, ends in zip(facts.span.bounds, facts.span.bounds[1:], strict=False):
        took = [
            Cell((each.first_success_at - each.registered_at) / timedelta(hours=1), each.partner)
            for each in facts.partners
            if each.first_success_at and begins <= each.first_success_at < ends
        ]
        cells.append(max(took, key=lambda cell: cell.value, default=None))
    return _if_any([Series(_("Slowest partner"), cells)])


def adoption(facts: Facts) -> list[Series]:
    active = [each for each in facts.partners if each.is_active]
    cells = []
    for end in facts.span.bounds[1:]:
        known = [each for each in active if each.registered_at < end]
        done = [each for each in known if each.first_success_at and each.first_success_at < end]
        cells.append(_share(len(done), len(known)))
    return [Series(_("Active partners"), cells)]


def conflicts(facts: Facts) -> list[Series]:
    return [Series(_("Moves beyond the pool"), _sums(facts, lambda pool: pool.oversold))]


def automation(facts: Facts) -> list[Series]:
    moves, by_staff = (
        _sums(facts, lambda pool: pool.moves),
        _sums(facts, lambda pool: pool.by_staff),
    )
    shares = [
        _share(all_.value - own.value, all_.value)
        for all_, own in zip(moves, by_staff, strict=True)
        if all_ and own
    ]
    return [Series(_("Stock moves"), shares)]


def interventions(facts: Facts) -> list[Series]:
    counted = {each.month: each.requests for each in facts.interventions}
    cells: list[Cell | None] = [Cell(counted.get(month, 0)) for month in _places(facts)]
    return [Series(_("By staff"), cells)]


def price_consistency(facts: Facts) -> list[Series]:
    cells: list[Cell | None] = [Cell(1.0) for _ in _places(facts)]
    return [Series(_("By construction"), cells)]


def unused_tickets(facts: Facts) -> list[Series]:
    return [Series(_("At the end of the month"), [Cell(each) for each in _unused(facts)[1:]])]


def activation_rate(facts: Facts) -> list[Series]:
    unused, cells = _unused(facts), []
    of_month = {each.month: each for each in facts.premade}
    for month in _places(facts):
        there, days = unused[month], facts.span.days(month)
        known = of_month.get(month)
        there += known.made if known else 0
        activated = known.activated if known else 0
        cells.append(_share(activated, there * days))
    return [Series(_("Average day"), cells)]


def _unused(facts: Facts) -> list[int]:
    """Pre-made tickets that were unsold before the first month, and at the end of each."""
    of_month = {each.month: each.made - each.left for each in facts.premade}
    standing = [of_month.get(-1, 0)]
    for month in _places(facts):
        standing.append(standing[-1] + of_month.get(month, 0))
    return standing


def _places(facts: Facts) -> range:
    return range(len(facts.span.months))


def _share(part: float, whole: float) -> Cell | None:
    return Cell(part / whole) if whole else None


def _cell(value: float | None, divisor: float) -> Cell | None:
    return None if value is None else Cell(value / divisor)


def _ended(held: Held) -> int:
    return held.activated + held.cancelled + held.expired


def _of_holds(facts: Facts, value: Callable[[Held], Cell | None]) -> list[Series]:
    known = {(held.channel, held.month): value(held) for held in facts.held}
    of_channel = {
        channel: [known.get((channel, month)) for month in _places(facts)] for channel in CHANNELS
    }
    return _by_channel(of_channel)


def _by_channel(of_channel: dict[str, list[Cell | None]]) -> list[Series]:
    return _if_any(
        Series(CHANNELS[channel], cells, is_judged=channel == "ota")
        for channel, cells in of_channel.items()
    )


def _of_sales(facts: Facts, value: Callable[[Sales], Cell]) -> list[Series]:
    known = {(sold.channel, sold.currency, sold.month): value(sold) for sold in facts.sales}
    lines = sorted({(sold.currency, sold.channel) for sold in facts.sales}, reverse=True)
    return [
        Series(
            f"{CHANNELS[channel]} · {currency}",
            [known.get((channel, currency, month)) for month in _places(facts)],
        )
        for currency, channel in lines
    ]


def _sums(facts: Facts, number: Callable[[Pool], int]) -> list[Cell | None]:
    sums: dict[int, int] = defaultdict(int)
    for pool in facts.pools:
        sums[pool.month] += number(pool)
    return [Cell(sums[month]) for month in _places(facts)]


def _kept(facts: Facts, cells: dict[int, Cell]) -> list[Cell | None]:
    return [cells.get(month) if _is_kept(facts, month) else None for month in _places(facts)]


def _per_day(facts: Facts, month: int, calls: int) -> Cell | None:
    days = facts.span.days(month)
    return Cell(calls / days) if days and _is_kept(facts, month) else None


def _is_kept(facts: Facts, month: int) -> bool:
    """Whether the log still has all calls of a month."""
    kept_since = facts.span.at - timedelta(days=settings.REQUEST_LOG_DAYS)
    return facts.span.bounds[month] >= kept_since


def _if_any(series: Iterable[Series]) -> list[Series]:
    return [each for each in series if any(each.cells)]
