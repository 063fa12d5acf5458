from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from config.errors import Refusal
from customers.models import Account
from inventory.models import Channel, Product
from resellers.models import Partner

from ..errors import OrderAlreadyConfirmed, OrderNotFound, OrderNotPayable
from ..lifecycle import Lifecycle, Move
from .batches import Batch
from .customers import Customer
from .reservations import Reservation


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, partner: Partner | None, order_id: str) -> "Order":
        """The partner's order by its number, of None one of direct sales; raises OrderNotFound."""
        try:
            return self.get(partner=partner, order_id=order_id)
        except self.model.DoesNotExist:
            raise OrderNotFound("No order of yours has this id.") from None

    def bought_by(self, account: Account, order_id: str) -> "Order":
        """The customer's own order by its number; raises OrderNotFound."""
        try:
            return self.get(account=account, order_id=order_id)
        except self.model.DoesNotExist:
            raise OrderNotFound("No order of yours has this id.") from None

    def holding_units_of(self, account: Account) -> int:
        """How many unpaid orders of a customer hold units now."""
        unpaid = self.filter(account=account, status="PENDING_PAYMENT")
        held = unpaid.filter(reservation__status="active", reservation__expires_at__gt=Now())
        return held.count()

    def as_shown(self) -> "OrderQuerySet":
        """Adds `shown_status`: unpaid on an overdue hold is EXPIRED in every answer at once."""
        lapsed = Q(
            status="PENDING_PAYMENT",
            reservation__status="active",
            reservation__expires_at__lte=Now(),
        )
        return self.annotate(
            shown_status=Case(When(lapsed, then=Value("EXPIRED")), default=F("status"))
        )

    def locked(self) -> "OrderQuerySet":
        """Locked until the transaction ends; the reservation is always locked before."""
        return self.select_for_update(no_key=True, of=("self",))


class Order(Lifecycle):
    """What somebody bought, at which price, in which channel."""

    class Status(models.TextChoices):
        PENDING_PAYMENT = "PENDING_PAYMENT"
        CONFIRMED = "CONFIRMED"
        CANCELLED = "CANCELLED"
        EXPIRED = "EXPIRED"

    MOVES = {
        Status.PENDING_PAYMENT: {Status.CONFIRMED, Status.CANCELLED, Status.EXPIRED},
        Status.CONFIRMED: {Status.CANCELLED},
        Status.CANCELLED: set(),
        Status.EXPIRED: set(),
    }

    order_id = models.CharField(max_length=40, unique=True)
    channel = models.CharField(max_length=10, choices=Channel)
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="orders", null=True, blank=True
    )
    # An index below begins with it.
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="orders", null=True, blank=True, db_index=False
    )
    reservation = models.OneToOneField(
        Reservation, models.PROTECT, related_name="order", null=True, blank=True
    )
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="orders", null=True, blank=True)
    product = models.ForeignKey(Product, models.PROTECT, related_name="orders")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders")
    quantity = models.PositiveIntegerField()
    customer_types = models.JSONField(help_text='Units by customer type, {"adult": 2}.')
    visit_date = models.DateField(null=True, blank=True)
    total_amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING_PAYMENT)
    payment_reference = models.CharField(max_length=64, blank=True)
    confirmation_code = models.CharField(max_length=20, unique=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [("cancel_order", "Can cancel orders and their tickets")]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel="ota", partner__isnull=False, account=None)
                | Q(channel="direct", partner=None, account__isnull=False),
                name="partners_sell_customers_buy",
            ),
            models.CheckConstraint(condition=Q(total_amount__gte=0), name="order_not_negative"),
            models.CheckConstraint(
                condition=~Q(status="CONFIRMED")
                | (Q(confirmed_at__isnull=False) & ~Q(payment_reference="")),
                name="confirmed_orders_are_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="orders_listed"),
            models.Index(
                fields=["account", "-created_at", "-id"],
                condition=Q(account__isnull=False),
                name="orders_of_a_customer",
            ),
            # What was paid lately, found among the orders of years.
            BrinIndex(fields=["confirmed_at"], name="orders_by_payment"),
        ]

    def __str__(self) -> str:
        return self.order_id

    @property
    def source(self) -> str:
        """Who reports its payments: `direct`, or its partner's id."""
        return self.partner.partner_id if self.partner else Channel.DIRECT.value

    def refusal(self) -> Refusal:
        if self.status == self.Status.CONFIRMED:
            return OrderAlreadyConfirmed("This order is paid and its tickets are issued.")
        return OrderNotPayable(f"This order is {self.status} and cannot be paid.")


class OrderMove(Move):
    subject = models.ForeignKey(Order, models.PROTECT, related_name="history")

    class Meta(Move.Meta):
        verbose_name_plural = "order history"
