"""Units that partners need at once: one account asks, another one grants."""

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .products import Product


class UrgentReleaseQuerySet(models.QuerySet["UrgentRelease"]):
    """Releases, and what has become of them by now."""

    def with_state(self) -> "UrgentReleaseQuerySet":
        """Each with its `state`: the status, or `expired` for what nobody decided in time."""
        overdue = When(status="requested", expires_at__lte=Now(), then=Value("expired"))
        return self.annotate(
            state=Case(overdue, default=F("status"), output_field=models.CharField())
        )


class UrgentRelease(models.Model):
    """Units for the partners' pool, past the checks of a reallocation, by two accounts.

    `partner` is the public id of the partner who asked; the stock does not know partners.
    The id is the cause of the moves it led to. Nothing but the decision is ever written
    later, and that once.
    """

    class Source(models.TextChoices):
        DIRECT = "direct", _("the pool of direct sales")
        CAPACITY = "capacity", _("more capacity")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("waits for approval")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="urgent_releases", verbose_name=_("product")
    )
    partner = models.CharField(_("partner"), max_length=40)
    units = models.PositiveIntegerField(_("units"), validators=[MinValueValidator(1)])
    source = models.CharField(_("taken from"), max_length=10, choices=Source)
    reason = models.CharField(_("reason"), max_length=200)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    expires_at = models.DateTimeField(_("expires at"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.REQUESTED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    note = models.CharField(_("note on the decision"), max_length=200, blank=True)

    objects: Any = UrgentReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-id"]
        verbose_name = _("emergency release")
        verbose_name_plural = _("emergency releases")
        permissions = [
            ("request_release", "Can request an emergency release"),
            ("approve_release", "Can approve or reject an emergency release"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(units__gte=1) & ~Q(reason="") & ~Q(partner=""),
                name="a_release_says_what_for",
            ),
            # Who decided and when are known of every decision, and of nothing else.
            models.CheckConstraint(
                condition=Q(status="requested", decided_by=None, decided_at=None)
                | Q(~Q(status="requested"), decided_by__isnull=False, decided_at__isnull=False),
                name="a_decision_has_a_name",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "rejected"])
                | ~Q(decided_by=F("requested_by")),
                name="another_account_decides",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | Q(decided_by=F("requested_by")),
                name="a_withdrawal_is_the_requesters",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "approved"]) | ~Q(note=""),
                name="a_no_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["requested", "approved", "rejected", "withdrawn"],
                    source__in=["direct", "capacity"],
                ),
                name="known_status_and_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units:,} × {self.product_id} → {self.partner}"
