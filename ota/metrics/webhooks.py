"""What partners have not been told yet, and whose endpoints do not listen."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from config.statements import fetch

from ..webhooks.lines import FIRSTS, LIMITS, LISTENING, SENDERS, SENDERS_OF_PARTNER


def families() -> Iterator[Metric]:
    """Gauges, as the database has them now; raises DatabaseError."""
    for waiting, oldest, failing, off in fetch(_WEBHOOKS, LIMITS):
        yield GaugeMetricFamily("ota_webhooks_due", "Notices whose time has come.", waiting)
        yield GaugeMetricFamily(
            "ota_webhooks_oldest_due_seconds", "How long one has waited for a sender.", oldest
        )
        yield GaugeMetricFamily("ota_webhooks_failing", "Endpoints that fail.", failing)
        yield GaugeMetricFamily("ota_webhooks_disabled", "Endpoints turned off by us.", off)


# The age is of what a sender could take at this moment: it is nobody's slowness but ours.
_WEBHOOKS = f"""
SELECT (SELECT count(*)
          FROM ota_webhookendpoint e JOIN resellers_partner p ON p.id = e.partner_id
          JOIN ota_delivery d ON d.endpoint_id = e.id
         WHERE {LISTENING} AND p.is_active
           AND d.state = 'pending' AND d.next_attempt_at <= statement_timestamp()),
       (SELECT coalesce(max(extract(
                 epoch FROM statement_timestamp()
                 - greatest(first.next_attempt_at, e.paused_until))), 0)
          FROM ota_webhookendpoint e JOIN resellers_partner p ON p.id = e.partner_id
          CROSS JOIN LATERAL ({FIRSTS}) AS first
         WHERE {LISTENING} AND p.is_active AND {SENDERS} > 0 AND {SENDERS_OF_PARTNER} > 0)::float,
       (SELECT count(*) FROM ota_webhookendpoint
         WHERE is_active AND removed_at IS NULL AND failing_since IS NOT NULL),
       (SELECT count(*) FROM ota_webhookendpoint
         WHERE removed_at IS NULL AND disabled_why IN ('gone', 'failing'))
"""  # noqa: S608  joined of what stands in `lines`
