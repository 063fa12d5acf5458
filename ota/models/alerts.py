"""What somebody should know: alerts, and whether the parts that would raise them live."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# What a rule is called, by its name; the rulebook fills it in.
TITLES: dict[str, Any] = {}


class Heartbeat(models.Model):
    """When a part that runs on its own was last seen alive."""

    class Part(models.TextChoices):
        BEAT = "beat"
        WORKER = "worker"
        SENDER = "sender"

    part = models.CharField(max_length=10, choices=Part, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part} {self.at:%Y-%m-%d %H:%M:%S}"


class Alert(models.Model):
    """A condition that somebody should know of, from when it was first seen until it ended.

    `rule` says which condition, `subject` of what (a product id, a partner id, a path; never
    a person): while both are open there is one alert, however often it is seen. `facts` are
    the figures it was judged by, `{"available": 80, "threshold": 100}`.
    """

    class Severity(models.TextChoices):
        CRITICAL = "critical", _("critical")
        WARNING = "warning", _("warning")
        INFO = "info", _("for information")

    rule = models.CharField(_("rule"), max_length=60)
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    facts: Any = models.JSONField(_("facts"), default=dict)
    count = models.PositiveIntegerField(_("times seen"), default=1)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(_("note"), blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    closing_mailed_at = models.DateTimeField(_("end mailed"), null=True, blank=True)

    class Meta:
        ordering = ["-last_seen_at", "-id"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        permissions = [("acknowledge_alert", "Can acknowledge an alert")]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"],
                condition=Q(closed_at=None),
                name="one_open_alert_per_condition",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="an_acknowledgement_has_a_name",
            ),
        ]
        # Those that closed a moment ago, and the history in the back office.
        indexes = [models.Index(fields=["closed_at"], name="alerts_by_their_end")]

    def __str__(self) -> str:
        return f"{TITLES.get(self.rule, self.rule)} {self.subject}".strip()

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class AlertThreshold(models.Model):
    """When a rule speaks, as operators set it; what a rule does not ask for is empty.

    Which of the numbers a rule has, what they mean and how far they go: `ota.alerts.rulebook`.
    """

    rule = models.CharField(_("rule"), max_length=60, primary_key=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Alert.Severity)
    value = models.PositiveIntegerField(_("limit"), null=True, blank=True)
    minimum = models.PositiveIntegerField(_("judged from"), null=True, blank=True)
    window_minutes = models.PositiveIntegerField(_("minutes looked at"), null=True, blank=True)

    class Meta:
        ordering = ["rule"]
        verbose_name = _("alert threshold")
        verbose_name_plural = _("alert thresholds")

    def __str__(self) -> str:
        return str(TITLES.get(self.rule, self.rule))
