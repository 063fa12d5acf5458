import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from inventory.models import ChannelAllocation, Product
from resellers.models import Partner, Reseller

from ..errors import BatchNotFound


class BatchQuerySet(models.QuerySet["Batch"]):
    def of(self, partner: Partner, batch_id: str) -> "Batch":
        """The partner's batch by its own id; raises BatchNotFound."""
        try:
            return self.get(partner=partner, batch_id=batch_id)
        except self.model.DoesNotExist:
            raise BatchNotFound("No batch of yours has this id.") from None


class Batch(models.Model):
    """Pre-made tickets generated in one call, at prices that no later change touches."""

    class Mode(models.TextChoices):
        DIRECT_SALE = "direct_sale"
        RESELLER_BATCH = "reseller_batch"

    class Campaign(models.TextChoices):
        EARLY_BIRD = "early_bird"
        FLASH_SALE = "flash_sale"
        GROUP_DISCOUNT = "group_discount"
        SEASONAL = "seasonal"
        STANDARD = "standard"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch_id = models.CharField(max_length=64, help_text="The partner's own id of it.")
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="batches", db_index=False
    )  # an index below begins with it
    allocation = models.ForeignKey(ChannelAllocation, models.PROTECT, related_name="batches")
    product = models.ForeignKey(Product, models.PROTECT, related_name="batches")
    quantity = models.PositiveIntegerField()
    distribution_mode = models.CharField(max_length=20, choices=Mode, default=Mode.DIRECT_SALE)
    reseller = models.ForeignKey(
        Reseller, models.PROTECT, related_name="batches", null=True, blank=True
    )
    intended_reseller = models.CharField(max_length=100, blank=True)
    batch_purpose = models.CharField(max_length=200, blank=True)
    campaign_type = models.CharField(max_length=20, choices=Campaign, blank=True)
    campaign_name = models.CharField(max_length=100, blank=True)
    # None where the partner said nothing; an empty list is what it said.
    special_conditions = ArrayField(models.CharField(max_length=100), null=True, blank=True)
    marketing_tags = ArrayField(models.CharField(max_length=100), null=True, blank=True)
    promotional_code = models.CharField(max_length=100, blank=True)
    pricing_snapshot = models.JSONField()
    entitlements = models.JSONField(help_text="Of each ticket when it was made.")
    qr_kid = models.PositiveIntegerField(help_text="The key its tickets' QR codes are signed with.")
    expires_at = models.DateTimeField(help_text="End of the sales period; not enforced by itself.")
    created_at = models.DateTimeField()

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["partner", "batch_id"], name="one_batch_per_id"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=5000), name="batch_of_1_to_5000"
            ),
        ]
        indexes = [models.Index(fields=["partner", "-created_at", "-id"], name="batches_listed")]

    def __str__(self) -> str:
        return self.batch_id

    @property
    def campaign(self) -> dict[str, object]:
        """What was said of the campaign it belongs to; what was not is left out."""
        said = {
            "campaign_type": self.campaign_type,
            "campaign_name": self.campaign_name,
            "special_conditions": self.special_conditions,
            "marketing_tags": self.marketing_tags,
            "promotional_code": self.promotional_code,
        }
        return {name: value for name, value in said.items() if value or value == []}
