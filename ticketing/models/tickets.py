from django.db import models
from django.db.models import Q

from inventory.models import ChannelAllocation, CustomerType, Product
from resellers.models import Partner

from ..lifecycle import Lifecycle, Move
from .orders import Order


class Ticket(Lifecycle):
    """The right to enter, which may exist long before it has an owner."""

    class Status(models.TextChoices):
        PRE_GENERATED = "PRE_GENERATED"
        ACTIVE = "ACTIVE"
        USED = "USED"
        EXPIRED = "EXPIRED"
        CANCELLED = "CANCELLED"

    MOVES = {
        Status.PRE_GENERATED: {Status.ACTIVE, Status.EXPIRED, Status.CANCELLED},
        Status.ACTIVE: {Status.USED, Status.EXPIRED, Status.CANCELLED},
        Status.USED: {Status.ACTIVE},  # undo at the gate
        Status.EXPIRED: set(),
        Status.CANCELLED: set(),
    }

    code = models.CharField(max_length=60, unique=True)
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="tickets", null=True, blank=True
    )
    order = models.ForeignKey(Order, models.PROTECT, related_name="tickets", null=True, blank=True)
    allocation = models.ForeignKey(ChannelAllocation, models.PROTECT, related_name="tickets")
    product = models.ForeignKey(Product, models.PROTECT, related_name="tickets")
    status = models.CharField(max_length=20, choices=Status, default=Status.PRE_GENERATED)
    customer_type = models.CharField(max_length=10, choices=CustomerType, blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    entitlements = models.JSONField(help_text="[{function_code, remaining_uses}, …]")
    generation = models.PositiveIntegerField(
        default=1, help_text="Raised by a reissue, which ends every earlier QR."
    )
    qr_kid = models.PositiveIntegerField(help_text="The key its printed QR is signed with.")
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="ACTIVE")
                | (Q(order__isnull=False) & Q(activated_at__isnull=False)),
                name="active_tickets_are_sold",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="tickets_listed"),
        ]

    def __str__(self) -> str:
        return self.code


class TicketMove(Move):
    subject = models.ForeignKey(Ticket, models.PROTECT, related_name="history")
