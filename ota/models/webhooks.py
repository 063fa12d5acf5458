"""Whom partners want told, with what it is signed, and every notice that was made for them."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from resellers.models import Partner

from ..errors import DeliveryNotFound, WebhookNotFound


class Event(models.TextChoices):
    """What partners are told of; the value is the `type` of a notice."""

    INVENTORY_INCREASED = "inventory.increased", _("inventory increased")
    INVENTORY_LOW = "inventory.low", _("inventory low")
    RESERVATION_EXPIRED = "reservation.expired", _("reservation expired")
    ORDER_CONFIRMED = "order.confirmed", _("order confirmed")
    TICKET_USED = "ticket.used", _("ticket used")
    TICKET_CANCELLED = "ticket.cancelled", _("ticket cancelled")


TEST_EVENT = "webhook.test"  # sent on demand, subscribed to by nobody


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def of(self, partner: Partner) -> "EndpointQuerySet":
        """The partner's endpoints that it has not removed."""
        return self.filter(partner=partner, removed_at=None)

    def found(self, partner: Partner, endpoint_id: uuid.UUID) -> "WebhookEndpoint":
        """The partner's endpoint by its id; raises WebhookNotFound."""
        try:
            return self.of(partner).get(pk=endpoint_id)
        except self.model.DoesNotExist:
            raise WebhookNotFound("No webhook of yours has this id.") from None

    def locked(self) -> "EndpointQuerySet":
        """Locked until the transaction ends; its deliveries are locked after it."""
        return self.select_for_update(no_key=True, of=("self",))


class WebhookEndpoint(models.Model):
    """An address of a partner that wants to be told, and how it has been doing."""

    class Why(models.TextChoices):
        GONE = "gone", _("it answered 410")
        FAILING = "failing", _("it failed for three days")
        PARTNER = "partner", _("the partner turned it off")
        STAFF = "staff", _("an operator turned it off")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="webhooks", verbose_name=_("partner")
    )
    url = models.CharField(_("address"), max_length=500)
    events = ArrayField(
        models.CharField(max_length=30, choices=Event), verbose_name=_("events"), default=list
    )
    is_active = models.BooleanField(_("active"), default=True)
    disabled_at = models.DateTimeField(_("turned off"), null=True, blank=True)
    disabled_why = models.CharField(_("why it is off"), max_length=10, choices=Why, blank=True)
    disabled_note = models.CharField(_("note"), max_length=200, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    failures = models.PositiveIntegerField(
        _("failures in a row"), default=0, help_text=_("Of any notice; a success ends them.")
    )
    paused_until = models.DateTimeField(_("left alone until"), null=True, blank=True)
    last_milliseconds = models.PositiveIntegerField(_("last answer took"), default=0)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True)
    listens_since = models.DateTimeField(
        _("told since"), help_text=_("What happened before, or while it was off, is not told.")
    )
    created_at = models.DateTimeField(_("registered"))
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, disabled_at=None, disabled_why="")
                | (Q(is_active=False, disabled_at__isnull=False) & ~Q(disabled_why="")),
                name="a_webhook_that_is_off_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def status(self) -> str:
        """active or disabled, as partners name it."""
        return "active" if self.is_active else "disabled"


class WebhookSecret(models.Model):
    """What notices to an endpoint are signed with; two while one is changed for the other."""

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, related_name="secrets", verbose_name=_("endpoint")
    )
    sealed = models.BinaryField()
    created_at = models.DateTimeField(_("made"))
    retires_at = models.DateTimeField(_("ends"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("webhook secret")
        verbose_name_plural = _("webhook secrets")

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.created_at:%Y-%m-%d}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def of(self, partner: Partner) -> "DeliveryQuerySet":
        """Notices to the partner's endpoints that it has not removed."""
        return self.filter(endpoint__partner=partner, endpoint__removed_at=None)

    def locked_of(self, partner: Partner, delivery_id: uuid.UUID) -> "Delivery":
        """The partner's notice by its id, locked; raises DeliveryNotFound."""
        try:
            return self.of(partner).locked().get(delivery_id=delivery_id)
        except self.model.DoesNotExist:
            raise DeliveryNotFound("No delivery of yours has this id.") from None

    def locked(self) -> "DeliveryQuerySet":
        """Locked until the transaction ends; their endpoint, if at all, before."""
        return self.select_for_update(no_key=True, of=("self",))


class Delivery(models.Model):
    """One notice to one endpoint: what it says, frozen, and how the sending has gone.

    The primary key is the order of sending among those with the same `subject`.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    # The indexes below begin with it.
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        models.PROTECT,
        related_name="deliveries",
        db_index=False,
        verbose_name=_("endpoint"),
    )
    delivery_id = models.UUIDField(_("delivery id"), default=uuid.uuid4, unique=True)
    event_id = models.UUIDField(
        _("event id"), help_text=_("webhook-id: the same for every attempt and endpoint.")
    )
    event_type = models.CharField(_("event"), max_length=30)
    move_id = models.BigIntegerField(
        _("history row"), null=True, blank=True, help_text=_("None: a test.")
    )
    subject = models.CharField(
        _("subject"), max_length=80, help_text=_("Notices about the same are sent in order.")
    )
    payload = models.TextField(_("body"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    leased_until = models.DateTimeField(_("in hand until"), null=True, blank=True)
    first_attempt_at = models.DateTimeField(_("first attempt"), null=True, blank=True)
    last_attempt_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=40, blank=True)
    milliseconds = models.PositiveIntegerField(_("took"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"))

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        permissions = [("replay_delivery", "Can send a notice again")]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_type", "move_id"], name="a_move_is_told_once"
            ),
            models.CheckConstraint(
                condition=(Q(state="pending") & Q(next_attempt_at__isnull=False))
                | (~Q(state="pending") & Q(next_attempt_at=None, leased_until=None)),
                name="only_waiting_notices_have_a_next_attempt",
            ),
        ]
        indexes = [
            BrinIndex(fields=["created_at"]),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="deliveries_listed"),
            models.Index(
                fields=["endpoint", "next_attempt_at", "id"],
                condition=Q(state="pending"),
                name="deliveries_due",
            ),
            models.Index(
                fields=["endpoint", "subject", "id"],
                condition=Q(state="pending"),
                name="deliveries_in_line",
            ),
            models.Index(
                fields=["endpoint"], condition=Q(leased_until__isnull=False), name="in_hand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"

    @property
    def tried_next_at(self) -> datetime | None:
        """When it is tried next, its endpoint being left alone or off considered."""
        if self.next_attempt_at is None or not self.endpoint.is_active:
            return None
        return max(self.next_attempt_at, self.endpoint.paused_until or self.next_attempt_at)


class PartnerMail(models.Model):
    """An e-mail to a partner's contact about something that happened; sent once."""

    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="mails", db_index=False, verbose_name=_("partner")
    )  # the constraint below begins with it
    event_type = models.CharField(_("event"), max_length=30)
    move_id = models.BigIntegerField(_("history row"))
    payload = models.TextField(_("body"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("e-mail to a partner")
        verbose_name_plural = _("e-mails to partners")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "event_type", "move_id"], name="a_move_is_mailed_once"
            ),
        ]
        indexes = [
            BrinIndex(fields=["created_at"]),
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="mails_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.partner_id}"


class Horizon(models.Model):
    """Below it a history holds nothing that could still have to be told.

    It saves looking again at what was looked at; what is told is decided by the deliveries
    alone. It follows `upcoming` once no transaction is open that began before `seen_at`.
    """

    history = models.CharField(_("history"), max_length=20, primary_key=True)
    below = models.BigIntegerField(_("told up to"), default=0)
    upcoming = models.BigIntegerField(_("seen up to"), default=0)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)

    class Meta:
        ordering = ["history"]
        verbose_name = _("told history")
        verbose_name_plural = _("told histories")

    def __str__(self) -> str:
        return f"{self.history} {self.below}"
