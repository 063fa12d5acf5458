"""The log of what partners were told, by webhook and by e-mail, and sending it again."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display

from config.actors import Actor
from config.admin_cells import code, label, linked, moment
from config.admin_deeds import Deed
from config.admin_ground import ReadOnlyAdmin
from config.admin_staff_log import staff_log

from ..models import Delivery, Event, PartnerMail
from ..models.webhooks import TEST_EVENT
from ..webhooks import endpoints, mails

COLOURS = {"pending": "info", "delivered": "success", "failed": "danger"}
EVENTS = {
    **dict(Event.choices),
    TEST_EVENT: _("test notice"),
    mails.WEBHOOK_OFF: _("webhook turned off"),
}
# What went wrong with the last attempt, as `ota.webhooks` calls it.
ERRORS = {
    "status": _("answered with an error"),
    "redirect": _("answered with a redirect"),
    "timeout": _("no answer in time"),
    "tls": _("no trusted TLS"),
    "no_http": _("no HTTP answer"),
    "no_connection": _("no connection"),
    "unknown_host": _("unknown host"),
    "address_not_allowed": _("address not allowed"),
    "internal": _("a fault of ours"),
}


def event_words(event: str) -> str:
    """How an event is called; its own name where there is no other."""
    return str(EVENTS.get(event, event))


def _sending(delivery: Delivery) -> Callable[..., Delivery]:
    def send(*, at: datetime, by: Actor) -> Delivery:
        return endpoints.replay_by_staff(delivery=delivery, at=at)

    return send


REPLAY = Deed(
    title=_("Send again"),
    explained=_("It is sent with the same id and body, whether or not it had arrived."),
    done=_("It will be sent again."),
    act=_sending,
    danger=False,
)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """One notice to one endpoint: what it says, how often it was tried, how it ended."""

    empty = _("Notices appear when something happens that a partner's webhook asked to be told.")
    list_display = [
        "created_at",
        "event",
        "partner",
        "shown_state",
        "attempts",
        "response_status",
        "went_wrong",
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
    readonly_fields = [
        "shown_state", "event", "partner", "address", "went_wrong", "tried_next", "says", "log",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["shown_state", "event", "partner", "address", "subject"]}),
        (
            _("How it went"),
            {
                "fields": [
                    "attempts",
                    "response_status",
                    "went_wrong",
                    "milliseconds",
                    "first_attempt_at",
                    "last_attempt_at",
                    "tried_next",
                    "leased_until",
                    "delivered_at",
                ]
            },
        ),
        (_("What it says"), {"fields": ["says", "created_at"]}),
        (_("Record"), {"fields": ["delivery_id", "event_id", "event_type", "move_id", "log"]}),
    ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "endpoint__id__exact" or super().lookup_allowed(lookup, value, request)

    def has_replay_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ota.replay_delivery")

    @display(description=_("state"), ordering="state")
    def shown_state(self, delivery: Delivery) -> SafeString:
        return label(delivery.get_state_display(), COLOURS[delivery.state])

    @display(description=_("event"), ordering="event_type")
    def event(self, delivery: Delivery) -> str:
        return event_words(delivery.event_type)

    @display(description=_("error"), ordering="error")
    def went_wrong(self, delivery: Delivery) -> str:
        return str(ERRORS.get(delivery.error, delivery.error)) or "–"

    @display(description=_("next attempt"), ordering="next_attempt_at")
    def tried_next(self, delivery: Delivery) -> str:
        return moment(delivery.tried_next_at)

    @display(description=_("partner"))
    def partner(self, delivery: Delivery) -> str:
        return delivery.endpoint.partner.partner_id

    @display(description=_("address"))
    def address(self, delivery: Delivery) -> SafeString:
        return linked(delivery.endpoint, delivery.endpoint.url)

    @display(description=_("body"))
    def says(self, delivery: Delivery) -> SafeString:
        return written(delivery.payload)

    @display(description=_("history"))
    def log(self, delivery: Delivery) -> str:
        return staff_log(delivery)

    @action(description=_("Send again"), icon="replay", permissions=["replay"])
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then queue it once more, with the same id and body."""
        return REPLAY.to_one(self, request, object_id)

    @admin.action(description=_("Send the chosen notices again"), permissions=["replay"])
    def replay_all(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> HttpResponse:
        return REPLAY.to_many(self, request, chosen)


@admin.register(PartnerMail)
class PartnerMailAdmin(ReadOnlyAdmin):
    """E-mails to contacts of partners, and whether they went out."""

    empty = _("Partners get an e-mail when stock is added, or a webhook turned off; none was due.")
    list_display = ["created_at", "partner", "event", "state", "sent_at", "attempts", "error"]
    list_filter = ["event_type", ("partner", RelatedDropdownFilter), "sent_at"]
    list_select_related = ["partner"]
    readonly_fields = ["state", "event", "says"]
    fieldsets: Any = [
        (None, {"fields": ["state", "partner", "event"]}),
        (_("How it went"), {"fields": ["attempts", "next_attempt_at", "sent_at", "error"]}),
        (_("What it says"), {"fields": ["says", "created_at"]}),
    ]

    @display(description=_("state"))
    def state(self, mail: PartnerMail) -> SafeString:
        if mail.sent_at:
            return label(_("sent"), "success")
        if mail.next_attempt_at is None:
            return label(_("given up"), "danger")
        return label(_("waiting"), "warning" if mail.error else "info")

    @display(description=_("event"), ordering="event_type")
    def event(self, mail: PartnerMail) -> str:
        return event_words(mail.event_type)

    @display(description=_("body"))
    def says(self, mail: PartnerMail) -> SafeString:
        return written(mail.payload)


def written(payload: str) -> SafeString:
    """JSON with a line for each fact."""
    return code(json.dumps(json.loads(payload), ensure_ascii=False, indent=1))
