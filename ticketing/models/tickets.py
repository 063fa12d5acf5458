import json
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Q

from config.errors import Refusal
from config.statements import Row
from inventory.models import ChannelAllocation, CustomerType, Product
from resellers.models import Partner

from ..errors import TicketAlreadyActivated, TicketNotFound, TicketNotSellable
from ..gate_errors import TicketCancelled, TicketExpired, TicketNotActive, TicketUsed
from ..lifecycle import Lifecycle, Move
from .batches import Batch
from .orders import Order

SHOWN = ("id", "code", "partner_id", "product_id", "status", "entitlements", "generation", "qr_kid")
SHOWN_COLUMNS = ", ".join(f"t.{name}" for name in SHOWN) + ", p.name"


class TicketQuerySet(models.QuerySet["Ticket"]):
    def of(self, partner: Partner | None, code: str) -> "Ticket":
        """The partner's ticket by its code, of None one of direct sales; raises TicketNotFound."""
        try:
            return self.get(partner=partner, code=code)
        except self.model.DoesNotExist:
            raise TicketNotFound("No ticket of yours has this code.") from None

    def locked(self) -> "TicketQuerySet":
        """Locked until the transaction ends, ids ascending; their orders are locked before."""
        return self.select_for_update(no_key=True, of=("self",)).order_by("id")

    def unspent_by_kid(self, *, since: datetime) -> dict[int, int]:
        """How many may be scanned yet, by the key of their QR; uses taken `since` may be undone."""
        undoable = self.filter(redemptions__at__gte=since).order_by().values("pk")
        scannable = Q(status__in=("PRE_GENERATED", "ACTIVE")) | Q(status="USED", pk__in=undoable)
        counted = self.filter(scannable).order_by().values("qr_kid").annotate(number=Count("id"))
        return {row["qr_kid"]: row["number"] for row in counted}


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
    used_at = models.DateTimeField(
        null=True, blank=True, help_text="Its last use was taken then; empty again after an undo."
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("expire_ticket", "Can expire tickets"),
            ("cancel_ticket", "Can cancel tickets"),
            ("reissue_ticket", "Can reissue tickets"),
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
            # What settlement counts by day; unsold and active tickets are in neither.
            models.Index(
                fields=["batch", "used_at"],
                condition=Q(used_at__isnull=False),
                name="used_tickets_of_a_batch",
            ),
            models.Index(
                fields=["batch", "cancelled_at"],
                condition=Q(cancelled_at__isnull=False),
                name="cancelled_tickets_of_a_batch",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @classmethod
    def from_row(cls, row: Row) -> "Ticket":
        """The ticket of a hand-written statement that asked for SHOWN_COLUMNS."""
        *values, product_name = row
        values[5] = json.loads(values[5])
        ticket = cls.from_db("default", SHOWN, values)
        ticket.product = Product.from_db("default", ("id", "name"), (values[3], product_name))
        return ticket

    @property
    def type(self) -> str:
        """OTA where a partner sells it, NORMAL for direct sales."""
        return "NORMAL" if self.partner_id is None else "OTA"

    @property
    def can_be_shown(self) -> bool:
        """Whether a QR may be made for it; unsold ones too, for partners deliver before sale."""
        return self.status in (self.Status.PRE_GENERATED, self.Status.ACTIVE)

    def remaining(self, function_code: str) -> int | None:
        """Uses left of a function; None where the ticket does not have it."""
        for right in self.entitlements:
            if right["function_code"] == function_code:
                return right["remaining_uses"]
        return None

    def after(self, function_code: str, change: int) -> tuple[list[dict[str, Any]], str]:
        """Its entitlements and status with uses of one function taken (-1) or given back (+1)."""
        entitlements = [
            {**right, "remaining_uses": right["remaining_uses"] + change}
            if right["function_code"] == function_code
            else right
            for right in self.entitlements
        ]
        is_spent = not any(right["remaining_uses"] for right in entitlements)
        return entitlements, (self.Status.USED if is_spent else self.Status.ACTIVE).value

    def is_cancellable(self) -> bool:
        """Whether it is unsold, or sold and nothing of it redeemed."""
        if self.status == self.Status.ACTIVE:
            return not self.redemptions.standing().exists()
        return self.status == self.Status.PRE_GENERATED

    def gate_refusal(self) -> Refusal:
        """Why its status admits to nothing."""
        kinds = {
            self.Status.PRE_GENERATED: TicketNotActive("This ticket has not been activated yet."),
            self.Status.USED: TicketUsed("Every use of this ticket is taken."),
            self.Status.EXPIRED: TicketExpired("This ticket was expired by an operator."),
            self.Status.CANCELLED: TicketCancelled("This ticket was cancelled."),
        }
        return kinds[self.Status(self.status)]

    def not_for_sale(self) -> Refusal:
        """Why it cannot be activated."""
        if self.activated_at:
            return TicketAlreadyActivated("This ticket has already been activated.")
        return TicketNotSellable(f"This ticket is {self.status} and cannot be activated.")


class TicketMove(Move):
    subject = models.ForeignKey(Ticket, models.PROTECT, related_name="history")

    class Meta(Move.Meta):
        verbose_name_plural = "ticket history"
