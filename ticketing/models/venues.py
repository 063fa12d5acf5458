from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

FUNCTION_CODE = RegexValidator(r"^[A-Z][A-Z0-9_]*\Z")


class Venue(models.Model):
    """A place with a gate; it serves the functions it names, or all if it names none."""

    code = models.CharField(
        max_length=40, unique=True, validators=[RegexValidator(r"^[A-Z0-9_-]{1,40}\Z")]
    )
    name = models.CharField(max_length=100)
    functions = ArrayField(
        models.CharField(max_length=40, validators=[FUNCTION_CODE]),
        default=list,
        blank=True,
        help_text="Function codes redeemed here, separated by commas; none: all of them.",
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="The scanners of an inactive venue are refused."
    )

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    def serves(self, function_code: str) -> bool:
        return not self.functions or function_code in self.functions


class Scanner(models.Model):
    """A device at a gate, known by its key; only a keyed digest of the key is stored."""

    is_authenticated = True  # what the framework asks of a caller

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="scanners")
    label = models.CharField(max_length=100)
    public_id = models.CharField(max_length=40, unique=True)
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="Coarse: written at most once a minute."
    )

    class Meta:
        ordering = ["venue", "label", "id"]

    def __str__(self) -> str:
        return self.label or self.public_id
