"""Whom partners want told: who is failing, and turning one off and on."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_cells import label
from config.admin_deeds import end
from config.admin_ground import ReadOnlyAdmin, ReadOnlyInline, wanted
from config.admin_staff_log import staff_log

from ..models import Horizon, WebhookEndpoint, WebhookSecret
from ..webhooks import endpoints
from .deliveries import event_words


class SecretsInline(ReadOnlyInline):
    """Since when and until when secrets sign; never what they are."""

    model = WebhookSecret
    hide_title = True
    show_change_link = False
    fields = readonly_fields = ["created_at", "retires_at"]


class DoingFilter(admin.SimpleListFilter):
    """By whether notices arrive; what a partner removed is no trouble any more."""

    title = _("how it is doing")
    parameter_name = "doing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("well", _("well")), ("badly", _("failing or off"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        bad = Q(removed_at=None) & (Q(is_active=False) | Q(failing_since__isnull=False))
        chosen = {"well": ~bad, "badly": bad}.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """An address of a partner, how it has been doing, and the switch that turns it off."""

    empty = _("Partners register their webhooks by POST /api/ota/webhooks.")
    list_display = ["url", "partner", "state", "failing_since", "last_success_at", "created_at"]
    list_filter = [DoingFilter, "is_active", "disabled_why", ("partner", RelatedDropdownFilter)]
    list_select_related = ["partner"]
    search_fields = ["url", "partner__partner_id"]
    search_ids = ["id"]
    search_help_text = _("Address, partner id or webhook id")
    inlines = [SecretsInline]
    actions_detail = ["turn_off", "turn_on", "see_deliveries"]
    readonly_fields = ["state", "told", "log"]
    fieldsets = [
        (None, {"fields": ["url", "state", "partner", "told", "id"]}),
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
        (_("Life"), {"fields": ["created_at", "listens_since", "removed_at", "log"]}),
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
        return "\n".join(f"{event_words(event)} ({event})" for event in endpoint.events)

    @display(description=_("history"))
    def log(self, endpoint: WebhookEndpoint) -> str:
        return staff_log(endpoint)

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


@admin.register(WebhookSecret)
class WebhookSecretAdmin(ReadOnlyAdmin):
    """Since when and until when a secret signs; never what it is."""

    empty = _("A secret is made with each webhook.")
    list_display = ["endpoint", "created_at", "retires_at"]
    list_select_related = ["endpoint__partner"]
    fields = ["endpoint", "created_at", "retires_at"]


@admin.register(Horizon)
class HorizonAdmin(ReadOnlyAdmin):
    """How far each history has been told."""

    empty = _("Written when the sender looks at the histories for the first time.")
    list_display = ["history", "below", "upcoming", "seen_at"]


def _may_switch(request: HttpRequest, object_id: str, *, is_active: bool) -> bool:
    """Whether somebody may, and there is something to switch."""
    there = WebhookEndpoint.objects.filter(pk=object_id, is_active=is_active, removed_at=None)
    return request.user.has_perm("ota.change_webhookendpoint") and there.exists()
