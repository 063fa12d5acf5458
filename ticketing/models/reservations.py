import json
import uuid

from django.db import models
from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Now

from config.actors import Actor
from config.errors import Refusal
from config.statements import fetch
from inventory.models import ChannelAllocation
from inventory.moves import Along
from resellers.models import Partner

from ..errors import (
    ReservationAlreadyActivated,
    ReservationCancelled,
    ReservationExpired,
    ReservationNotFound,
)
from ..lifecycle import Lifecycle, Move


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def overdue(self) -> "ReservationQuerySet":
        """Active holds whose time is over, whether or not the sweep has seen them."""
        return self.filter(status="active", expires_at__lte=Now())

    def as_shown(self) -> "ReservationQuerySet":
        """Adds `shown_status`: an overdue hold is expired in every answer at once."""
        lapsed = Q(status="active", expires_at__lte=Now())
        return self.annotate(
            shown_status=Case(When(lapsed, then=Value("expired")), default=F("status"))
        )

    def shown_as(self, status: str) -> "ReservationQuerySet":
        """Those partners see in this status, or `all`."""
        if status == "active":
            return self.filter(status="active", expires_at__gt=Now())
        if status == "expired":
            lapsed = Q(status="active", expires_at__lte=Now())
            return self.filter(Q(status="expired") | lapsed)
        return self if status == "all" else self.filter(status=status)

    def lock(self, *, partner: Partner | None, reservation_id: uuid.UUID) -> "Reservation":
        """The partner's reservation, of None one of direct sales, locked to the transaction's end.

        Raises ReservationNotFound. Whether it is overdue is asked after the lock was won.
        """
        locked = self.select_for_update(no_key=True)
        try:
            reservation = locked.get(partner=partner, id=reservation_id)
        except self.model.DoesNotExist:
            raise ReservationNotFound("No reservation of yours has this id.") from None
        # Now() is the start of a statement, here of one begun under the lock; unlike the moving
        # clock it can be looked up in an index.
        reservation.is_overdue = self.filter(pk=reservation.pk).overdue().exists()
        return reservation

    def lock_overdue(
        self, allocation_id: int, limit: int, *, nowait: bool = False
    ) -> list["Reservation"]:
        """Overdue holds of one allocation that nobody else is deciding about, locked.

        With `nowait` one in other hands is not left out but an OperationalError (55P03).
        """
        due = self.overdue().filter(allocation_id=allocation_id).order_by("id")
        locked = due.select_for_update(no_key=True, skip_locked=not nowait, nowait=nowait)
        return list(locked.only("id", "quantity")[:limit])


class Reservation(Lifecycle):
    """Units held for a partner until it activates, cancels or lets them lapse.

    Without a partner: units of the direct pool, held for the order that was placed with them.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        ACTIVATED = "activated"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    MOVES = {
        Status.ACTIVE: {Status.ACTIVATED, Status.CANCELLED, Status.EXPIRED},
        Status.ACTIVATED: set(),
        Status.CANCELLED: set(),
        Status.EXPIRED: set(),
    }

    # The two indexes below begin with them.
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="reservations", null=True, blank=True, db_index=False
    )
    allocation = models.ForeignKey(
        ChannelAllocation, models.PROTECT, related_name="reservations", db_index=False
    )
    product_id = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    pricing_snapshot = models.JSONField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    is_overdue = False  # set by `lock`

    objects = ReservationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("cancel_reservation", "Can cancel reservations"),
            ("expire_reservation", "Can expire overdue reservations"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="reservation_holds_units"),
            models.CheckConstraint(
                condition=ExpressionWrapper(
                    Q(status="active", resolved_at=None)
                    | (~Q(status="active") & Q(resolved_at__isnull=False)),
                    output_field=BooleanField(),
                ),
                name="reservation_resolved_when_not_active",
            ),
        ]
        indexes = [
            models.Index(
                fields=["allocation", "expires_at"],
                condition=Q(status="active"),
                name="reservations_due",
            ),
            models.Index(fields=["partner", "-created_at", "-id"], name="reservations_listed"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def opening(self) -> Along:
        """This new reservation and its first history row, to be written along with the hold."""
        return Along(
            _OPENING,
            {
                "id": self.id,
                "partner": self.partner_id,
                "product": self.product_id,
                "quantity": self.quantity,
                "snapshot": json.dumps(self.pricing_snapshot),
                "expires_at": self.expires_at,
            },
        )

    def open(self, *, by: Actor) -> None:
        """Write it at once, for an order that is placed on it before its units are held."""
        signature = {"at": self.created_at, "by": by.name, "request_id": by.request_id}
        alone = {**self.opening().params, "allocation": self.allocation_id, **signature}
        fetch(f"WITH held AS (SELECT true), {_OPENING}", alone)

    @property
    def is_held(self) -> bool:
        """Whether a locked reservation still holds its units."""
        return self.status == self.Status.ACTIVE and not self.is_overdue

    def must_be_active(self) -> None:
        """Raises what stands in the way of activating or cancelling a locked reservation."""
        if not self.is_held:
            raise self.refusal()

    def refusal(self) -> Refusal:
        if self.status == self.Status.ACTIVATED:
            return ReservationAlreadyActivated("This reservation has already become an order.")
        if self.status == self.Status.CANCELLED:
            return ReservationCancelled("This reservation was cancelled. Reserve again.")
        return ReservationExpired("This reservation has expired. Reserve again.")


class ReservationMove(Move):
    subject = models.ForeignKey(Reservation, models.PROTECT, related_name="history")

    class Meta(Move.Meta):
        verbose_name_plural = "reservation history"


# Allocation, moment and actor are those of the hold.
_OPENING = """
opened AS (
  INSERT INTO ticketing_reservation
    (id, partner_id, allocation_id, product_id, quantity, status, pricing_snapshot,
     expires_at, created_at)
  SELECT %(id)s::uuid, %(partner)s::bigint, %(allocation)s::bigint, %(product)s::int,
         %(quantity)s::int, 'active', %(snapshot)s::jsonb, %(expires_at)s::timestamptz,
         %(at)s::timestamptz FROM held
  RETURNING id)
INSERT INTO ticketing_reservationmove (subject_id, status, was, by, request_id, reason, at)
SELECT id, 'active', '', %(by)s::text, %(request_id)s::text, '', %(at)s::timestamptz FROM opened"""
