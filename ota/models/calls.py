"""What partners called, and what they were first answered."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from resellers.models import Partner


class ApiCall(models.Model):
    """One call of a partner: who, where, how it ended; no key, no body, no customer data."""

    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="calls", null=True, blank=True
    )
    key_id = models.CharField("key", max_length=40, blank=True)
    method = models.CharField(max_length=10)
    route = models.CharField(max_length=60)
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60, blank=True, help_text="Of the problem, if it was one.")
    milliseconds = models.FloatField()
    request_id = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name = "API call"
        permissions = [
            ("view_usage", "Can view partner usage"),
            ("view_businessmetrics", "Can view monthly business metrics"),
        ]
        indexes = [
            BrinIndex(fields=["at"]),
            models.Index(fields=["partner", "-id"], name="calls_of_a_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.status}"


class IdempotencyRecord(models.Model):
    """The first answer to an Idempotency-Key, committed with what it answered."""

    # Gone after a day, so nothing can be lost by it; the constraint below is its index.
    partner = models.ForeignKey(
        Partner,
        models.PROTECT,
        related_name="idempotency_records",
        db_index=False,
        db_constraint=False,
    )
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "first answer"
        constraints = [
            models.UniqueConstraint(fields=["partner", "key"], name="one_answer_per_key"),
        ]
        indexes = [BrinIndex(fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.key}"
