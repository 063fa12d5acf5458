"""How the dashboard's numbers are read in the language of the page."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .shapes import Part

CHANNELS = {"ota": gettext_lazy("OTA partners"), "direct": gettext_lazy("Direct sales")}
PARTS = {
    Part.STOCK: gettext_lazy("Stock"),
    Part.HOLDS: gettext_lazy("Reservations"),
    Part.SALES: gettext_lazy("Sales"),
    Part.CALLS: gettext_lazy("Calls"),
    Part.ALERTS: gettext_lazy("Alerts"),
    Part.RELEASES: gettext_lazy("Emergency releases"),
    Part.HEALTH: gettext_lazy("Health"),
}
MINUTE, HOUR, DAY = 60, 3600, 86_400
LONGEST = 365  # days; what lies further is not foreseen


def channel(name: str) -> str:
    """A channel as staff call it."""
    return str(CHANNELS.get(name, name))


def number(value: int) -> str:
    return f"{value:,}"


def rate(share: float | None) -> str:
    """`62.5 %`, or a dash where there was nothing to have a share of."""
    return "–" if share is None else f"{share:.1f} %"


def width(share: float | None) -> str:
    """A share as the width of a piece of a bar, in the notation of style sheets."""
    return f"{min(max(share or 0, 0), 100):.2f}%"


def span(seconds: float) -> str:
    """A time, roughly: `40 s`, `12 min`, `5 h`, `3.5 days`."""
    if seconds < 2 * MINUTE:
        return _("%(number)s s") % {"number": f"{seconds:.0f}"}
    if seconds < 2 * HOUR:
        return _("%(number)s min") % {"number": f"{seconds / MINUTE:.0f}"}
    if seconds < 2 * DAY:
        return _("%(number)s h") % {"number": f"{seconds / HOUR:.0f}"}
    return _("%(number)s days") % {"number": _days(seconds / DAY)}


def outlook(days: float | None) -> str:
    """When a pool sells out."""
    if days is None:
        return _("not at this pace")
    if days <= 0:
        return _("now")
    if days > LONGEST:
        return _("in more than a year")
    return _("in %(time)s") % {"time": span(days * DAY)}


def milliseconds(value: float | None, longest: int) -> str:
    """How long 95 of 100 answers took at most."""
    return f"> {longest:,} ms" if value is None else f"≤ {value:,.0f} ms"


def average(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


def _days(days: float) -> str:
    return f"{days:.1f}" if days < 10 else f"{days:,.0f}"
