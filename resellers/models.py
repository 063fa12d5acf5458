"""Who sells for us."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

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


class ApiKey(models.Model):
    """A partner's credential: only a keyed digest of it is stored."""

    class Environment(models.TextChoices):
        LIVE = "live"
        TEST = "test"

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
