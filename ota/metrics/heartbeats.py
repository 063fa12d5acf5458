"""How long ago each part was last seen alive."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from config.statements import fetch


def families() -> Iterator[Metric]:
    """Gauges, as the database has them now; raises DatabaseError."""
    age = GaugeMetricFamily(
        "gangway_heartbeat_age_seconds", "Since a part was last seen alive.", labels=["part"]
    )
    for part, seconds in fetch(_HEARTBEATS, {}):
        age.add_metric([part], seconds)
    yield age


_HEARTBEATS = """
SELECT part, extract(epoch FROM statement_timestamp() - at)::float FROM ota_heartbeat ORDER BY part
"""
