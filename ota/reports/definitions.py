"""What each business metric is: its unit, its target, how it is computed, what nobody can know."""

import operator
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from . import series as series_of
from .monthly import Facts
from .series import Series, Words

_MEETS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "≥": operator.ge,
    "<": operator.lt,
    "≤": operator.le,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Goal:
    """What a value is to be compared with: `Goal(">", 0.8)`."""

    sign: str
    number: float

    def is_met(self, value: float) -> bool:
        return _MEETS[self.sign](value, self.number)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a metric is; `unit` is share, share_per_day, hours, seconds, number,
    per_day or money.

    `unknown` says what of it the system cannot know; without `series` that is all of it.
    """

    key: str
    title: Words
    unit: str
    how: Words
    goal: Goal | None = None
    series: Callable[[Facts], list[Series]] | None = None
    unknown: Words = ""


_CALLS_ARE_FORGOTTEN = _("Months of which calls are no longer kept have no value.")
DEFINITIONS = [
    Definition(
        "utilisation",
        _("Utilisation"),
        "share",
        _(
            "Reserved and sold units of all allocated ones, as the last stock moves of "
            "the month left them."
        ),
        Goal(">", 0.80),
        series_of.utilisation,
    ),
    Definition(
        "conversion",
        _("Reservations that became sales"),
        "share",
        _("Of the reservations made in the month that have ended: how many were activated."),
        Goal(">", 0.70),
        series_of.conversion,
    ),
    Definition(
        "expiry",
        _("Reservations that expired"),
        "share",
        _(
            "Of the reservations made in the month that have ended: how many lapsed. "
            "Above 50 % is a risk."
        ),
        Goal("<", 0.10),
        series_of.expiry,
    ),
    Definition(
        "hold_time",
        _("Average hold time"),
        "hours",
        _(
            "From the reservation until it was activated, cancelled or had lapsed; those "
            "made in the month."
        ),
        None,
        series_of.hold_time,
    ),
    Definition(
        "contribution",
        _("Revenue through partners"),
        "share",
        _("Their share of all orders confirmed in the month that still stand, for each currency."),
        Goal("≥", 0.15),
        series_of.contribution,
    ),
    Definition(
        "revenue",
        _("Revenue"),
        "money",
        _("Sum of the orders confirmed in the month that still stand."),
        None,
        series_of.revenue,
    ),
    Definition(
        "order_value",
        _("Average order value"),
        "money",
        _("Revenue of the month by its number of orders."),
        None,
        series_of.order_value,
    ),
    Definition(
        "unused",
        _("Unused pre-made tickets"),
        "number",
        _("Generated and neither activated, cancelled nor expired by the end of the month."),
        None,
        series_of.unused_tickets,
    ),
    Definition(
        "activation_rate",
        _("Daily activation of pre-made tickets"),
        "share_per_day",
        _(
            "Tickets activated in the month, of those unsold at its beginning or "
            "generated in it, by day."
        ),
        None,
        series_of.activation_rate,
    ),
    Definition(
        "calls",
        _("API calls a day"),
        "per_day",
        _("Calls with a key of the partner, by the days of the month that are over."),
        None,
        series_of.calls_per_day,
        _CALLS_ARE_FORGOTTEN,
    ),
    Definition(
        "response_time",
        _("API response time"),
        "seconds",
        _("95 of 100 calls of the slowest endpoint were answered within it."),
        Goal("<", 2),
        series_of.response_time,
        _CALLS_ARE_FORGOTTEN,
    ),
    Definition(
        "error_rate",
        _("API errors"),
        "share",
        _("Answers of 5xx, of all calls of the endpoint. What is declined (4xx) is no error."),
        Goal("<", 0.01),
        series_of.error_rate,
        _CALLS_ARE_FORGOTTEN,
    ),
    Definition(
        "uptime",
        _("Uptime"),
        "share",
        _("Look at the Grafana dashboard, or at whatever asks /healthz from outside."),
        Goal("≥", 0.999),
        None,
        _("A system that does not run cannot count the minutes. What watches it from outside can."),
    ),
    Definition(
        "onboarding",
        _("Partners that sell"),
        "number",
        _(
            "They reserved or generated tickets for the first time. The target is that of"
            " December 2025."
        ),
        Goal("≥", 2),
        series_of.onboarded,
    ),
    Definition(
        "first_reservation",
        _("Time to the first reservation"),
        "hours",
        _(
            "From the registration of a partner to its first reservation or batch, if "
            "that was in the month."
        ),
        Goal("≤", 24),
        series_of.first_reservation,
    ),
    Definition(
        "adoption",
        _("Partners that completed integration"),
        "share",
        _(
            "Of the partners active today and registered by then: how many had reserved "
            "or generated tickets."
        ),
        None,
        series_of.adoption,
    ),
    Definition(
        "conflicts",
        _("Channel conflicts"),
        "number",
        _(
            "Stock moves of the month after which a pool had sold more than it has. The "
            "database refuses them."
        ),
        Goal("=", 0),
        series_of.conflicts,
    ),
    Definition(
        "automation",
        _("Stock moved without staff"),
        "share",
        _("Stock moves of the month that no member of staff made."),
        Goal("≥", 0.95),
        series_of.automation,
        _("Manual work outside of this system, on paper or in spreadsheets, is not known here."),
    ),
    Definition(
        "interventions",
        _("Manual interventions"),
        "number",
        _("Requests of staff that changed stock, a reservation, an order or a ticket."),
        None,
        series_of.interventions,
    ),
    Definition(
        "price_consistency",
        _("Same price in every channel"),
        "share",
        _(
            "Both channels quote by one rule from one price list, so no product has two "
            "prices. Batches with prices of their own are agreed so."
        ),
        Goal("=", 1),
        series_of.price_consistency,
    ),
    Definition(
        "satisfaction",
        _("Satisfaction with availability"),
        "share",
        _("Ask the partners."),
        Goal(">", 0.95),
        None,
        _("It is the answer to a survey; nothing in the system says what partners think."),
    ),
    Definition(
        "bug_reports",
        _("Bug reports and support tickets of partners"),
        "number",
        _("Ask the help desk."),
        Goal("<", 5),
        None,
        _("They are written elsewhere: in mails and in the tracker of the support."),
    ),
]
