"""The control's own tables: the product's laws would be broken by writing to the product's."""

# The type checker's settings do not know this app.
# mypy: ignore-errors
# ruff: noqa: DJ008

import uuid

from django.db import models
from django.db.models import F, Q


class Partner(models.Model):
    partner_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)


class ApiKey(models.Model):
    partner = models.ForeignKey(Partner, models.PROTECT)
    public_id = models.CharField(max_length=40, unique=True)
    digest = models.CharField(max_length=64)
    permissions = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Product(models.Model):
    name = models.CharField(max_length=100)
    weekday_price = models.DecimalField(max_digits=10, decimal_places=2)
    weekend_price = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3, default="HKD")
    is_active = models.BooleanField(default=True)


class Discount(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="discounts")
    customer_type = models.CharField(max_length=10)
    amount = models.DecimalField(max_digits=10, decimal_places=2)


class SpecialDate(models.Model):
    date = models.DateField(unique=True)
    multiplier = models.DecimalField(max_digits=5, decimal_places=2)


class Allocation(models.Model):
    product = models.ForeignKey(Product, models.PROTECT, related_name="allocations")
    channel = models.CharField(max_length=10)
    allocated = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    sold = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "channel"], name="naive_one_per_channel"),
            models.CheckConstraint(
                condition=Q(allocated__gte=F("reserved") + F("sold")), name="naive_not_oversold"
            ),
        ]

    @property
    def available(self) -> int:
        return self.allocated - self.reserved - self.sold


class Hold(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    partner = models.ForeignKey(Partner, models.PROTECT)
    product = models.ForeignKey(Product, models.PROTECT)
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default="active")
    pricing_snapshot = models.JSONField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)


class HoldHistory(models.Model):
    hold = models.ForeignKey(Hold, models.PROTECT)
    status = models.CharField(max_length=10)
    by = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)


class Venue(models.Model):
    code = models.CharField(max_length=40, unique=True)
    functions = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)


class Scanner(models.Model):
    is_authenticated = True

    venue = models.ForeignKey(Venue, models.PROTECT)
    public_id = models.CharField(max_length=40, unique=True)
    digest = models.CharField(max_length=64)
    revoked_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)


class Ticket(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    code = models.CharField(max_length=60, unique=True)
    product_id = models.IntegerField(default=109)
    product_name = models.CharField(max_length=100)
    status = models.CharField(max_length=20, default="ACTIVE")
    generation = models.IntegerField(default=1)
    entitlements = models.JSONField()


class TicketHistory(models.Model):
    ticket = models.ForeignKey(Ticket, models.PROTECT)
    status = models.CharField(max_length=20)
    by = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)


class Scan(models.Model):
    scanner = models.ForeignKey(Scanner, models.PROTECT)
    scan_id = models.UUIDField()
    ticket = models.ForeignKey(Ticket, models.PROTECT)
    function_code = models.CharField(max_length=40)
    session_code = models.CharField(max_length=64, blank=True)
    answer = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scanner", "scan_id"], name="naive_one_scan")
        ]


class Redemption(models.Model):
    scan = models.ForeignKey(Scan, models.PROTECT)
    ticket = models.ForeignKey(Ticket, models.PROTECT)
    function_code = models.CharField(max_length=40)
    remaining = models.IntegerField()
    at = models.DateTimeField(auto_now_add=True)
