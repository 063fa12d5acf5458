from django.db import models
from django.db.models import Q

from resellers.models import Partner, Reseller

from .batches import Batch
from .orders import Order
from .tickets import Ticket


class SettlementEntry(models.Model):
    """What one activation earned, or its cancellation took back; never changed, never deleted."""

    class Kind(models.TextChoices):
        ACTIVATION = "activation"
        REVERSAL = "reversal"

    kind = models.CharField(max_length=12, choices=Kind)
    # Partner and ticket have no index of their own: those below begin with them.
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="settlement_entries", db_index=False
    )
    reseller = models.ForeignKey(
        Reseller, models.PROTECT, related_name="settlement_entries", null=True, blank=True
    )
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="settlement_entries")
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="settlement_entries", db_index=False
    )
    order = models.ForeignKey(Order, models.PROTECT, related_name="settlement_entries")
    gross = models.DecimalField(max_digits=12, decimal_places=2)
    commission_rate = models.DecimalField(max_digits=5, decimal_places=4)
    commission = models.DecimalField(max_digits=12, decimal_places=2)
    net = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    by = models.CharField(max_length=80)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "settlement entries"
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind"], name="each_ticket_settles_once"),
            models.CheckConstraint(
                condition=Q(net=models.F("gross") - models.F("commission")), name="net_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(commission_rate__gte=0, commission_rate__lte=1),
                name="entry_rate_between_0_and_1",
            ),
        ]
        # With all that a summary adds up, so that it does not read the table.
        indexes = [
            models.Index(
                fields=["partner", "at"],
                include=["batch", "reseller", "kind", "gross", "commission"],
                name="entries_of_a_period",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ticket_id} {self.gross}"
