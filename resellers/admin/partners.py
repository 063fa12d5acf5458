"""A partner from its registration to its first call: limit, contact, keys, secrets, history."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import Now
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_asking import ask, show_once
from config.admin_cells import label
from config.admin_deeds import Deed, told
from config.admin_ground import staff, wanted
from config.admin_personal import PersonalAdmin
from config.errors import Refusal
from config.masks import masked, masked_email

from .. import keys, partners, payment_secrets
from ..models import ApiKey, Partner
from .forms import IssueKeyForm, LimitForm, OverlapForm, PartnerForm, RegistrationForm
from .partner_history import PartnerHistoryInline
from .partner_keys import KeysInline
from .readiness import readiness

LIVE_KEY = ApiKey.in_state(ApiKey.State.LIVE, Now(), of="keys__")
STATES = {True: (_("active"), "success"), False: (_("inactive"), "danger")}
DEACTIVATE = Deed(
    title=_("Deactivate partner"),
    explained=_("All its keys and payment secrets stop working at once. What it sold stays."),
    done=_("%(result)s is inactive."),
    act=lambda partner: partial(partners.deactivate, partner_id=partner.pk),
    is_so=lambda partner: not partner.is_active,
)
ACTIVATE = Deed(
    title=_("Activate partner"),
    explained=_("Its keys that have neither expired nor been revoked work again at once."),
    done=_("%(result)s is active."),
    act=lambda partner: partial(partners.activate, partner_id=partner.pk),
    is_so=lambda partner: partner.is_active,
    danger=False,
)


@admin.register(Partner)
class PartnerAdmin(PersonalAdmin):
    """Who sells for us; a partner leaves by being made inactive, which ends its keys at once."""

    empty = _("Register the first partner here; its key is issued on the next page.")
    form = PartnerForm
    list_display = [
        "partner_id",
        "name",
        "contact_email_masked",
        "rate_limit",
        "live_keys",
        "last_call",
        "state",
    ]
    list_filter = ["is_active"]
    personal = {"contact_name": masked, "contact_email": masked_email}
    search_fields = ["partner_id", "name"]
    search_help_text = _("Partner id or name")
    inlines = [KeysInline, PartnerHistoryInline]
    actions = ["deactivate_chosen", "activate_chosen"]
    actions_detail = ["issue_key", "new_payment_secret", "change_limit", "activate", "deactivate"]
    while_so = {
        "activate": lambda partner: not partner.is_active,
        "deactivate": lambda partner: partner.is_active,
    }
    readonly_fields = ["created_at", "rate_limit", "partner_id", "state", "onboarding"]
    fieldsets = [
        (None, {"fields": ["partner_id", "name", "state", "onboarding"]}),
        (_("Contact"), {"fields": ["contact_name", "contact_email"]}),
        (_("Agreement"), {"fields": ["rate_limit", "created_at"]}),
        (_("Record"), {"fields": ["reason"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["partner_id", "name", "rate_limit"]}),
        (_("Contact"), {"fields": ["contact_name", "contact_email"]}),
        (_("Record"), {"fields": ["reason"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        live = Count("keys", filter=LIVE_KEY)
        used = Max("keys__last_used_at")
        return super().get_queryset(request).annotate(number_of_live_keys=live, key_used=used)

    def get_fieldsets(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        shown = super().get_fieldsets(request, obj)
        mine = self.has_change_permission(request, obj)
        return shown if mine else shown[:-1]  # nobody asks a viewer why

    def get_form(self, request: HttpRequest, obj: Partner | None = None, **kwargs: Any) -> Any:
        form = RegistrationForm if obj is None else PartnerForm
        return super().get_form(request, obj, **{"form": form, **kwargs})

    def get_readonly_fields(
        self, request: HttpRequest, obj: Partner | None = None
    ) -> Sequence[str]:
        # Payment notices and logs name a partner by its id; the limit is changed with a reason.
        return [] if obj is None else super().get_readonly_fields(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Partner | None) -> list[Any]:
        return [] if obj is None else self.inlines

    def save_model(self, request: HttpRequest, obj: Partner, form: Form, change: Any) -> None:
        """Through the door, so that the history knows; only what was edited."""
        said = {**form.cleaned_data}
        act: Any = {"at": timezone.now(), "by": staff(request, said.pop("reason"))}
        if change:
            facts = {name: said[name] for name in form.changed_data if name in said}
            partners.amend(partner_id=obj.pk, **act, **facts)
        else:
            obj.pk = partners.register(**act, **said).pk

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As every form; what was taken between the look and the save is said."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            messages.error(request, told(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def response_add(self, request: HttpRequest, obj: Partner, *args: Any) -> HttpResponse:
        """On to its first key, where that is the reader's to issue."""
        answer: HttpResponse = super().response_add(request, obj, *args)
        if "_save" not in request.POST or not self.has_issue_key_permission(request):
            return answer
        return HttpResponseRedirect(reverse("admin:resellers_partner_issue_key", args=[obj.pk]))

    def has_delete_permission(self, request: HttpRequest, obj: Partner | None = None) -> bool:
        return False

    def has_issue_key_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("resellers.add_apikey")

    def has_new_secret_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("resellers.add_paymentsecret")

    def has_amend_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("resellers.change_partner")

    def has_activate_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return self.has_amend_permission(request) and _is_active(object_id) is not True

    def has_deactivate_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return self.has_amend_permission(request) and _is_active(object_id) is not False

    @display(description=_("live keys"), ordering="number_of_live_keys")
    def live_keys(self, partner: Partner) -> int:
        return partner.number_of_live_keys  # type: ignore[attr-defined]

    @display(description=_("last call"), ordering="key_used")
    def last_call(self, partner: Partner) -> Any:
        return partner.key_used  # type: ignore[attr-defined]

    @display(description=_("state"), ordering="is_active")
    def state(self, partner: Partner) -> str:
        return (
            label(_("active"), "success") if partner.is_active else label(_("inactive"), "danger")
        )

    @display(description=_("until its first call"))
    def onboarding(self, partner: Partner) -> str:
        return readiness(partner)

    @action(description=_("Issue key"), icon="key", permissions=["issue_key"])
    def issue_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what the key is for, then show it."""
        partner = wanted(self, request, object_id)
        form, whose = IssueKeyForm(request.POST or None), {"partner": partner}
        if not form.is_valid():
            explained = _("A key lets programs act as %(partner)s.") % whose
            title, submit = _("Issue a key"), _("Issue key")
            return ask(
                self, request, partner, form, title=title, submit=submit, explained=explained
            )
        wish = {**form.cleaned_data}
        by = staff(request, wish.pop("reason"))
        row, key = keys.issue(partner, at=timezone.now(), by=by, **wish)
        self.log_change(request, partner, f"Issued key {row.public_id} ({row.environment}).")
        explained = _("Requests of %(partner)s carry it in the header x-api-key.") % whose
        return show_once(self, request, partner, key, title=_("The new key"), explained=explained)

    @action(description=_("New payment secret"), icon="lock", permissions=["new_secret"])
    def new_payment_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how long the earlier secrets stay valid, then show the new one."""
        partner = wanted(self, request, object_id)
        form = OverlapForm(request.POST or None)
        explained = _("Payment notices of %(partner)s are signed with it.") % {"partner": partner}
        if not form.is_valid():
            title, submit = _("New payment secret"), _("Make a new secret")
            return ask(
                self, request, partner, form, title=title, submit=submit, explained=explained
            )
        overlap, by = form.cleaned_data["overlap"], staff(request, form.cleaned_data["reason"])
        secret = payment_secrets.add(partner, at=timezone.now(), by=by, overlap=overlap)
        self.log_change(request, partner, "Made a new payment secret.")
        title = _("The new payment secret")
        return show_once(self, request, partner, secret, title=title, explained=explained)

    @action(description=_("Change limit"), icon="speed", permissions=["amend"])
    def change_limit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the new limit and why."""
        partner = wanted(self, request, object_id)
        form = LimitForm(request.POST or None, initial={"rate_limit": partner.rate_limit})
        if not form.is_valid():
            title = _("Change the limit of %(partner)s") % {"partner": partner}
            explained = _("Counted over all its keys, from its next request on.")
            submit = _("Change limit")
            return ask(
                self, request, partner, form, title=title, submit=submit, explained=explained
            )
        by, limit = staff(request, form.cleaned_data["reason"]), form.cleaned_data["rate_limit"]
        partners.limit(partner_id=partner.pk, rate_limit=limit, at=timezone.now(), by=by)
        said = _("%(partner)s may make %(limit)s requests per minute.")
        messages.success(request, said % {"partner": partner, "limit": limit})
        self.log_change(request, partner, f"Limit {partner.rate_limit} → {limit}: {by.reason}")
        return HttpResponseRedirect(reverse("admin:resellers_partner_change", args=[partner.pk]))

    @action(description=_("Activate"), icon="play_arrow", permissions=["activate"])
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then let its keys work again."""
        return ACTIVATE.to_one(self, request, object_id)

    @action(
        description=_("Deactivate"),
        icon="block",
        permissions=["deactivate"],
        variant=ActionVariant.DANGER,
    )
    def deactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then end all its keys for as long as it is inactive."""
        return DEACTIVATE.to_one(self, request, object_id)

    @action(description=_("Deactivate the chosen partners"), permissions=["amend"])
    def deactivate_chosen(self, request: HttpRequest, chosen: QuerySet[Partner]) -> HttpResponse:
        return DEACTIVATE.to_many(self, request, chosen)

    @action(description=_("Activate the chosen partners"), permissions=["amend"])
    def activate_chosen(self, request: HttpRequest, chosen: QuerySet[Partner]) -> HttpResponse:
        return ACTIVATE.to_many(self, request, chosen)


def _is_active(partner: str) -> bool | None:
    """None where no partner is meant."""
    if not partner:
        return None
    return Partner.objects.filter(pk=partner).values_list("is_active", flat=True).first()
