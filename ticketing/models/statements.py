from django.db import models
from django.db.models import F, Q

from config.errors import Refusal
from resellers.models import Partner, Reseller

from ..errors import IllegalMove, StatementNotFound
from ..lifecycle import Lifecycle, Move
from .settlement import SettlementEntry

DIRECT = "direct"  # the account of batches without a reseller


class StatementQuerySet(models.QuerySet["Statement"]):
    def of(self, partner: Partner, statement_id: object) -> "Statement":
        """The partner's statement by its id; raises StatementNotFound."""
        try:
            return self.get(partner=partner, pk=statement_id)
        except self.model.DoesNotExist:
            raise StatementNotFound("No statement of yours has this id.") from None

    def locked(self) -> "StatementQuerySet":
        """Locked until the transaction ends."""
        return self.select_for_update(no_key=True, of=("self",))


class Statement(Lifecycle):
    """A closed period of a reseller, or of a partner's own sales; only its status ever changes."""

    class Status(models.TextChoices):
        ISSUED = "ISSUED"
        DISPUTED = "DISPUTED"
        SETTLED = "SETTLED"

    MOVES = {
        Status.ISSUED: {Status.DISPUTED, Status.SETTLED},
        Status.DISPUTED: {Status.DISPUTED, Status.SETTLED},  # one note after the other
        Status.SETTLED: {Status.DISPUTED},
    }

    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="statements", db_index=False
    )  # an index below begins with it
    reseller = models.ForeignKey(
        Reseller, models.PROTECT, related_name="statements", null=True, blank=True
    )
    number = models.PositiveIntegerField(help_text="Counted per reseller, without gaps.")
    partner_name = models.CharField(max_length=100, help_text="As it was at the closing.")
    reseller_code = models.CharField(max_length=40, help_text="direct where there is no reseller.")
    reseller_name = models.CharField(max_length=100, blank=True)
    cycle = models.CharField(max_length=10, choices=Reseller.Cycle)
    period_start = models.DateField()
    period_end = models.DateField(help_text="The last day of the period, in Hong Kong.")
    currency = models.CharField(max_length=3)
    lines_count = models.PositiveIntegerField("lines")
    activations = models.PositiveIntegerField()
    reversals = models.PositiveIntegerField()
    adjustments = models.PositiveIntegerField(help_text="Lines that belong to earlier periods.")
    gross = models.DecimalField(max_digits=14, decimal_places=2)
    commission = models.DecimalField(max_digits=14, decimal_places=2)
    net = models.DecimalField(max_digits=14, decimal_places=2)
    adjustments_net = models.DecimalField(max_digits=14, decimal_places=2)
    checksum = models.CharField(max_length=64, help_text="SHA-256 over its lines.")
    status = models.CharField(max_length=20, choices=Status, default=Status.ISSUED)
    created_at = models.DateTimeField("closed at")

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("close_statement", "Can close settlement periods"),
            ("dispute_statement", "Can note disputes of statements"),
            ("settle_statement", "Can mark statements as settled"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "reseller", "number"],
                nulls_distinct=False,
                name="statements_are_numbered",
            ),
            models.UniqueConstraint(
                fields=["partner", "reseller", "currency", "period_start"],
                nulls_distinct=False,
                name="a_period_is_closed_once",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="periods_end_after_they_start"
            ),
            models.CheckConstraint(
                condition=Q(net=F("gross") - F("commission")), name="statement_net_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1)
                & Q(lines_count__gte=1)
                & Q(lines_count=F("activations") + F("reversals")),
                name="statement_counts_its_lines",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="statements_listed"),
        ]

    def __str__(self) -> str:
        return f"{self.reseller_code}-{self.number:04}"

    def refusal(self) -> Refusal:
        return IllegalMove(f"This statement is {self.status}.")


class StatementMove(Move):
    subject = models.ForeignKey(Statement, models.PROTECT, related_name="history")

    class Meta(Move.Meta):
        verbose_name_plural = "statement history"


class StatementLine(models.Model):
    """An entry on its one statement; what the line says is the entry, which never changes."""

    entry = models.OneToOneField(
        SettlementEntry, models.PROTECT, primary_key=True, related_name="line"
    )
    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="lines", db_index=False
    )  # the constraint below begins with it
    position = models.PositiveIntegerField()
    is_adjustment = models.BooleanField(
        "adjustment", help_text="It came too late for its own period, or takes back a sale of one."
    )

    class Meta:
        ordering = ["statement", "position"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "position"], name="lines_of_a_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.statement} {self.position}"
