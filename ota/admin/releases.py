"""Emergency releases: asked for here by one account, approved or rejected here by another."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display

from config.admin_asking import ask
from config.admin_cells import label, linked
from config.admin_ground import Words
from config.admin_staff_log import account, note
from config.errors import Refusal
from inventory import urgent_releases
from inventory.models import UrgentRelease
from resellers.models import Partner

from .refusals import said
from .release_decisions import WithDecisions, effect_of
from .release_forms import RequestForm

COLOURS = {"requested": "warning", "approved": "success", "rejected": "danger"}
STATES: list[tuple[str, Words]] = [*UrgentRelease.Status.choices, ("expired", _("expired"))]


class StateFilter(admin.SimpleListFilter):
    """By what has become of it: what nobody decided in time is expired, not waiting."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return STATES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(UrgentRelease)
class UrgentReleaseAdmin(WithDecisions):
    """Every emergency release, and the buttons of those who may decide."""

    empty = _("Nobody has asked for an emergency release yet.")
    list_display = [
        "requested_at", "the_state", "partner", "product", "number", "source", "requested_by",
        "decided_by", "expires_at",
    ]  # fmt: skip
    list_filter = [StateFilter, "source", ("product", RelatedDropdownFilter), "requested_at"]
    list_select_related = ["product", "requested_by", "decided_by"]
    search_fields = ["partner__exact", "reason"]
    search_ids = ["id"]
    search_help_text = _("Partner id, a word of the reason, or an id")
    actions_list = ["ask_for"]
    readonly_fields = ["the_state", "the_partner", "number", "effect", "moves"]
    fieldsets = [
        (None, {"fields": ["the_state", "the_partner", "product", "number", "source", "reason"]}),
        (_("Asked for"), {"fields": ["requested_by", "requested_at", "expires_at"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What an approval would change while it can be given; afterwards what was decided."""
        whole, asked = self.fieldsets
        if obj and obj.state == UrgentRelease.Status.REQUESTED:
            return [whole, (_("Stock"), {"fields": ["effect"]}), asked]
        decided = {"fields": ["decided_by", "decided_at", "note", "moves"]}
        return [whole, asked, (_("Decision"), decided)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[UrgentRelease]:
        found: Any = super().get_queryset(request)
        return found.with_state()

    @display(description=_("state"), ordering="state")
    def the_state(self, release: Any) -> str:
        return label(dict(STATES)[release.state], COLOURS.get(release.state))

    @display(description=_("units"), ordering="units")
    def number(self, release: UrgentRelease) -> str:
        return f"{release.units:,}"

    @display(description=_("partner"))
    def the_partner(self, release: UrgentRelease) -> str:
        partner = Partner.objects.filter(partner_id=release.partner).first()
        if partner is None:
            return release.partner
        return linked(partner, f"{partner.partner_id} · {partner.name}")

    @display(description=_("if it is approved"))
    def effect(self, release: Any) -> str:
        return render_to_string("admin/release_effect.html", effect_of(release))

    @display(description=_("moves"))
    def moves(self, release: UrgentRelease) -> SafeString:
        where = reverse("admin:inventory_allocationmove_changelist")
        text = _("The moves it led to")
        if release.status != UrgentRelease.Status.APPROVED:
            return SafeString("–")
        return format_html('<a class="text-link" href="{}?q={}">{}</a>', where, release.pk, text)

    @action(
        description=_("Ask for a release"),
        icon="emergency",
        permissions=["ask"],
        url_path="request",
    )
    def ask_for(self, request: HttpRequest) -> HttpResponse:
        """Ask for units a partner needs at once; another account has to approve."""
        offered = {name: request.GET[name] for name in request.GET}
        form = RequestForm(request.POST or None, initial=offered)
        if form.is_valid() and (release := self._asked(request, form)):
            messages.success(request, _("Another account has 24 hours to approve it."))
            return HttpResponseRedirect(self._afterwards(request, release))
        return ask(
            self,
            request,
            None,
            form,
            title=_("Ask for an emergency release"),
            submit=_("Ask for it"),
            explained=_(
                "For an urgent wish of a partner, past the checks of a reallocation. Nothing moves "
                "before another account has approved it, within 24 hours. Direct sales keep what "
                "they have held and sold."
            ),
        )

    def _asked(self, request: HttpRequest, form: RequestForm) -> UrgentRelease | None:
        given = form.cleaned_data
        try:
            release = urgent_releases.request(
                product_id=given["product"].pk,
                partner=given["partner"].partner_id,
                units=given["units"],
                source=given["source"],
                reason=given["reason"],
                account_id=account(request).pk,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("product", str(said(refusal)))
            return None
        taken = f"{release.units} units for {release.partner} from {release.source}"
        note(request, release, f"Asked for {taken}: {release.reason}", flag=ADDITION)
        return release
