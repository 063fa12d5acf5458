"""Pre-made tickets that wait too long, and settlement that is late."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from config.statements import fetch
from ticketing.periods import Cycle, day_of, period

from ..models import AlertThreshold
from .rule import Condition, Group, Limit, Link, Rule, Severity, minutes, share, since

LOOKED_AT = timedelta(days=90)  # older batches say nothing about today
BATCHES = Link(_("This partner's batches"), "ticketing_batch", "partner__id__exact=%(pk)s")
UNSOLD = Link(
    _("Its unsold tickets"),
    "ticketing_ticket",
    "partner__id__exact=%(pk)s&status__exact=PRE_GENERATED",
)


def unused_tickets(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Partners with more unsold pre-made tickets than the limit."""
    for pk, partner, waiting in fetch(_WAITING, {"value": threshold.value}):
        yield Condition(partner, {"pk": pk, "partner": partner, "waiting": waiting})


def low_activation(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Partners that sold too small a share of tickets they have had for some time."""
    params = {
        "since": at - LOOKED_AT,
        "until": since(threshold, at),
        "minimum": threshold.minimum,
        "value": threshold.value,
    }
    for pk, partner, tickets, sold in fetch(_SOLD, params):
        part = share(sold, tickets)
        if part < (threshold.value or 0):
            facts = {"pk": pk, "partner": partner, "tickets": tickets, "sold": sold, "share": part}
            yield Condition(partner, facts)


def statement_late(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Accounts with entries of a period that is over for hours and was not closed."""
    today = day_of(at - timedelta(hours=threshold.value or 0))
    begins = {cycle.value: period(cycle, today).begins for cycle in Cycle}
    for pk, partner, account, entries, oldest in fetch(_UNCLOSED, begins):
        facts = {"pk": pk, "partner": partner, "account": account, "entries": entries}
        yield Condition(f"{partner} {account}", {**facts, "oldest": f"{day_of(oldest)}"})


_WAITING = """
SELECT p.id, p.partner_id, t.waiting
  FROM resellers_partner p
 CROSS JOIN LATERAL (
   SELECT count(*) AS waiting FROM ticketing_ticket t
    WHERE t.partner_id = p.id AND t.batch_id IS NOT NULL AND t.status = 'PRE_GENERATED') AS t
 WHERE t.waiting > %(value)s::int ORDER BY p.partner_id
"""
# What was cancelled is neither sold nor waiting. Once enough were sold nobody counts on.
_SOLD = """
WITH had AS MATERIALIZED (
  SELECT b.partner_id, array_agg(b.id) AS batches, sum(b.quantity - c.cancelled)::bigint AS tickets
    FROM ticketing_batch b
   CROSS JOIN LATERAL (
     SELECT count(*) AS cancelled FROM ticketing_ticket t
      WHERE t.batch_id = b.id AND t.status = 'CANCELLED') AS c
   WHERE b.created_at > %(since)s::timestamptz AND b.created_at <= %(until)s::timestamptz
   GROUP BY b.partner_id HAVING sum(b.quantity - c.cancelled) >= %(minimum)s::int)
SELECT p.id, p.partner_id, had.tickets, s.sold
  FROM had JOIN resellers_partner p ON p.id = had.partner_id
 CROSS JOIN LATERAL (
   SELECT count(*) AS sold FROM (
     SELECT FROM unnest(had.batches) AS b(id)
       JOIN ticketing_ticket t ON t.batch_id = b.id AND t.status IN ('ACTIVE', 'USED')
      LIMIT ceil(had.tickets * %(value)s::int / 100.0)) AS enough) AS s
 ORDER BY p.partner_id
"""
# Only of accounts that have no statement of the period: of all others nothing is late. What came
# late for the period that was closed last waits for the next one.
# OFFSET: by the account, which has few, not by the time.
_LATE = """
SELECT p.id AS pk, p.partner_id, {name} AS name, e.entries, e.oldest
  FROM {account}
 CROSS JOIN LATERAL (
   SELECT CASE {cycle} WHEN 'weekly' THEN %(weekly)s::timestamptz
                       WHEN 'monthly' THEN %(monthly)s::timestamptz
                       ELSE %(quarterly)s::timestamptz END AS begins) AS present
 CROSS JOIN LATERAL (
   SELECT max(s.period_end) AS last, max(s.period_start) AS first FROM ticketing_statement s
    WHERE s.{is_its}) AS closed
 CROSS JOIN LATERAL (
   SELECT count(*) AS entries, min(e.at) AS oldest
     FROM (SELECT id, at FROM ticketing_settlemententry WHERE {is_its} OFFSET 0) AS e
    WHERE e.at < present.begins
      AND e.at >= coalesce(closed.first::timestamp AT TIME ZONE 'Asia/Hong_Kong', '-infinity')
      AND (SELECT l.entry_id FROM ticketing_statementline l WHERE l.entry_id = e.id) IS NULL) AS e
 WHERE e.entries > 0
   AND (closed.last IS NULL
        OR closed.last < (present.begins AT TIME ZONE 'Asia/Hong_Kong')::date - 1)
"""
_OF_PARTNERS = _LATE.format(
    account="resellers_partner p",
    name="'direct'",
    cycle="'monthly'",
    is_its="partner_id = p.id AND reseller_id IS NULL",
)
_OF_RESELLERS = _LATE.format(
    account="resellers_reseller r JOIN resellers_partner p ON p.id = r.partner_id",
    name="r.reseller_code",
    cycle="r.settlement_cycle",
    is_its="reseller_id = r.id",
)
_UNCLOSED = f"{_OF_PARTNERS} UNION ALL {_OF_RESELLERS} ORDER BY partner_id, name"
RULES = (
    Rule(
        name="unused_tickets",
        look=unused_tickets,
        group=Group.SLOW,
        severity=Severity.INFO,
        value=Limit(5000, 1, 10_000_000, _("Speaks above so many unsold tickets of a partner")),
        title=_("Many pre-made tickets are unsold"),
        says=_(
            "%(partner)s has %(waiting)s pre-made tickets that nobody has bought, more than"
            " %(threshold)s."
        ),
        means=_("Their units are held and missing elsewhere until they are sold or given back."),
        todo=_("Ask the partner which batches it still sells, and cancel the rest of the others."),
        links=(UNSOLD, BATCHES),
    ),
    Rule(
        name="low_activation",
        look=low_activation,
        group=Group.SLOW,
        severity=Severity.INFO,
        value=Limit(20, 1, 100, _("Speaks below this share, in per cent")),
        minimum=Limit(100, 1, 1_000_000, _("From so many tickets on")),
        window=minutes(10_080),
        title=_("Few pre-made tickets are sold"),
        says=_(
            "Of %(tickets)s tickets that %(partner)s made %(span)s to 90 days ago, %(sold)s were"
            " sold: %(share)s %%, less than %(threshold)s %%."
        ),
        means=_("The partner generates more than it sells, or its activations fail."),
        todo=_(
            "Look at its refused calls of ticket-activate; then agree on smaller batches, or"
            " cancel what is left of old ones."
        ),
        links=(
            UNSOLD,
            BATCHES,
            Link(_("Its calls"), "ota_apicall", "partner__id__exact=%(pk)s&q=ticket-activate"),
        ),
    ),
    Rule(
        name="statement_late",
        look=statement_late,
        group=Group.SLOW,
        severity=Severity.WARNING,
        value=Limit(6, 2, 720, _("Hours after the end of a period")),
        title=_("A settlement period was not closed in time"),
        says=_(
            "%(entries)s entries of %(partner)s %(account)s, the oldest of %(oldest)s, belong to a"
            " period that is over for more than %(threshold)s hours and stand on no statement."
        ),
        means=_("The hourly closing did not run, or failed for this account."),
        todo=_(
            "Look for ota.settlement.closing_failed in the log of the worker, then close the"
            " period in the back office or by manage.py close_statements."
        ),
        links=(
            Link(
                _("Its open entries"),
                "ticketing_settlemententry",
                "partner__id__exact=%(pk)s&stated=no",
            ),
            Link(_("Its statements"), "ticketing_statement", "q=%(partner)s"),
        ),
    ),
)
