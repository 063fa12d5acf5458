"""What stock, holds and pre-made tickets look like."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from config.statements import fetch


def families() -> Iterator[Metric]:
    """Gauges, as the database has them now; raises DatabaseError."""
    yield from _units()
    yield from _holds()
    yield from _premade()


def _units() -> Iterator[Metric]:
    units = GaugeMetricFamily(
        "ota_inventory_units",
        "Units by product, channel and state.",
        labels=["product", "channel", "state"],
    )
    for product, channel, allocated, reserved, sold in fetch(_UNITS, {}):
        for state, value in (("allocated", allocated), ("reserved", reserved), ("sold", sold)):
            units.add_metric([str(product), channel, state], value)
    yield units


def _holds() -> Iterator[Metric]:
    for active, overdue, oldest in fetch(_HOLDS, {}):
        yield GaugeMetricFamily("ota_reservations_active", "Holds in force.", active)
        yield GaugeMetricFamily("ota_reservations_overdue", "Holds not yet swept.", overdue)
        yield GaugeMetricFamily(
            "ota_reservations_oldest_overdue_seconds", "Age of the oldest of them.", oldest
        )


def _premade() -> Iterator[Metric]:
    for waiting, activated in fetch(_PREMADE, {}):
        rate = activated / (waiting + activated) if waiting + activated else 0.0
        yield GaugeMetricFamily(
            "ota_tickets_pre_generated_count", "Pre-made tickets nobody has used yet.", waiting
        )
        yield GaugeMetricFamily(
            "ota_tickets_activation_rate",
            "Activated in the last 24 hours, of these and the unused ones (0 to 1).",
            rate,
        )


_UNITS = """
SELECT a.product_id, a.channel, c.allocated, c.reserved, c.sold
  FROM inventory_allocationcounter c JOIN inventory_channelallocation a ON a.id = c.allocation_id
 ORDER BY a.product_id, a.channel
"""
_HOLDS = """
SELECT count(*) FILTER (WHERE expires_at > statement_timestamp()),
       count(*) FILTER (WHERE expires_at <= statement_timestamp()),
       coalesce(extract(epoch FROM statement_timestamp() - min(expires_at)
         FILTER (WHERE expires_at <= statement_timestamp())), 0)::float
  FROM ticketing_reservation WHERE status = 'active'
"""
# What is reserved is either held or waits as a pre-made ticket; `reconcile` proves it. So millions
# of tickets need not be counted. Each activation posts one entry, which has an index by time.
_PREMADE = """
SELECT (SELECT coalesce(sum(reserved), 0) FROM inventory_allocationcounter)
       - (SELECT coalesce(sum(quantity), 0) FROM ticketing_reservation WHERE status = 'active'),
       (SELECT count(*) FROM resellers_partner p
          JOIN ticketing_settlemententry e ON e.partner_id = p.id
         WHERE e.kind = 'activation' AND e.at > statement_timestamp() - interval '1 day')
"""
