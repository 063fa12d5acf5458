"""Keys and payment secrets, without what must stay secret; here they are changed and ended."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_asking import ask, show_once
from config.admin_cells import label
from config.admin_deeds import Deed, told
from config.admin_ground import ReadOnlyAdmin, staff, wanted
from config.errors import Refusal

from .. import keys, payment_secrets
from ..errors import KeyEnded
from ..models import ApiKey, PaymentSecret
from .forms import ChangeKeyForm, OverlapForm
from .partner_history import KeyHistoryInline

KEY_STATES = {
    ApiKey.State.LIVE: (_("live"), "success"),
    ApiKey.State.EXPIRED: (_("expired"), "warning"),
    ApiKey.State.REVOKED: (_("revoked"), "danger"),
}
SECRET_STATES = {
    "valid": (_("valid"), "success"),
    "retiring": (_("retiring"), "warning"),
    "ended": (_("ended"), "danger"),
}


def _revoking(key: ApiKey) -> Callable[..., str]:
    """Unlike the door, which may be called twice, it says when there is nothing to end."""

    def revoke(*, at: datetime, by: Any) -> str:
        if key.state_at(at) != ApiKey.State.LIVE:
            raise KeyEnded(f"Key {key.public_id} does not work any more.")
        keys.revoke(key, at=at, by=by)
        return key.public_id

    return revoke


REVOKE = Deed(
    title=_("Revoke key"),
    explained=_("The next request with this key is refused. This cannot be undone."),
    done=_("Key %(result)s is revoked."),
    act=_revoking,
)
END = Deed(
    title=_("End payment secret"),
    explained=_("Notices signed with it are refused at once. This cannot be undone."),
    done=_("%(result)s has ended."),
    act=lambda secret: partial(payment_secrets.end, secret),
)


class KeyStateFilter(admin.SimpleListFilter):
    """By whether a key works now."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(name.value, words) for name, (words, _colour) in KEY_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in KEY_STATES:
            return queryset
        return queryset.filter(ApiKey.in_state(ApiKey.State(chosen), Now()))


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """A key's public facts, its life, and what can be done with it."""

    empty = _("Keys are issued on the page of their partner.")
    list_display = [
        "public_id",
        "partner",
        "label",
        "environment",
        "state",
        "expires_at",
        "last_used_at",
    ]
    list_filter = [KeyStateFilter, "environment", ("partner", RelatedDropdownFilter)]
    list_select_related = ["partner"]
    search_fields = ["public_id__startswith", "label", "partner__partner_id"]
    search_help_text = _("Public id, label or partner id")
    actions = ["revoke_chosen"]
    actions_detail = ["change_it", "rotate", "revoke"]
    while_so = dict.fromkeys(actions_detail, lambda key: key.revoked_at is None)
    inlines = [KeyHistoryInline]
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

    @action(description=_("Change"), icon="edit", permissions=["revoke"], url_path="change-it")
    def change_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for label, permissions and expiry, and why."""
        key = wanted(self, request, object_id)
        now = {name: getattr(key, name) for name in ("label", "permissions", "expires_at")}
        form = ChangeKeyForm(request.POST or None, initial=now)
        if not form.is_valid():
            title, submit = _("Change key"), _("Change")
            return ask(self, request, key, form, title=title, submit=submit)
        facts = {**form.cleaned_data}
        by = staff(request, facts.pop("reason"))
        try:
            keys.change(key, at=timezone.now(), by=by, **facts)
        except Refusal as refusal:
            messages.error(request, told(refusal))
        else:
            self.log_change(request, key, f"Changed key {key.public_id}: {by.reason}")
            messages.success(request, _("The key is changed."))
        return HttpResponseRedirect(_page_of(key))

    @action(description=_("Rotate"), icon="autorenew", permissions=["rotate"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how long the key goes on working, then show its successor."""
        old = wanted(self, request, object_id)
        form = OverlapForm(request.POST or None)
        if not form.is_valid():
            title, submit = _("Rotate key"), _("Issue the successor")
            explained = _("A new key with the same permissions takes the place of this one.")
            return ask(self, request, old, form, title=title, submit=submit, explained=explained)
        overlap, by = form.cleaned_data["overlap"], staff(request, form.cleaned_data["reason"])
        try:
            new, key = keys.rotate(old, at=timezone.now(), overlap=overlap, by=by)
        except Refusal as refusal:
            messages.error(request, told(refusal))
            return HttpResponseRedirect(_page_of(old))
        said = f"Rotated key {old.public_id}: {new.public_id} replaces it. {by.reason}"
        self.log_change(request, old, said)
        told_of = _("It replaces %(old)s.") % {"old": old.public_id}
        return show_once(self, request, new, key, title=_("The new key"), explained=told_of)

    @action(
        description=_("Revoke"), icon="block", permissions=["revoke"], variant=ActionVariant.DANGER
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then end the key at once."""
        return REVOKE.to_one(self, request, object_id)

    @action(description=_("Revoke the chosen keys"), permissions=["revoke"])
    def revoke_chosen(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> HttpResponse:
        return REVOKE.to_many(self, request, chosen)


@admin.register(PaymentSecret)
class PaymentSecretAdmin(ReadOnlyAdmin):
    """Since when and until when a partner's secrets count; never what they are."""

    empty = _("Secrets are made on the page of their partner.")
    list_display = ["partner", "state", "created_at", "retires_at"]
    list_filter = [("partner", RelatedDropdownFilter)]
    list_select_related = ["partner"]
    search_fields = ["partner__partner_id", "partner__name"]
    search_help_text = _("Partner id or name")
    actions_detail = ["end_now"]
    while_so = {"end_now": lambda secret: _secret_state(secret, timezone.now()) != "ended"}
    fields = ["partner", "state", "created_at", "retires_at"]
    readonly_fields = ["state"]

    def has_end_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("resellers.change_paymentsecret")

    @display(description=_("state"))
    def state(self, secret: PaymentSecret) -> str:
        return label(*SECRET_STATES[_secret_state(secret, timezone.now())])

    @action(
        description=_("End now"), icon="block", permissions=["end"], variant=ActionVariant.DANGER
    )
    def end_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then let it sign nothing any more."""
        return END.to_one(self, request, object_id)


def key_label(key: ApiKey) -> str:
    """The state of a key now, in its colour."""
    return label(*KEY_STATES[key.state_at(timezone.now())])


def _secret_state(secret: PaymentSecret, at: datetime) -> str:
    if secret.retires_at is None:
        return "valid"
    return "retiring" if secret.retires_at > at else "ended"


def _page_of(key: Any) -> str:
    return reverse("admin:resellers_apikey_change", args=[key.pk])
