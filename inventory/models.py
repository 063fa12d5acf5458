"""What we sell, at what price, and how many are left in each channel."""

from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q


class CustomerType(models.TextChoices):
    """Who a unit is sold to; decides its price."""

    ADULT = "adult"
    CHILD = "child"
    ELDERLY = "elderly"
    STUDENT = "student"
    FAMILY = "family"
    VIP = "vip"


class Channel(models.TextChoices):
    """A pool of its own: no channel reads or changes the counters of another."""

    OTA = "ota", "OTA partners"
    DIRECT = "direct", "Direct sales"


class Product(models.Model):
    """A ticket package with its weekday and weekend price."""

    id = models.PositiveIntegerField("product id", primary_key=True)
    name = models.CharField(max_length=100)
    type = models.CharField(
        max_length=16,
        help_text="The TYPE segment of ticket codes, e.g. FERRY.",
        validators=[RegexValidator(r"^[A-Z0-9]{1,16}\Z")],
    )
    weekday_price = models.DecimalField(max_digits=10, decimal_places=2)
    weekend_price = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(
        max_length=3, default="HKD", validators=[RegexValidator(r"^[A-Z]{3}\Z")]
    )
    capacity = models.PositiveIntegerField(
        help_text="Total units; the channels' allocations never add up to more."
    )
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday_price__gte=0, weekend_price__gte=0),
                name="product_prices_not_negative",
            ),
            # A ticket code is made of it and drawn as a QR in its alphanumeric set.
            models.CheckConstraint(
                condition=Q(type__regex=r"^[A-Z0-9]{1,16}$"), name="product_type_fits_a_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.name}"

    @property
    def channel_allocations(self) -> dict[str, dict[str, int]]:
        """The pools as `{"ota": {"allocated": …, "reserved": …, "sold": …}, …}`."""
        return {
            allocation.channel: allocation.counter.as_json()
            for allocation in self.allocations.select_related("counter")
        }


class CustomerDiscount(models.Model):
    """A flat amount off the day's price for one customer type of one product."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="discounts")
    customer_type = models.CharField(max_length=10, choices=CustomerType)
    amount = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "customer_type"], name="one_discount_per_type"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="discount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.customer_type} −{self.amount}"


class ProductFunction(models.Model):
    """What a ticket of this product entitles to, and how often."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="functions")
    function_code = models.CharField(
        max_length=40, validators=[RegexValidator(r"^[A-Z][A-Z0-9_]*\Z")]
    )
    uses = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "function_code"], name="one_row_per_function"
            ),
            models.CheckConstraint(condition=Q(uses__gte=1), name="function_has_uses"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.function_code} ×{self.uses}"


class SpecialDate(models.Model):
    """A day on which every price is multiplied, in every channel."""

    date = models.DateField(unique=True)
    multiplier = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(condition=Q(multiplier__gt=0), name="multiplier_positive")
        ]

    def __str__(self) -> str:
        return f"{self.date} ×{self.multiplier}"


class ChannelAllocation(models.Model):
    """One product in one channel: the cold row that holds, orders and tickets point at."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="allocations")
    channel = models.CharField(max_length=10, choices=Channel)

    class Meta:
        ordering = ["product_id", "channel"]
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

    def as_json(self) -> dict[str, int]:
        return {"allocated": self.allocated, "reserved": self.reserved, "sold": self.sold}


class AllocationMove(models.Model):
    """One change of a counter: audit trail, timeline and outbox; never changed, never deleted.

    `cause_kind` and `cause_id` say what it was for (`reservation`, `order`, `ticket`,
    `reallocation`, …); they are no foreign key, for the causes live above.
    """

    class Kind(models.TextChoices):
        SET_UP = "set_up", "Set up"
        ADJUST = "adjust", "Allocation changed"
        HOLD = "hold", "Held"
        SELL = "sell", "Sold"
        RELEASE = "release", "Hold released"
        EXPIRE = "expire", "Hold expired"
        GIVE_BACK = "give_back", "Sale returned"
        REALLOCATE = "reallocate", "Reallocated"

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
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["allocation", "seq"], name="moves_without_gap"),
            models.UniqueConstraint(
                fields=["cause_id", "kind", "allocation"], name="each_cause_moves_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.allocation_id} #{self.seq} {self.kind}"
