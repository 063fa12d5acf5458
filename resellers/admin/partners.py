"""A partner with its keys; making a key or a payment secret shows it this once."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from config.admin_ground import (
    ReadOnlyInline,
    ask,
    code,
    masked,
    masked_email,
    show_once,
    wanted,
)
from config.admin_personal import PersonalAdmin

from .. import keys, payment_secrets
from ..models import ApiKey, Partner
from .credentials import key_label, key_state
from .forms import IssueKeyForm, OverlapForm

LIVE_KEY = Q(keys__revoked_at=None) & (Q(keys__expires_at=None) | Q(keys__expires_at__gt=Now()))


class KeysInline(ReadOnlyInline):
    """The partner's keys, newest first, and what can be done with each."""

    model = ApiKey
    hide_title = True
    verbose_name_plural = _("API keys")
    fields = readonly_fields = [
        "key",
        "label",
        "environment",
        "may",
        "state",
        "expires_at",
        "last_used_at",
        "change_it",
    ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        may_rotate = request.user.has_perm("resellers.add_apikey")
        may_revoke = request.user.has_perm("resellers.change_apikey")
        return [name for name in self.fields if name != "change_it" or (may_rotate and may_revoke)]

    @display(description=_("key"))
    def key(self, row: ApiKey) -> SafeString:
        return code(row.public_id)

    @display(description=_("permissions"))
    def may(self, row: ApiKey) -> str:
        return ", ".join(row.permissions)

    @display(description=_("state"))
    def state(self, row: ApiKey) -> str:
        return key_label(row)

    @display(description=_("change"))
    def change_it(self, row: ApiKey) -> SafeString:
        if key_state(row, timezone.now()) != "live":
            return SafeString("–")
        return format_html(
            '<a class="text-link" href="{}">{}</a> · <a class="text-link" href="{}">{}</a>',
            reverse("admin:resellers_apikey_rotate", args=[row.pk]),
            _("Rotate"),
            reverse("admin:resellers_apikey_revoke", args=[row.pk]),
            _("Revoke"),
        )


@admin.register(Partner)
class PartnerAdmin(PersonalAdmin):
    """Who sells for us; a partner leaves by being made inactive, which ends its keys at once."""

    list_display = [
        "partner_id",
        "name",
        "contact_email_masked",
        "rate_limit",
        "live_keys",
        "is_active",
    ]
    list_filter = ["is_active"]
    personal = {"contact_name": masked, "contact_email": masked_email}
    search_fields = ["partner_id", "name"]
    search_help_text = _("Partner id or name")
    inlines = [KeysInline]
    actions_detail = ["issue_key", "new_payment_secret"]
    readonly_fields = ["created_at"]
    fieldsets = [
        (None, {"fields": ["partner_id", "name", "is_active"]}),
        (_("Contact"), {"fields": ["contact_name", "contact_email"]}),
        (_("Agreement"), {"fields": ["rate_limit", "created_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        live = Count("keys", filter=LIVE_KEY)
        return super().get_queryset(request).annotate(number_of_live_keys=live)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Partner | None = None
    ) -> Sequence[str]:
        # Payment notices and logs name a partner by this id.
        own = super().get_readonly_fields(request, obj)
        return [*own, "partner_id"] if obj else own

    def has_delete_permission(self, request: HttpRequest, obj: Partner | None = None) -> bool:
        return False

    def has_issue_key_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("resellers.add_apikey")

    def has_new_secret_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("resellers.add_paymentsecret")

    @display(description=_("live keys"), ordering="number_of_live_keys")
    def live_keys(self, partner: Partner) -> int:
        return partner.number_of_live_keys  # type: ignore[attr-defined]

    @action(description=_("Issue key"), icon="key", permissions=["issue_key"])
    def issue_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what the key is for, then show it."""
        partner = wanted(self, request, object_id)
        form = IssueKeyForm(request.POST or None)
        if not form.is_valid():
            return ask(
                self,
                request,
                partner,
                form,
                title=_("Issue a key"),
                submit=_("Issue key"),
                explained=_("A key lets programs act as %(partner)s.") % {"partner": partner},
            )
        row, key = keys.issue(partner, at=timezone.now(), **form.cleaned_data)
        self.log_change(request, partner, f"Issued key {row.public_id} ({row.environment}).")
        return show_once(
            self,
            request,
            partner,
            key,
            title=_("The new key"),
            explained=_("Requests of %(partner)s carry it in the header x-api-key.")
            % {"partner": partner},
        )

    @action(description=_("New payment secret"), icon="lock", permissions=["new_secret"])
    def new_payment_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how long the earlier secrets stay valid, then show the new one."""
        partner = wanted(self, request, object_id)
        form = OverlapForm(request.POST or None)
        if not form.is_valid():
            return ask(
                self,
                request,
                partner,
                form,
                title=_("New payment secret"),
                submit=_("Make a new secret"),
                explained=_("Payment notices of %(partner)s are signed with it.")
                % {"partner": partner},
            )
        secret = payment_secrets.add(partner, at=timezone.now(), **form.cleaned_data)
        self.log_change(request, partner, "Made a new payment secret.")
        return show_once(
            self,
            request,
            partner,
            secret,
            title=_("The new payment secret"),
            explained=_("Payment notices of %(partner)s are signed with it.")
            % {"partner": partner},
        )
