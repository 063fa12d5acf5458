"""Who sells for us."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from .permissions import ALL_PERMISSIONS


def known_permissions(names: list[str]) -> None:
    """Refuse a permission that no route asks for."""
    if unknown := sorted(set(names) - set(ALL_PERMISSIONS)):
        raise ValidationError(f"Unknown permissions: {', '.join(unknown)}.")


class Partner(models.Model):
    """An online travel agency; all it sells, holds and owns carries its id."""

    is_authenticated = True  # what Django asks of a caller
    is_anonymous = False

    partner_id = models.CharField(
        max_length=40, unique=True, validators=[RegexValidator(r"^[A-Z0-9_-]{2,40}\Z")]
    )
    name = models.CharField(max_length=100)
    contact_name = models.CharField(max_length=100, blank=True)
    contact_email = models.EmailField(blank=True)
    rate_limit = models.PositiveIntegerField(
        "requests per minute",
        default=100,
        validators=[MinValueValidator(100), MaxValueValidator(1000)],
        help_text="Counted over all keys of the partner.",
    )
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["partner_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate_limit__gte=100, rate_limit__lte=1000),
                name="rate_limit_between_100_and_1000",
            )
        ]

    def __str__(self) -> str:
        return self.partner_id


class Reseller(models.Model):
    """Who sells a partner's batches on; its rate and contract, known to that partner alone."""

    class Cycle(models.TextChoices):
        WEEKLY = "weekly"
        MONTHLY = "monthly"
        QUARTERLY = "quarterly"

    class ContractStatus(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        ENDED = "ended"

    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="resellers", db_index=False
    )  # an index below begins with it
    reseller_code = models.CharField(
        max_length=40, validators=[RegexValidator(r"^[A-Za-z0-9_-]{1,40}\Z")]
    )
    name = models.CharField(max_length=100)
    contact_name = models.CharField(max_length=100, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=21, blank=True)
    commission_rate = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.10"),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="A fraction: 0.10 is ten per cent.",
    )
    contract_start = models.DateField(
        null=True, blank=True, help_text="Its first day in Hong Kong; empty: since ever."
    )
    contract_end = models.DateField(
        null=True, blank=True, help_text="Its last day in Hong Kong; empty: without end."
    )
    contract_status = models.CharField(
        max_length=10, choices=ContractStatus, default=ContractStatus.ACTIVE
    )
    settlement_cycle = models.CharField(max_length=10, choices=Cycle, default=Cycle.MONTHLY)
    region = models.CharField(max_length=40, blank=True)
    tier = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["partner", "-created_at", "-id"], name="resellers_listed")]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "reseller_code"], name="one_reseller_per_code"
            ),
            models.CheckConstraint(
                condition=Q(commission_rate__gte=0, commission_rate__lte=1),
                name="commission_rate_between_0_and_1",
            ),
            models.CheckConstraint(
                condition=Q(contract_start=None)
                | Q(contract_end=None)
                | Q(contract_end__gte=models.F("contract_start")),
                name="contract_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reseller_code} {self.name}"

    @property
    def status(self) -> str:
        """active or inactive, as partners name it."""
        return "active" if self.is_active else "inactive"

    def takes_batches(self, day: date) -> bool:
        """Whether the reseller is active and its contract in force on a day in Hong Kong."""
        return (
            self.is_active
            and self.contract_status == self.ContractStatus.ACTIVE
            and (self.contract_start is None or self.contract_start <= day)
            and (self.contract_end is None or day <= self.contract_end)
        )


class ResellerChange(models.Model):
    """What was changed of a reseller, by whom; never changed itself, never deleted."""

    reseller = models.ForeignKey(Reseller, models.PROTECT, related_name="history")
    # Only what differs; people are masked, for what stands here can never be taken back.
    before = models.JSONField(help_text="Empty for the registration.")
    after = models.JSONField()
    by = models.CharField(max_length=80)
    request_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "reseller history"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

    @property
    def kind(self) -> str:
        """registered, deactivated, reactivated or changed."""
        if not self.before:
            return "registered"
        is_active = self.after.get("is_active")
        if is_active is None:
            return "changed"
        return "reactivated" if is_active else "deactivated"


class ApiKey(models.Model):
    """A partner's credential: only a keyed digest of it is stored."""

    class Environment(models.TextChoices):
        LIVE = "live"
        TEST = "test"

    class State(StrEnum):
        LIVE = "live"
        EXPIRED = "expired"
        REVOKED = "revoked"

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="keys")
    public_id = models.CharField(max_length=40, unique=True)
    digest = models.BinaryField(max_length=32)
    label = models.CharField(max_length=100, blank=True)
    environment = models.CharField(max_length=4, choices=Environment, default=Environment.LIVE)
    permissions = ArrayField(
        models.CharField(max_length=40), default=list, validators=[known_permissions]
    )
    replaces = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="successors"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(
        null=True, blank=True, help_text="Coarse: written at most every ten minutes."
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.partner} {self.public_id}"

    def state_at(self, at: datetime) -> State:
        """Whether the key itself works at a moment; its partner may be inactive."""
        if self.revoked_at is not None:
            return self.State.REVOKED
        ended = self.expires_at is not None and self.expires_at <= at
        return self.State.EXPIRED if ended else self.State.LIVE

    @classmethod
    def in_state(cls, state: State, at: datetime | Now, of: str = "") -> Q:
        """The rule of `state_at` as a condition; `of` leads to the keys, as in `keys__`."""
        kept, ended = Q((f"{of}revoked_at", None)), Q((f"{of}expires_at__lte", at))
        lasts = Q((f"{of}expires_at", None)) | Q((f"{of}expires_at__gt", at))
        revoked = Q((f"{of}revoked_at__isnull", False))
        rule = {"live": kept & lasts, "expired": kept & ended, "revoked": revoked}
        return rule[state]


class PaymentSecret(models.Model):
    """What a partner signs its payment notices with; two may be valid while one is changed."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="payment_secrets")
    sealed = models.BinaryField()
    created_at = models.DateTimeField()
    retires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.partner} payment secret of {self.created_at:%Y-%m-%d}"


class PartnerChange(models.Model):
    """What was changed of a partner or its credentials, by whom; never changed, never deleted."""

    class Kind(models.TextChoices):
        REGISTERED = "registered"
        CHANGED = "changed"
        DEACTIVATED = "deactivated"
        REACTIVATED = "reactivated"
        KEY_ISSUED = "key_issued"
        KEY_CHANGED = "key_changed"
        KEY_ROTATED = "key_rotated"
        KEY_REVOKED = "key_revoked"
        SECRET_MADE = "secret_made", "Payment secret made"
        SECRET_ENDED = "secret_ended", "Payment secret ended"

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="history")
    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="history", null=True, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    # Only what differs; people are masked, for what stands here can never be taken back.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    by = models.CharField(max_length=80)
    request_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "partner history"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
