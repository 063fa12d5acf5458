from django.db import models
from django.db.models import Q

from .orders import Order


class PaymentNotice(models.Model):
    """One authentic notice of a payment, kept as it came; a repeat finds its first result."""

    class Outcome(models.TextChoices):
        APPLIED = "applied"
        NOTED = "noted", "Noted: payment failed, order still payable"
        REJECTED = "rejected"

    source = models.CharField(max_length=40, help_text="direct, or a partner id.")
    event_id = models.CharField(max_length=100)
    body = models.BinaryField(help_text="The raw bytes the signature was made over.")
    body_hash = models.CharField(max_length=64)
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="payment_notices", null=True, blank=True
    )
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=40, blank=True)
    answer = models.JSONField()
    changed_repeats = models.PositiveIntegerField(
        default=0, help_text="How often the same event came again with another body."
    )
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "event_id"], name="one_effect_per_event"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(outcome="applied"), name="one_effect_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}: {self.outcome}"
