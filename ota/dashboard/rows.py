"""What stands in each section of the overview: words and addresses, ready to be shown."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.utils.translation import gettext as _

from config.admin_cells import money
from inventory.models import AllocationMove, ChannelAllocation, Product
from ticketing.models import Order, Reservation

from ..models import ApiCall, Heartbeat
from . import words
from .attention import calls_of, is_silent, of_pool, seen, too_few_are_sold, too_many_lapse
from .figures import BOUNDS
from .lists import Lists
from .shapes import UTILISATION_TARGET, Calls, Figures, Outcomes, Pool, Takings, share

MOST_PARTNERS = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar: its kind decides colour and pattern; the number stands beside it."""

    kind: str
    name: str
    number: str
    width: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """Something in pieces, with what is said about it in words."""

    title: str
    address: str
    pieces: list[Piece]
    facts: list["Fact"]
    whole: str = ""
    empty: str = ""  # why there is nothing in it


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with its name; `wrong` ones are marked."""

    name: str
    value: str
    address: str = ""
    note: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The channels of a product."""

    title: str
    address: str
    bars: list[Bar] = field(default_factory=list)


def channels(shown: Figures, lists: Lists) -> list[Fact]:
    """How far each channel is used, all products together, and what lapses soon."""
    pools = shown.stock or []
    found = []
    for name in dict.fromkeys(pool.channel for pool in pools):
        mine = [pool for pool in pools if pool.channel == name]
        used = share(sum(p.held + p.sold for p in mine), sum(p.allocated for p in mine))
        found.append(
            Fact(
                _("Utilisation, %(channel)s") % {"channel": words.channel(name)},
                words.rate(used),
                lists.of(ChannelAllocation, channel__exact=name),
                _("target %(share)s") % {"share": f"{UTILISATION_TARGET} %"},
            )
        )
    return [*found, _lapsing(pools, shown, lists)]


def _lapsing(pools: list[Pool], shown: Figures, lists: Lists) -> Fact:
    units = sum(pool.lapsing_units for pool in pools)
    return Fact(
        _("Holds that lapse within 15 minutes"),
        words.number(sum(pool.lapsing for pool in pools)),
        _due(lists, shown),
        _("%(number)s units") % {"number": words.number(units)},
    )


def _due(lists: Lists, shown: Figures, **more: object) -> str:
    until = {"expires_at__gt": shown.as_of, "expires_at__lte": shown.soon}
    return lists.of(Reservation, status="active", **until, **more)


def stock(shown: Figures, lists: Lists) -> list[Group]:
    """Every pool as a bar, by product."""
    groups = groupby(shown.stock or [], lambda pool: (pool.product_id, pool.product))
    return [
        Group(
            f"{number} {name}",
            lists.one(Product, number),
            [_bar_of_pool(pool, shown, lists) for pool in pools],
        )
        for (number, name), pools in groups
    ]


def _bar_of_pool(pool: Pool, shown: Figures, lists: Lists) -> Bar:
    holds = {"status": "active", "allocation__id__exact": pool.allocation_id}
    paid = {"status": "CONFIRMED", "channel__exact": pool.channel}
    paid["product__id__exact"] = str(pool.product_id)
    pieces = [
        Piece("sold", _("sold"), words.number(pool.sold), _part(pool.sold, pool),
              lists.of(Order, **paid)),
        Piece("held", _("held"), words.number(pool.held), _part(pool.held, pool),
              lists.of(Reservation, **holds)),
        Piece("free", _("free"), words.number(pool.free), _part(pool.free, pool)),
    ]  # fmt: skip
    return Bar(
        words.channel(pool.channel),
        lists.of(ChannelAllocation, **of_pool(pool)),
        pieces,
        list(_facts_of_pool(pool, shown, lists)),
        words.number(pool.allocated),
    )


def _facts_of_pool(pool: Pool, shown: Figures, lists: Lists) -> Iterator[Fact]:
    yield Fact(_("utilisation"), words.rate(pool.utilisation))
    yield Fact(_("sells out"), words.outlook(pool.days_left) if pool.allocated else "–")
    due = _due(lists, shown, allocation__id__exact=pool.allocation_id)
    yield Fact(_("lapse within 15 min"), words.number(pool.lapsing), due if pool.lapsing else "")


def _part(units: int, pool: Pool) -> str:
    return words.width(share(units, pool.allocated))


def holds(shown: Figures, lists: Lists) -> list[Bar]:
    """How holds ended, a bar for each channel."""
    return [_bar_of_holds(of, shown, lists) for of in shown.holds or []]


def _bar_of_holds(of: Outcomes, shown: Figures, lists: Lists) -> Bar:
    def piece(kind: str, move: str, name: str, count: int) -> Piece:
        moves = lists.of(
            AllocationMove,
            kind__exact=move,
            cause_kind__exact="reservation",
            allocation__channel__exact=of.channel,
            at__gte=shown.since,
        )
        return Piece(kind, name, words.number(count), words.width(share(count, of.ended)), moves)

    return Bar(
        words.channel(of.channel),
        lists.of(Reservation, allocation__channel__exact=of.channel),
        [
            piece("sold", "sell", _("sold"), of.sold),
            piece("gone", "release", _("cancelled"), of.cancelled),
            piece("lost", "expire", _("lapsed"), of.expired),
        ],
        [
            Fact(_("became sales"), words.rate(of.conversion), note=_("target > 70 %"),
                 wrong=too_few_are_sold(of)),
            Fact(_("lapsed"), words.rate(of.expiry_rate), note=_("limit < 10 %"),
                 wrong=too_many_lapse(of)),
        ],
        words.number(of.ended),
        "" if of.ended else _("No hold ended in these days."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sale:
    """A channel's sales in one currency."""

    channel: str
    address: str
    orders: str
    revenue: str
    average: str
    share: str
    width: str


def sales(shown: Figures, lists: Lists) -> list[Sale]:
    """What each channel was paid, and its share of all that was paid in the same currency."""
    known = shown.sales or []
    return [_sale(of, known, shown, lists) for of in known]


def _sale(of: Takings, known: list[Takings], shown: Figures, lists: Lists) -> Sale:
    whole = sum(each.revenue for each in known if each.currency == of.currency)
    part = share(float(of.revenue), float(whole))
    paid = lists.of(
        Order,
        status="CONFIRMED",
        channel__exact=of.channel,
        currency__exact=of.currency,
        confirmed_at__gte=shown.since,
    )
    return Sale(
        words.channel(of.channel), paid, words.number(of.orders),
        money(of.revenue, of.currency), money(words.average(of.average), of.currency),
        words.rate(part), words.width(part),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner's calls; each number leads to the calls it counts."""

    name: str
    address: str
    numbers: list[Fact]
    p95: str


@dataclass(frozen=True, slots=True)
class Callers:
    """Those with errors first; `more` partners are in the list only."""

    rows: list[Caller]
    more: int
    address: str


def callers(shown: Figures, lists: Lists) -> Callers:
    """What partners called in a day."""
    known = shown.calls or []
    rows = [_caller(of, shown, lists) for of in known[:MOST_PARTNERS]]
    every = lists.of(ApiCall, at__gte=shown.yesterday)
    return Callers(rows, max(len(known) - MOST_PARTNERS, 0), every)


def _caller(of: Calls, shown: Figures, lists: Lists) -> Caller:
    def counted(name: str, count: int, *, wrong: bool = False, **outcome: str) -> Fact:
        where = calls_of(of, shown, lists, **outcome) if count else ""
        return Fact(name, words.number(count), where, wrong=wrong and count > 0)

    return Caller(
        of.name or _("an unknown key"),
        calls_of(of, shown, lists),
        [
            counted(_("failed"), of.failed, wrong=True, outcome="5"),
            counted(_("over the limit"), of.limited, wrong=True, outcome="429"),
            counted(_("declined"), of.declined, outcome="declined"),
            counted(_("calls"), of.calls),
        ],
        words.milliseconds(of.p95, BOUNDS[-1]),
    )


def health(shown: Figures, lists: Lists) -> list[Fact]:
    """Each part in a word; what is wrong is marked."""
    told = shown.health
    if told is None:
        return []
    fine, where = _("well"), lists.of(Heartbeat)

    def living(name: str, part: str, age: float | None) -> Fact:
        silent = is_silent(part, shown)
        return Fact(name, _("silent") if silent else fine, where, seen(age), wrong=silent)

    def stated(name: str, state: str) -> Fact:
        return Fact(name, fine if state == "ok" else _state(state), wrong=state != "ok")

    return [
        living(_("Worker"), "worker", told.worker),
        living(_("Sender"), "sender", told.sender),
        living(_("Beat"), "beat", told.beat),
        stated(_("Database"), told.database),
        stated(_("Migrations"), told.migrations),
        stated(_("Cache"), told.cache),
    ]


def _state(name: str) -> str:
    return {"degraded": _("away"), "pending": _("pending")}.get(name, name)
