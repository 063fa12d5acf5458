"""Venues with their scanners; the key of a new scanner is shown this once, as a QR too."""

from collections.abc import Sequence

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from config.admin_deeds import ReasonForm
from config.admin_ground import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    TidyAdmin,
    ask,
    code,
    label,
    show_once,
    wanted,
)
from qrcodes import images

from .. import scanners
from ..models import Scanner, Venue

LIVE = Q(scanners__revoked_at=None)


class IssueScannerForm(forms.Form):
    """What the device is called at its gate."""

    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("For people: which device at which gate."),
    )


class ScannersInline(ReadOnlyInline):
    """The devices of a venue, and when each was last seen."""

    model = Scanner
    hide_title = True
    verbose_name_plural = _("scanners")
    fields = readonly_fields = ["key", "label", "state", "last_seen_at", "change_it"]

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
        revoke = reverse("admin:ticketing_scanner_revoke", args=[scanner.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', revoke, _("Revoke"))


@admin.register(Venue)
class VenueAdmin(TidyAdmin):
    """A place with gates; closing it ends the keys of all its scanners at once."""

    list_display = ["code", "name", "serves_what", "live_scanners", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["code", "name"]
    search_help_text = _("Venue code or name")
    inlines = [ScannersInline]
    actions_detail = ["issue_scanner"]
    fields = ["code", "name", "functions", "is_active"]
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Venue]:
        return super().get_queryset(request).annotate(live=Count("scanners", filter=LIVE))

    def get_readonly_fields(self, request: HttpRequest, obj: Venue | None = None) -> Sequence[str]:
        # Histories name the venue of a scanner by this code.
        return ["code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Venue | None = None) -> bool:
        return False

    def has_issue_scanner_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.add_scanner")

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
        self.log_change(request, venue, f"Issued scanner key {scanner.public_id} ({scanner}).")
        return show_once(
            self,
            request,
            venue,
            key,
            title=_("The new scanner key"),
            explained=_("Open /venue/ on the device and hold this code into its camera."),
            picture=images.data_uri(key),
        )


@admin.register(Scanner)
class ScannerAdmin(ReadOnlyAdmin):
    """A device at a gate, without its secret."""

    list_display = ["public_id", "venue", "label", "state", "last_seen_at"]
    list_filter = [("venue", RelatedDropdownFilter)]
    list_select_related = ["venue"]
    search_fields = ["public_id__startswith", "label", "venue__code"]
    search_help_text = _("Public id, label or venue")
    actions_detail = ["revoke"]
    readonly_fields = ["state"]
    fields = ["venue", "public_id", "label", "state", "created_at", "revoked_at", "last_seen_at"]

    def has_revoke_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.change_scanner")

    @display(description=_("state"))
    def state(self, scanner: Scanner) -> str:
        return scanner_label(scanner)

    @action(
        description=_("Revoke"), icon="block", permissions=["revoke"], variant=ActionVariant.DANGER
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then shut the device out at once."""
        scanner = wanted(self, request, object_id)
        back = HttpResponseRedirect(reverse("admin:ticketing_scanner_change", args=[scanner.pk]))
        if scanner.revoked_at is not None:
            messages.error(request, _("This key does not work any more. Issue a new one."))
            return back
        form = ReasonForm(request.POST or None)
        if not form.is_valid():
            title = _("Revoke scanner key")
            explained = _("The next scan of this device is refused. This cannot be undone.")
            return ask(
                self, request, scanner, form, title=title, submit=title, explained=explained,
                danger=True,
            )  # fmt: skip
        scanners.revoke(scanner, at=timezone.now())
        message = f"Revoked scanner key {scanner.public_id}: {form.cleaned_data['reason']}"
        self.log_change(request, scanner, message)
        self.log_change(request, scanner.venue, message)
        messages.success(request, _("The key is revoked."))
        return back


def scanner_label(scanner: Scanner) -> str:
    """Whether a device is let in, in its colour."""
    if scanner.revoked_at is None:
        return label("live", "success")
    return label("revoked", "danger")
