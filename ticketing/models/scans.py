from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from .tickets import Ticket
from .venues import Scanner


class Scan(models.Model):
    """One attempt at a gate and its answer; the same scan_id gets the same answer again.

    The QR itself is not kept: `mark` tells whether a repeat is the same scan.
    """

    class Result(models.TextChoices):
        GRANTED = "granted"
        REFUSED = "refused"

    # Three of the references below lead the index of a constraint, so they need none of their own.
    scanner = models.ForeignKey(Scanner, models.PROTECT, related_name="scans", db_index=False)
    scan_id = models.UUIDField(help_text="Made by the device.")
    mark = models.BinaryField(help_text="SHA-256 of the function and the QR.")
    session_code = models.CharField(max_length=64, blank=True)
    function_code = models.CharField(max_length=40)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="scans", null=True, blank=True)
    result = models.CharField(max_length=8, choices=Result)
    code = models.CharField(max_length=40, blank=True, help_text="Why it was refused.")
    status = models.PositiveSmallIntegerField(help_text="Of the answer.")
    answer = models.TextField(help_text="JSON: what the device was told.")
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["scanner", "scan_id"], name="one_answer_per_scan"),
        ]
        indexes = [BrinIndex(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.scan_id} {self.code or self.result}"

    @property
    def is_granted(self) -> bool:
        return self.result == self.Result.GRANTED


class RedemptionQuerySet(models.QuerySet["Redemption"]):
    def taken(self) -> "RedemptionQuerySet":
        """The uses that were taken, each with `is_undone`: whether it was given back."""
        return self.filter(change=-1).annotate(is_undone=self._given_back())

    def standing(self) -> "RedemptionQuerySet":
        """The uses that were taken and not given back."""
        return self.filter(~self._given_back(), change=-1)

    def _given_back(self) -> models.Exists:
        return models.Exists(self.model.objects.filter(scan=models.OuterRef("scan"), change=1))


class Redemption(models.Model):
    """One use of one function taken by a granted scan, or given back by its undo; never changed.

    The rows of a ticket and a function are a chain: `seq` counts them, `remaining` says what
    was left after each. The database lets uses change only together with such a row.
    """

    scan = models.ForeignKey(Scan, models.PROTECT, related_name="redemptions", db_index=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="redemptions", db_index=False)
    function_code = models.CharField(max_length=40)
    seq = models.PositiveIntegerField()
    change = models.SmallIntegerField(choices=[(-1, "taken"), (1, "given back")])
    remaining = models.PositiveIntegerField("uses left after it")
    by = models.CharField(max_length=80)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "function_code", "seq"], name="each_use_taken_once"
            ),
            models.UniqueConstraint(fields=["scan", "change"], name="taken_once_and_undone_once"),
            models.CheckConstraint(condition=Q(change__in=(-1, 1)), name="one_use_at_a_time"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="uses_count_from_1"),
        ]
        indexes = [BrinIndex(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.function_code} {self.change:+d}"
