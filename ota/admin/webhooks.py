"""Whom partners want told, and the log of what was told: who is failing, and sending again."""

import json
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_deeds import end
from config.admin_ground import ReadOnlyAdmin, ReadOnlyInline, code, label, linked, wanted
from config.errors import Refusal

from ..models import Delivery, Horizon, PartnerMail, WebhookEndpoint, WebhookSecret
from ..webhooks import endpoints

COLOURS = {"pending": "info", "delivered": "success", "failed": "danger"}


class SecretsInline(ReadOnlyInline):
    """Since when and until when secrets sign; never what they are."""

    model = WebhookSecret
    hide_title = True
    show_change_link = False
    fields = readonly_fields = ["created_at", "retires_at"]


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """An address of a partner, how it has been doing, and the switch that turns it off."""

    list_display = ["url", "partner", "state", "failing_since", "last_success_at", "created_at"]
    list_filter = ["is_active", "disabled_why", ("partner", RelatedDropdownFilter)]
    list_select_related = ["partner"]
    search_fields = ["url", "partner__partner_id"]
    search_ids = ["id"]
    search_help_text = _("Address, partner id or webhook id")
    inlines = [SecretsInline]
    actions_detail = ["turn_off", "turn_on", "see_deliveries"]
    readonly_fields = ["state", "told"]
    fieldsets = [
        (None, {"fields": ["id", "partner", "url", "told", "state"]}),
        (
            _("How it is doing"),
            {
                "fields": [
                    "failing_since",
                    "failures",
                    "paused_until",
                    "last_success_at",
                    "last_milliseconds",
                ]
            },
        ),
        (_("Turned off"), {"fields": ["disabled_at", "disabled_why", "disabled_note"]}),
        (_("Life"), {"fields": ["created_at", "listens_since", "removed_at"]}),
    ]

    def has_turn_off_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return _may_switch(request, object_id, is_active=True)

    def has_turn_on_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return _may_switch(request, object_id, is_active=False)

    def has_deliveries_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ota.view_delivery")

    @display(description=_("state"))
    def state(self, endpoint: WebhookEndpoint) -> SafeString:
        if endpoint.removed_at:
            return label(_("removed"))
        if not endpoint.is_active:
            return label(_("off"), "danger")
        if endpoint.failing_since:
            return label(_("failing"), "warning")
        return label(_("active"), "success")

    @display(description=_("events"))
    def told(self, endpoint: WebhookEndpoint) -> str:
        return "\n".join(endpoint.events)

    @action(
        description=_("Turn off"),
        icon="notifications_off",
        permissions=["turn_off"],
        variant=ActionVariant.DANGER,
    )
    def turn_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then send nothing more."""
        return self._switch(
            request,
            object_id,
            is_active=False,
            title=_("Turn off"),
            explained=_("Nothing more is sent. What waits goes on waiting."),
            done=_("The webhook is turned off."),
        )

    @action(description=_("Turn on"), icon="notifications_active", permissions=["turn_on"])
    def turn_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then send what waits and tell what happens from now on."""
        return self._switch(
            request,
            object_id,
            is_active=True,
            title=_("Turn on"),
            explained=_("What waits is sent; what happened while it was off is not told."),
            done=_("The webhook is turned on."),
        )

    @action(description=_("Deliveries"), icon="outbox", permissions=["deliveries"])
    def see_deliveries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The log of this endpoint alone."""
        page = reverse("admin:ota_delivery_changelist")
        return HttpResponseRedirect(f"{page}?endpoint__id__exact={object_id}")

    def _switch(
        self, request: HttpRequest, object_id: str, *, is_active: bool, **wording: Any
    ) -> HttpResponse:
        endpoint = wanted(self, request, object_id)

        def switch(*, at: Any, by: Any) -> None:
            endpoints.switch(endpoint=endpoint, is_active=is_active, note=by.reason, at=at)

        return end(self, request, endpoint, switch, **wording)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """One notice to one endpoint: what it says, how often it was tried, how it ended."""

    list_display = [
        "created_at",
        "event_type",
        "partner",
        "shown_state",
        "attempts",
        "response_status",
        "error",
        "subject",
        "tried_next",
    ]
    list_filter = [
        "state",
        "event_type",
        "error",
        ("endpoint__partner", RelatedDropdownFilter),
        ("endpoint", RelatedDropdownFilter),
        "created_at",
    ]
    list_select_related = ["endpoint__partner"]
    search_fields = ["subject__exact"]
    search_ids = ["delivery_id", "event_id"]
    search_help_text = _("Subject such as ticket:…, delivery id or event id")
    actions = ["replay_all"]
    actions_detail = ["replay"]
    readonly_fields = ["shown_state", "partner", "address", "tried_next", "says"]
    fieldsets = [
        (None, {"fields": ["delivery_id", "event_id", "event_type", "subject", "partner"]}),
        (_("To"), {"fields": ["address"]}),
        (
            _("How it went"),
            {
                "fields": [
                    "shown_state",
                    "attempts",
                    "response_status",
                    "error",
                    "milliseconds",
                    "first_attempt_at",
                    "last_attempt_at",
                    "tried_next",
                    "leased_until",
                    "delivered_at",
                ]
            },
        ),
        (_("What it says"), {"fields": ["says", "move_id", "created_at"]}),
    ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "endpoint__id__exact" or super().lookup_allowed(lookup, value, request)

    def has_replay_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ota.replay_delivery")

    @display(description=_("state"), ordering="state")
    def shown_state(self, delivery: Delivery) -> SafeString:
        return label(delivery.get_state_display(), COLOURS[delivery.state])

    @display(description=_("next attempt"), ordering="next_attempt_at")
    def tried_next(self, delivery: Delivery) -> datetime | None:
        return delivery.tried_next_at

    @display(description=_("partner"))
    def partner(self, delivery: Delivery) -> str:
        return delivery.endpoint.partner.partner_id

    @display(description=_("address"))
    def address(self, delivery: Delivery) -> SafeString:
        return linked(delivery.endpoint, delivery.endpoint.url)

    @display(description=_("body"))
    def says(self, delivery: Delivery) -> SafeString:
        return code(json.dumps(json.loads(delivery.payload), ensure_ascii=False, indent=1))

    @action(description=_("Send again"), icon="replay", permissions=["replay"])
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then queue it once more, with the same id and body."""
        delivery = wanted(self, request, object_id)

        def replay(*, at: Any, by: Any) -> None:
            endpoints.replay_by_staff(delivery=delivery, at=at)

        return end(
            self,
            request,
            delivery,
            replay,
            title=_("Send again"),
            explained=_("It is sent with the same id and body, whether or not it had arrived."),
            done=_("It will be sent again."),
        )

    @admin.action(description=_("Send again"), permissions=["replay"])
    def replay_all(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        self._send_again(request, list(deliveries.order_by("pk")))

    def _send_again(self, request: HttpRequest, deliveries: list[Delivery]) -> None:
        queued = 0
        for delivery in deliveries:
            try:
                endpoints.replay_by_staff(delivery=delivery, at=timezone.now())
            except Refusal as refusal:
                messages.warning(request, f"{delivery}: {refusal.detail}")
            else:
                queued += 1
                self.log_change(request, delivery, "Sent again.")
        if queued:
            messages.success(request, _("%(number)s will be sent again.") % {"number": queued})


@admin.register(WebhookSecret)
class WebhookSecretAdmin(ReadOnlyAdmin):
    """Since when and until when a secret signs; never what it is."""

    list_display = ["endpoint", "created_at", "retires_at"]
    list_select_related = ["endpoint__partner"]
    fields = ["endpoint", "created_at", "retires_at"]


@admin.register(PartnerMail)
class PartnerMailAdmin(ReadOnlyAdmin):
    """E-mails to contacts of partners, and whether they went out."""

    list_display = ["created_at", "partner", "event_type", "sent_at", "attempts", "error"]
    list_filter = ["event_type", ("partner", RelatedDropdownFilter), "sent_at"]
    list_select_related = ["partner"]


@admin.register(Horizon)
class HorizonAdmin(ReadOnlyAdmin):
    """How far each history has been told."""

    list_display = ["history", "below", "upcoming", "seen_at"]


def _may_switch(request: HttpRequest, object_id: str, *, is_active: bool) -> bool:
    """Whether somebody may, and there is something to switch."""
    there = WebhookEndpoint.objects.filter(pk=object_id, is_active=is_active, removed_at=None)
    return request.user.has_perm("ota.change_webhookendpoint") and there.exists()
