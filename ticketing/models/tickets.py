from django.db import models
from django.db.models import Q

from config.errors import Refusal
from inventory.models import ChannelAllocation, CustomerType, Product
from resellers.models import Partner

from ..errors import TicketAlreadyActivated, TicketNotFound, TicketNotSellable
from ..lifecycle import Lifecycle, Move
from .batches import Batch
from .orders import Order


class TicketQuerySet(models.QuerySet["Ticket"]):
    def of(self, partner: Partner, code: str) -> "Ticket":
        """The partner's ticket by its code; raises TicketNotFound."""
        try:
            return self.get(partner=partner, code=code)
        except self.model.DoesNotExist:
            raise TicketNotFound("No ticket of yours has this code.") from None

    def locked(self) -> "TicketQuerySet":
        """Locked until the transaction ends, ids ascending; their orders are locked before."""
        return self.select_for_update(no_key=True, of=("self",)).order_by("id")


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
    # Partner and batch have no index of their own: those below begin with them.
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="tickets", null=True, blank=True, db_index=False
    )
    batch = models.ForeignKey(
        Batch,
        models.PROTECT,
        related_name="tickets",
        null=True,
        blank=True,
        db_index=False,
        help_text="Set for pre-made tickets.",
    )
    order = models.ForeignKey(Order, models.PROTECT, related_name="tickets", null=True, blank=True)
    # Too many tickets have the same of each for an index to lead to few of them.
    allocation = models.ForeignKey(
        ChannelAllocation, models.PROTECT, related_name="tickets", db_index=False
    )
    product = models.ForeignKey(Product, models.PROTECT, related_name="tickets", db_index=False)
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
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("expire_ticket", "Can expire tickets"),
            ("cancel_ticket", "Can cancel tickets"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="ACTIVE")
                | (Q(order__isnull=False) & Q(activated_at__isnull=False)),
                name="active_tickets_are_sold",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="tickets_listed"),
            models.Index(
                fields=["partner", "-created_at", "-id"],
                condition=Q(batch__isnull=False),
                name="premade_tickets_listed",
            ),
            models.Index(
                fields=["partner", "status", "-created_at", "-id"],
                condition=Q(batch__isnull=False),
                name="premade_tickets_by_status",
            ),
            models.Index(fields=["batch", "status"], name="tickets_of_a_batch"),
        ]

    def __str__(self) -> str:
        return self.code

    def is_cancellable(self) -> bool:
        """Whether it is unsold, or sold and nothing of it redeemed."""
        if self.status == self.Status.ACTIVE and self.batch:
            return bool(self.entitlements == self.batch.entitlements)
        return self.status in (self.Status.PRE_GENERATED, self.Status.ACTIVE)

    def not_for_sale(self) -> Refusal:
        """Why it cannot be activated."""
        if self.activated_at:
            return TicketAlreadyActivated("This ticket has already been activated.")
        return TicketNotSellable(f"This ticket is {self.status} and cannot be activated.")


class TicketMove(Move):
    subject = models.ForeignKey(Ticket, models.PROTECT, related_name="history")
