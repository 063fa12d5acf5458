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
        # What somebody has to look at: a few among very many.
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=Q(outcome="rejected"),
                name="rejected_notices",
            ),
            models.Index(
                fields=["received_at"],
                condition=Q(changed_repeats__gt=0),
                name="changed_notices",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}: {self.outcome}"


class RefusedNotice(models.Model):
    """What came to the inbox and was not taken: forged, too old, or signed but unreadable.

    Anybody can send such bytes, so only their beginning is kept, the same ones once, and not
    without end.
    """

    class Reason(models.TextChoices):
        NO_SIGNATURE = "no_signature", "No signature, or none that can be read"
        WRONG_SIGNATURE = "wrong_signature", "Not signed with a secret of its source"
        STALE_SIGNATURE = "stale_signature", "Signed, but more than five minutes ago or ahead"
        MALFORMED = "malformed", "Signed by its source, but it cannot be understood"

    KEPT_BYTES = 2000

    source = models.CharField(max_length=40, blank=True, help_text="As it was claimed.")
    reason = models.CharField(max_length=20, choices=Reason)
    body = models.BinaryField(help_text="Its first bytes.")
    body_hash = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    times = models.PositiveIntegerField(default=1)
    request_id = models.CharField(max_length=64, blank=True, help_text="Of the last time.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "reason", "body_hash"], name="the_same_refusal_is_kept_once"
            ),
        ]
        indexes = [models.Index(fields=["-last_at", "-id"], name="refused_notices_listed")]

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"
