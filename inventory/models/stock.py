"""How many are left in each channel, and every change of it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .products import Product


class Channel(models.TextChoices):
    """A pool of its own: no channel reads or changes the counters of another."""

    OTA = "ota", _("OTA partners")
    DIRECT = "direct", _("Direct sales")


class ChannelAllocation(models.Model):
    """One product in one channel: the cold row that holds, orders and tickets point at."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="allocations")
    channel = models.CharField(max_length=10, choices=Channel)

    class Meta:
        verbose_name = "pool"  # as staff say
        ordering = ["product_id", "channel"]
        permissions = [("reallocate_stock", "Can move stock between the pools of a product")]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "channel"], name="one_allocation_per_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.channel}"


class AllocationCounter(models.Model):
    """How many units of an allocation are reserved and sold: the hot row.

    Nothing points at it, and only `allocations` writes it: the database refuses a
    change that has no `AllocationMove` with the same version and values.
    """

    allocation = models.OneToOneField(
        ChannelAllocation, models.PROTECT, primary_key=True, related_name="counter"
    )
    allocated = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    sold = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(allocated__gte=0, reserved__gte=0, sold__gte=0),
                name="counters_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(allocated__gte=F("reserved") + F("sold")), name="never_oversold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.allocation}: {self.reserved} + {self.sold} of {self.allocated}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("Counters move through inventory.allocations only.")

    @property
    def committed(self) -> int:
        """Units that are promised: held or sold."""
        return self.reserved + self.sold

    @property
    def free(self) -> int:
        return self.allocated - self.committed

    def as_json(self) -> dict[str, int]:
        return {"allocated": self.allocated, "reserved": self.reserved, "sold": self.sold}


class AllocationMove(models.Model):
    """One change of a counter: audit trail, timeline and outbox; never changed, never deleted.

    `cause_kind` and `cause_id` say what it was for (`reservation`, `order`, `ticket`,
    `reallocation`, `release`, …); they are no foreign key, for the causes live above.
    """

    class Kind(models.TextChoices):
        SET_UP = "set_up", _("Set up")
        ADJUST = "adjust", _("Allocation changed")
        HOLD = "hold", _("Held")
        SELL = "sell", _("Sold")
        RELEASE = "release", _("Hold released")
        EXPIRE = "expire", _("Hold expired")
        GIVE_BACK = "give_back", _("Sale returned")
        REALLOCATE = "reallocate", _("Reallocated")
        URGENT = "urgent", _("Emergency release")

    # Written together with the counter, whose own key says that the allocation exists; the
    # constraint below is its index. A second check and a second index cost every sale.
    allocation = models.ForeignKey(
        ChannelAllocation,
        models.PROTECT,
        related_name="moves",
        db_index=False,
        db_constraint=False,
    )
    seq = models.BigIntegerField(help_text="The counter's version after this move.")
    kind = models.CharField(max_length=12, choices=Kind)
    d_allocated = models.BigIntegerField("Δ allocated", default=0)
    d_reserved = models.BigIntegerField("Δ reserved", default=0)
    d_sold = models.BigIntegerField("Δ sold", default=0)
    allocated = models.BigIntegerField(help_text="After the move, as the next two.")
    reserved = models.BigIntegerField()
    sold = models.BigIntegerField()
    cause_kind = models.CharField(max_length=12)
    cause_id = models.UUIDField()
    by = models.CharField(max_length=80)
    request_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "stock move"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["allocation", "seq"], name="moves_without_gap"),
            models.UniqueConstraint(
                fields=["cause_id", "kind", "allocation"], name="each_cause_moves_once"
            ),
        ]
        # The few that changed what a pool has, among millions of holds and sales.
        indexes = [
            models.Index(F("id").desc(), condition=~Q(d_allocated=0), name="changes_of_allocation")
        ]

    def __str__(self) -> str:
        return f"{self.allocation_id} #{self.seq} {self.kind}"


class AllocationChangeManager(models.Manager[Any]):
    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().exclude(d_allocated=0)


class AllocationChange(AllocationMove):
    """A move that changed how many units a pool has: set up, reallocated, released urgently."""

    objects: ClassVar[models.Manager[Any]] = AllocationChangeManager()

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("allocation change")
        verbose_name_plural = _("allocation history")
