"""What is wrong: everything on the dashboard that somebody should look at, the gravest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from inventory.models import ChannelAllocation, UrgentRelease
from ticketing.models import Reservation

from ..alerts import rulebook
from ..models import Alert, ApiCall, Heartbeat
from . import words
from .figures import DAYS, GRAVEST_FIRST
from .lists import Lists
from .shapes import (
    CONVERSION_TARGET,
    EXPIRY_LIMIT,
    EXPIRY_RISK,
    Calls,
    Figures,
    Outcomes,
    Pool,
)

CRITICAL, WARNING, INFO = GRAVEST_FIRST
NEARLY_TAKEN = 95  # per cent
SOON_SOLD_OUT = 3  # days
ENOUGH_HOLDS = 20  # fewer ended ones say nothing of a rate
ENOUGH_CALLS = 20
MOST_FAILED = 1  # per cent of a partner's calls
MOST_LIMITED = 10  # per cent


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is wrong, how grave it is, and where to look."""

    severity: str
    says: str
    address: str = ""

    @property
    def word(self) -> str:
        return str(Alert.Severity(self.severity).label)


def notices(shown: Figures, lists: Lists) -> list[Notice]:
    """What is wrong in these figures; what was not asked for is not judged."""
    found = [
        *_of_late(shown),
        *_of_alerts(shown, lists),
        *_of_health(shown, lists),
        *_of_releases(shown, lists),
        *_of_stock(shown, lists),
        *_of_holds(shown, lists),
        *_of_calls(shown, lists),
    ]
    return sorted(found, key=lambda notice: GRAVEST_FIRST.index(notice.severity))


def _of_late(shown: Figures) -> Iterator[Notice]:
    if not shown.late:
        return
    named = ", ".join(str(words.PARTS[part]) for part in shown.late)
    said = _("The database is too slow: not counted in time are %(parts)s.")
    yield Notice(CRITICAL, said % {"parts": named})


def _of_alerts(shown: Figures, lists: Lists) -> Iterator[Notice]:
    if shown.alerts is None:
        return
    for alert in shown.alerts.shown:
        yield Notice(alert.severity, told(alert), lists.one(Alert, alert.pk))
    if more := shown.alerts.total - len(shown.alerts.shown):
        said = _("More open alerts: %(number)s") % {"number": words.number(more)}
        yield Notice(INFO, said, lists.of(Alert))


def told(alert: Alert) -> str:
    """An alert in a line: what, of what, and the figures it was judged by."""
    rule = rulebook.rule_of(alert)
    said = f"{rule.title if rule else alert}: {rulebook.reasoning(alert)}"
    return said.replace(" %", "\N{NO-BREAK SPACE}%").removesuffix(": ")


def _of_health(shown: Figures, lists: Lists) -> Iterator[Notice]:
    health = shown.health
    if health is None:
        return
    where = lists.of(Heartbeat)
    if is_silent("worker", shown):
        said = _("The worker is silent: work in the background waits, sales go on.")
        yield Notice(CRITICAL, f"{said} {seen(health.worker)}", where)
    if is_silent("beat", shown):
        said = _("Beat is silent: nothing is done on its timetable, sales go on.")
        yield Notice(CRITICAL, f"{said} {seen(health.beat)}", where)
    if is_silent("sender", shown):
        said = _("The sender is silent: partners are told nothing, sales go on.")
        yield Notice(WARNING, f"{said} {seen(health.sender)}", where)
    if health.migrations != "ok":
        yield Notice(CRITICAL, _("The database waits for migrations."))
    if health.cache != "ok":
        yield Notice(WARNING, _("The cache is away: sales go on, limits are counted by process."))


def is_silent(part: str, shown: Figures) -> bool:
    """Whether beat, worker or sender should have shown itself since."""
    age: float | None = getattr(shown.health, part)
    return age is None or age > shown.limits[f"{part}_silent"]


def seen(age: float | None) -> str:
    if age is None:
        return _("It has not been seen yet.")
    return _("Last seen %(time)s ago.") % {"time": words.span(age)}


def _of_releases(shown: Figures, lists: Lists) -> Iterator[Notice]:
    if shown.releases is None:
        return
    for release in shown.releases.shown:
        said = _(
            "%(partner)s needs %(units)s units of %(product)s: approve or reject it within"
            " %(time)s."
        )
        facts = {
            "partner": release.partner,
            "units": words.number(release.units),
            "product": release.product,
            "time": words.span((release.expires_at - shown.as_of).total_seconds()),
        }
        yield Notice(WARNING, said % facts, lists.one(UrgentRelease, release.pk))
    if more := shown.releases.total - len(shown.releases.shown):
        said = _("More emergency releases that wait for a decision: %(number)s")
        where = lists.of(UrgentRelease, state="requested")
        yield Notice(WARNING, said % {"number": words.number(more)}, where)


def _of_stock(shown: Figures, lists: Lists) -> Iterator[Notice]:
    known = _known(shown)
    for pool in shown.stock or []:
        if pool.allocated and (wrong := _wrong_with(pool, shown.limits["low_stock"])):
            severity, says = wrong
            if severity == WARNING and pool.channel == "ota" and str(pool.product_id) in known:
                continue  # an open alert says so
            yield Notice(severity, says, lists.of(ChannelAllocation, **of_pool(pool)))


def _known(shown: Figures) -> set[str]:
    """Products whose low stock is among the alerts that are shown."""
    alerts: Iterable[Alert] = shown.alerts.shown if shown.alerts else []
    return {alert.subject for alert in alerts if alert.rule == "low_stock"}


def _wrong_with(pool: Pool, limit: int) -> tuple[str, str] | None:
    """The gravest that can be said of a pool, whose stock is low below this limit."""
    facts = {
        "product": f"{pool.product_id} {pool.product}",
        "channel": words.channel(pool.channel),
        "free": words.number(pool.free),
        "share": words.rate(pool.utilisation),
        "time": words.outlook(pool.days_left),
    }
    if pool.free <= 0:
        return CRITICAL, _("%(product)s, %(channel)s: sold out.") % facts
    if pool.free < limit:
        return WARNING, _("%(product)s, %(channel)s: %(free)s units are left.") % facts
    if pool.days_left is not None and pool.days_left <= SOON_SOLD_OUT:
        return WARNING, _("%(product)s, %(channel)s: sold out %(time)s at this pace.") % facts
    if (pool.utilisation or 0) >= NEARLY_TAKEN:
        return WARNING, _("%(product)s, %(channel)s: %(share)s are taken.") % facts
    return None


def of_pool(pool: Pool) -> dict[str, object]:
    return {"product__id__exact": pool.product_id, "channel__exact": pool.channel}


def _of_holds(shown: Figures, lists: Lists) -> Iterator[Notice]:
    for of in shown.holds or []:
        if of.ended < ENOUGH_HOLDS:
            continue
        facts = {"channel": words.channel(of.channel), "days": DAYS}
        if too_many_lapse(of):
            said = _(
                "%(channel)s: %(share)s of the holds that ended in %(days)s days lapsed; it should"
                " be less than %(limit)s."
            ) % {**facts, "share": words.rate(of.expiry_rate), "limit": f"{EXPIRY_LIMIT} %"}
            grave = (of.expiry_rate or 0) > EXPIRY_RISK
            yield Notice(CRITICAL if grave else WARNING, said, _lapsed(lists, of))
        if too_few_are_sold(of):
            said = _(
                "%(channel)s: %(share)s of the holds that ended in %(days)s days were sold; it"
                " should be more than %(limit)s."
            ) % {**facts, "share": words.rate(of.conversion), "limit": f"{CONVERSION_TARGET} %"}
            yield Notice(WARNING, said, lists.of(Reservation))


def too_many_lapse(of: Outcomes) -> bool:
    return (of.expiry_rate or 0) >= EXPIRY_LIMIT


def too_few_are_sold(of: Outcomes) -> bool:
    return of.conversion is not None and of.conversion <= CONVERSION_TARGET


def _lapsed(lists: Lists, of: Outcomes) -> str:
    return lists.of(Reservation, status="expired", allocation__channel__exact=of.channel)


def _of_calls(shown: Figures, lists: Lists) -> Iterator[Notice]:
    for of in shown.calls or []:
        if of.calls < ENOUGH_CALLS:
            continue
        facts = {
            "partner": of.name or _("an unknown key"),
            "calls": words.number(of.calls),
            "failed": words.number(of.failed),
            "limited": words.number(of.limited),
        }
        if 100 * of.failed >= MOST_FAILED * of.calls:
            said = _("%(partner)s: %(failed)s of %(calls)s calls failed in 24 hours.") % facts
            yield Notice(WARNING, said, calls_of(of, shown, lists, outcome="5"))
        if 100 * of.limited >= MOST_LIMITED * of.calls:
            said = _("%(partner)s: %(limited)s of %(calls)s calls were over its limit in 24 hours.")
            yield Notice(WARNING, said % facts, calls_of(of, shown, lists, outcome="429"))


def calls_of(of: Calls, shown: Figures, lists: Lists, **more: object) -> str:
    """The calls that were counted for a partner."""
    whose: dict[str, object] = {"key": "unknown"}
    if of.partner_pk is not None:
        whose = {"partner__id__exact": of.partner_pk}
    return lists.of(ApiCall, **whose, at__gte=shown.yesterday, **more)
