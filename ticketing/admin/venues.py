"""Venues; the key of a new scanner is shown this once, as a QR too."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from config.admin_asking import ask, show_once
from config.admin_cells import code, label
from config.admin_deeds import ReasonForm
from config.admin_edits import differences
from config.admin_ground import ReadOnlyInline, TidyAdmin, wanted
from config.admin_staff_log import staff_log
from qrcodes import images

from .. import scanners
from ..models import Scanner, Venue
from .scanners import scanner_label

LIVE = Q(scanners__revoked_at=None)


class IssueScannerForm(ReasonForm):
    """What the device is called at its gate."""

    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("For people: which device at which gate."),
    )
    field_order = ["label", "reason"]


class VenueForm(forms.ModelForm):
    """What is known of a venue; why it is changed is kept in the staff log."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history."),
    )


class ScannersInline(ReadOnlyInline):
    """The devices of a venue, and when each was last seen."""

    model = Scanner
    hide_title = True
    verbose_name_plural = _("scanners")
    fields = readonly_fields = ["key", "label", "state", "last_seen_at", "change_it"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        may_revoke = request.user.has_perm("ticketing.change_scanner")
        return [name for name in self.fields if name != "change_it" or may_revoke]

    @display(description=_("key"))
    def key(self, scanner: Scanner) -> SafeString:
        return code(scanner.public_id)

    @display(description=_("state"))
    def state(self, scanner: Scanner) -> str:
        return scanner_label(scanner)

    @display(description=_("change"))
    def change_it(self, scanner: Scanner) -> SafeString:
        if scanner.revoked_at is not None:
            return SafeString("–")
        return format_html(
            '<a class="text-link" href="{}">{}</a> · <a class="text-link" href="{}">{}</a>',
            reverse("admin:ticketing_scanner_rotate", args=[scanner.pk]),
            _("Rotate"),
            reverse("admin:ticketing_scanner_revoke", args=[scanner.pk]),
            _("Revoke"),
        )


@admin.register(Venue)
class VenueAdmin(TidyAdmin):
    """A place with gates; closing it ends the keys of all its scanners at once."""

    empty = _("Open the first venue here; its scanners get their keys on its page.")
    form = VenueForm
    list_display = ["code", "name", "serves_what", "live_scanners", "state"]
    list_filter = ["is_active"]
    search_fields = ["code", "name"]
    search_help_text = _("Venue code or name")
    inlines = [ScannersInline]
    actions_detail = ["issue_scanner"]
    readonly_fields = ["history"]
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Venue]:
        return super().get_queryset(request).annotate(live=Count("scanners", filter=LIVE))

    def get_fields(self, request: HttpRequest, obj: Venue | None = None) -> Sequence[str]:
        known = ["code", "name", "functions", "is_active"]
        asked = ["reason"] if self.has_change_permission(request, obj) else []
        return [*known, *asked, "history"] if obj else [*known, "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Venue | None = None) -> Sequence[str]:
        # Histories name the venue of a scanner by this code.
        return ["code", "history"] if obj else []

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """What was edited and why."""
        what = "Opened." if add else f"Changed {'; '.join(differences(form)) or 'nothing'}."
        return f"{what} {form.cleaned_data['reason']}"

    def has_delete_permission(self, request: HttpRequest, obj: Venue | None = None) -> bool:
        return False

    def has_issue_scanner_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.add_scanner")

    @display(description=_("state"), ordering="is_active")
    def state(self, venue: Venue) -> str:
        return label(_("active"), "success") if venue.is_active else label(_("closed"), "danger")

    @display(description=_("history"))
    def history(self, venue: Venue) -> str:
        return staff_log(venue)

    @display(description=_("functions"))
    def serves_what(self, venue: Venue) -> str:
        return ", ".join(venue.functions) or str(_("all"))

    @display(description=_("live scanners"), ordering="live")
    def live_scanners(self, venue: Venue) -> int:
        return venue.live  # type: ignore[attr-defined]

    @action(
        description=_("Issue scanner key"), icon="qr_code_scanner", permissions=["issue_scanner"]
    )
    def issue_scanner(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what the device is called, then show its key."""
        venue = wanted(self, request, object_id)
        form = IssueScannerForm(request.POST or None)
        if not form.is_valid():
            return ask(
                self,
                request,
                venue,
                form,
                title=_("Issue a scanner key"),
                submit=_("Issue key"),
                explained=_("One key per device, so that a lost device can be shut out alone."),
            )
        scanner, key = scanners.issue(venue, form.cleaned_data["label"], at=timezone.now())
        said = f"Issued scanner key {scanner.public_id} ({scanner}). {form.cleaned_data['reason']}"
        self.log_change(request, venue, said)
        return show_once(
            self,
            request,
            venue,
            key,
            title=_("The new scanner key"),
            explained=_("Open /venue/ on the device and hold this code into its camera."),
            picture=images.data_uri(key),
        )
