"""Keys and payment secrets, without what must stay secret; a key is rotated or revoked here."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_ground import ReadOnlyAdmin, ask, label, show_once, wanted

from .. import keys
from ..models import ApiKey, PaymentSecret
from .forms import OverlapForm, ReasonForm

KEY_COLOURS = {"live": "success", "expired": "warning", "revoked": "danger"}
SECRET_COLOURS = {"valid": "success", "retiring": "warning", "ended": "danger"}


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """A key's public facts and the two things that can be done with it."""

    list_display = [
        "public_id",
        "partner",
        "label",
        "environment",
        "state",
        "expires_at",
        "last_used_at",
    ]
    list_filter = ["environment", ("partner", RelatedDropdownFilter)]
    list_select_related = ["partner"]
    search_fields = ["public_id__startswith", "label", "partner__partner_id"]
    search_help_text = _("Public id, label or partner id")
    actions_detail = ["rotate", "revoke"]
    readonly_fields = ["state", "may"]
    fieldsets = [
        (None, {"fields": ["partner", "public_id", "label", "environment", "state"]}),
        (_("Permissions"), {"fields": ["may"]}),
        (
            _("Life"),
            {"fields": ["created_at", "expires_at", "revoked_at", "last_used_at", "replaces"]},
        ),
    ]

    def has_rotate_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("resellers.add_apikey")

    def has_revoke_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("resellers.change_apikey")

    @display(description=_("state"))
    def state(self, key: ApiKey) -> str:
        return key_label(key)

    @display(description=_("permissions"))
    def may(self, key: ApiKey) -> str:
        return "\n".join(key.permissions)

    @action(description=_("Rotate"), icon="autorenew", permissions=["rotate"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how long the key goes on working, then show its successor."""
        old = wanted(self, request, object_id)
        if key_state(old, timezone.now()) != "live":
            return _not_live(request, old)
        form = OverlapForm(request.POST or None)
        if not form.is_valid():
            return ask(
                self,
                request,
                old,
                form,
                title=_("Rotate key"),
                submit=_("Issue the successor"),
                explained=_("A new key with the same permissions takes the place of this one."),
            )
        new, key = keys.rotate(old, at=timezone.now(), **form.cleaned_data)
        self._log(request, old, f"Rotated key {old.public_id}: {new.public_id} replaces it.")
        return show_once(
            self,
            request,
            new,
            key,
            title=_("The new key"),
            explained=_("It replaces %(old)s.") % {"old": old.public_id},
        )

    @action(
        description=_("Revoke"), icon="block", permissions=["revoke"], variant=ActionVariant.DANGER
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then end the key at once."""
        key = wanted(self, request, object_id)
        if key_state(key, timezone.now()) != "live":
            return _not_live(request, key)
        form = ReasonForm(request.POST or None)
        if not form.is_valid():
            return ask(
                self,
                request,
                key,
                form,
                title=_("Revoke key"),
                submit=_("Revoke now"),
                danger=True,
                explained=_("The next request with this key is refused. This cannot be undone."),
            )
        keys.revoke(key, at=timezone.now())
        self._log(request, key, f"Revoked key {key.public_id}: {form.cleaned_data['reason']}")
        messages.success(request, _("The key is revoked."))
        return HttpResponseRedirect(_page_of(key))

    def _log(self, request: HttpRequest, key: ApiKey, message: str) -> None:
        """In the history of the key and of its partner."""
        self.log_change(request, key, message)
        self.log_change(request, key.partner, message)


@admin.register(PaymentSecret)
class PaymentSecretAdmin(ReadOnlyAdmin):
    """Since when and until when a partner's secrets count; never what they are."""

    list_display = ["partner", "state", "created_at", "retires_at"]
    list_filter = [("partner", RelatedDropdownFilter)]
    list_select_related = ["partner"]
    fields = ["partner", "state", "created_at", "retires_at"]
    readonly_fields = ["state"]

    @display(description=_("state"))
    def state(self, secret: PaymentSecret) -> str:
        state = _secret_state(secret, timezone.now())
        return label(state, SECRET_COLOURS[state])


def key_state(key: ApiKey, at: datetime) -> str:
    """Whether a key admits its partner at a moment: live, expired or revoked."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= at else "live"


def key_label(key: ApiKey) -> str:
    """The state of a key now, in its colour."""
    state = key_state(key, timezone.now())
    return label(state, KEY_COLOURS[state])


def _secret_state(secret: PaymentSecret, at: datetime) -> str:
    if secret.retires_at is None:
        return "valid"
    return "retiring" if secret.retires_at > at else "ended"


def _not_live(request: HttpRequest, key: ApiKey) -> HttpResponse:
    messages.error(request, _("This key does not work any more. Issue a new one."))
    return HttpResponseRedirect(_page_of(key))


def _page_of(key: Any) -> str:
    return reverse("admin:resellers_apikey_change", args=[key.pk])
