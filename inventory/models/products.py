"""What we sell, and at what price."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q


class CustomerType(models.TextChoices):
    """Who a unit is sold to; decides its price."""

    ADULT = "adult"
    CHILD = "child"
    ELDERLY = "elderly"
    STUDENT = "student"
    FAMILY = "family"
    VIP = "vip"


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
