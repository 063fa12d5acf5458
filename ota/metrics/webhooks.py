"""What partners have not been told yet, and whose endpoints do not listen."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from config.statements import fetch


def families() -> Iterator[Metric]:
    """Gauges, as the database has them now; raises DatabaseError."""
    for waiting, oldest, failing, off in fetch(_WEBHOOKS, {}):
        yield GaugeMetricFamily("ota_webhooks_due", "Notices that could be sent now.", waiting)
        yield GaugeMetricFamily("ota_webhooks_oldest_due_seconds", "Age of the oldest.", oldest)
        yield GaugeMetricFamily("ota_webhooks_failing", "Endpoints that fail.", failing)
        yield GaugeMetricFamily("ota_webhooks_disabled", "Endpoints turned off by us.", off)


# What is due of endpoints that are neither off nor left alone: nobody but us delays it.
_WEBHOOKS = """
WITH due AS (
  SELECT d.next_attempt_at
    FROM ota_delivery d JOIN ota_webhookendpoint e ON e.id = d.endpoint_id
   WHERE d.state = 'pending' AND d.next_attempt_at <= statement_timestamp()
     AND e.is_active AND e.removed_at IS NULL
     AND (e.paused_until IS NULL OR e.paused_until <= statement_timestamp()))
SELECT (SELECT count(*) FROM due),
       coalesce(extract(epoch FROM statement_timestamp() - (SELECT min(next_attempt_at) FROM due)),
                0)::float,
       (SELECT count(*) FROM ota_webhookendpoint
         WHERE is_active AND removed_at IS NULL AND failing_since IS NOT NULL),
       (SELECT count(*) FROM ota_webhookendpoint
         WHERE removed_at IS NULL AND disabled_why IN ('gone', 'failing'))
"""
