"""Stock that runs out, and channels that sell unevenly."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from config.statements import fetch
from inventory.models import Channel, ChannelAllocation
from ticketing import availability

from ..models import AlertThreshold
from .rule import Condition, Group, Limit, Link, Rule, Severity, share

POOLS = Link(
    _("Pools of this product"), "inventory_channelallocation", "product__id__exact=%(product)s"
)
MOVES = Link(
    _("Its stock moves"), "inventory_allocationmove", "allocation__product__id__exact=%(product)s"
)


def low_stock(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Products offered to partners of which less than the limit is free."""
    limit = threshold.value or 0
    free = {pid: units for pid, units in availability.available("ota").items() if units < limit}
    pools = ChannelAllocation.objects.filter(channel=Channel.OTA, product__in=list(free))
    offered = pools.filter(counter__allocated__gt=0).select_related("product", "counter")
    for pool in offered:
        facts = {
            "product": pool.product_id,
            "name": pool.product.name,
            "available": free[pool.product_id],
            **pool.counter.as_json(),
        }
        yield Condition(str(pool.product_id), facts)


def uneven_use(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Products whose channels are used by so many percentage points differently."""
    for product, name, channels in _by_product(fetch(_USE, {})).values():
        used = {channel: share(taken, allocated) for channel, (taken, allocated) in channels}
        gap = round(max(used.values()) - min(used.values()), 1)
        if gap > (threshold.value or 0):
            ota, direct = used.get("ota", 0.0), used.get("direct", 0.0)
            facts = {"product": product, "name": name, "gap": gap, "ota": ota, "direct": direct}
            yield Condition(str(product), facts)


Channels = list[tuple[str, tuple[int, int]]]


def _by_product(rows: list[tuple[int, str, str, int, int]]) -> dict[int, tuple[int, str, Channels]]:
    found: dict[int, tuple[int, str, Channels]] = {}
    for product, name, channel, taken, allocated in rows:
        found.setdefault(product, (product, name, []))[2].append((channel, (taken, allocated)))
    return found


_USE = """
SELECT p.id, p.name, a.channel, c.reserved + c.sold, c.allocated
  FROM inventory_product p
  JOIN inventory_channelallocation a ON a.product_id = p.id
  JOIN inventory_allocationcounter c ON c.allocation_id = a.id
 WHERE p.is_active AND c.allocated > 0 ORDER BY p.id, a.channel
"""
RULES = (
    Rule(
        name="low_stock",
        look=low_stock,
        group=Group.QUICK,
        severity=Severity.WARNING,
        value=Limit(100, 1, 1_000_000, _("Speaks below so many free units")),
        title=_("Partners' stock is low"),
        says=_(
            "Of product %(product)s %(name)s %(available)s units are free for partners; the limit"
            " is %(threshold)s. Of %(allocated)s allocated, %(reserved)s are held and %(sold)s"
            " sold."
        ),
        means=_("Partners will soon be refused with insufficient_inventory."),
        todo=_(
            "Look at who holds the units, then move units from direct sales or ask for more"
            " capacity. If the product is meant to sell out, acknowledge with a note."
        ),
        links=(POOLS, MOVES),
    ),
    Rule(
        name="uneven_use",
        look=uneven_use,
        group=Group.QUICK,
        severity=Severity.INFO,
        value=Limit(20, 1, 100, _("Speaks above so many percentage points of difference")),
        title=_("Channels are used unevenly"),
        says=_(
            "Of product %(product)s %(name)s partners have taken %(ota)s %% of their units and"
            " direct sales %(direct)s %% of theirs: %(gap)s percentage points apart, more than"
            " %(threshold)s."
        ),
        means=_("One channel may sell out while units of the other stay unsold."),
        todo=_("Consider moving units from the channel that sells less to the other one."),
        links=(POOLS, MOVES),
    ),
)
