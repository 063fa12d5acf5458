"""The devices at gates, without their secrets: found, given a new key, shut out."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_asking import ask, show_once
from config.admin_cells import label
from config.admin_deeds import Deed, ReasonForm, noted, told
from config.admin_ground import ReadOnlyAdmin, staff, wanted
from config.admin_staff_log import staff_log
from config.errors import Refusal
from qrcodes import images

from .. import scanners
from ..gate_errors import ScannerRevoked
from ..models import Scanner


def _revoking(scanner: Scanner) -> Callable[..., str]:
    """Unlike the door, which may be called twice, it says when there is nothing to end."""

    def revoke(*, at: datetime, by: Any) -> str:
        if scanner.revoked_at is not None:
            raise ScannerRevoked("This key does not work any more. Issue a new one.")
        scanners.revoke(scanner, at=at)
        return scanner.public_id

    return revoke


REVOKE = Deed(
    title=_("Revoke scanner key"),
    explained=_("The next scan of this device is refused. This cannot be undone."),
    done=_("Key %(result)s is revoked."),
    act=_revoking,
)


class ScannerStateFilter(admin.SimpleListFilter):
    """By whether a device is let in."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("live", _("live")), ("revoked", _("revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("live", "revoked"):
            return queryset
        return queryset.filter(revoked_at__isnull=self.value() == "live")


@admin.register(Scanner)
class ScannerAdmin(ReadOnlyAdmin):
    """A device at a gate, without its secret."""

    empty = _("Keys of scanners are issued on the page of their venue.")
    list_display = ["public_id", "venue", "label", "state", "last_seen_at"]
    list_filter = [ScannerStateFilter, ("venue", RelatedDropdownFilter)]
    list_select_related = ["venue"]
    search_fields = ["public_id__startswith", "label", "venue__code"]
    search_help_text = _("Public id, label or venue")
    actions = ["revoke_chosen"]
    actions_detail = ["rotate", "revoke"]
    while_so = dict.fromkeys(actions_detail, lambda scanner: scanner.revoked_at is None)
    readonly_fields = ["state", "history"]
    fields = [
        "venue", "public_id", "label", "state", "created_at", "revoked_at", "last_seen_at",
        "history",
    ]  # fmt: skip

    def has_rotate_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.add_scanner")

    def has_revoke_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.change_scanner")

    @display(description=_("state"))
    def state(self, scanner: Scanner) -> str:
        return scanner_label(scanner)

    @display(description=_("history"))
    def history(self, scanner: Scanner) -> str:
        return staff_log(scanner)

    @action(description=_("Rotate"), icon="autorenew", permissions=["rotate"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then show the new key of the same device."""
        scanner = wanted(self, request, object_id)
        form = ReasonForm(request.POST or None)
        if not form.is_valid():
            title, submit = _("Rotate scanner key"), _("Issue the successor")
            explained = _("The device is shut out at once, until it reads its new key.")
            return ask(
                self, request, scanner, form, title=title, submit=submit, explained=explained
            )
        by = staff(request, form.cleaned_data["reason"])
        try:
            key = scanners.rotate(scanner, at=timezone.now())
        except Refusal as refusal:
            messages.error(request, told(refusal))
            return HttpResponseRedirect(
                reverse("admin:ticketing_scanner_change", args=[scanner.pk])
            )
        said = f"Rotated scanner key {scanner.public_id}"
        self.log_change(request, scanner, noted(request, said, by.reason))
        explained = _("Open /venue/ on the device and hold this code into its camera.")
        return show_once(
            self, request, scanner, key, title=_("The new scanner key"), explained=explained,
            picture=images.data_uri(key),
        )  # fmt: skip

    @action(
        description=_("Revoke"), icon="block", permissions=["revoke"], variant=ActionVariant.DANGER
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then shut the device out at once."""
        return REVOKE.to_one(self, request, object_id)

    @action(description=_("Revoke the chosen scanner keys"), permissions=["revoke"])
    def revoke_chosen(self, request: HttpRequest, chosen: QuerySet[Scanner]) -> HttpResponse:
        return REVOKE.to_many(self, request, chosen)


def scanner_label(scanner: Scanner) -> str:
    """Whether a device is let in, in its colour."""
    if scanner.revoked_at is None:
        return label(_("live"), "success")
    return label(_("revoked"), "danger")
