"""Deciding an emergency release: the pages behind its buttons, and who sees which."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from config.admin_asking import ask, page
from config.admin_ground import ReadOnlyAdmin, Words, staff, wanted
from config.admin_staff_log import account, note
from config.errors import Refusal
from inventory import urgent_releases
from inventory.models import UrgentRelease
from resellers.models import Partner

from .. import reallocation
from . import before_after
from .refusals import said
from .release_forms import ApproveForm, RefuseForm


class WithDecisions(ReadOnlyAdmin):
    """The pages of an emergency release, with the buttons of those who may decide it.

    The doors and the database refuse the same; here nothing is offered in vain.
    """

    actions_detail = ["approve", "reject", "withdraw"]

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("inventory.request_release")

    def has_decide_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        if not request.user.has_perm("inventory.approve_release"):
            return False
        return self._waits(request, object_id, of=False)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return self._waits(request, object_id, of=True)

    def _waits(self, request: HttpRequest, object_id: str, *, of: bool) -> bool:
        """Whether this release waits for a decision, and was asked for by who looks, or not."""
        release = self.get_object(request, object_id)
        if release is None or release.state != UrgentRelease.Status.REQUESTED:
            return False
        return (release.requested_by_id == request.user.pk) is of

    @action(
        description=_("Approve"),
        icon="check_circle",
        permissions=["decide"],
        variant=ActionVariant.SUCCESS,
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show once more what would change, then move the units."""
        release = wanted(self, request, object_id)
        form = ApproveForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            shown = {
                "title": _("Approve this emergency release"),
                "release": release,
                "units": f"{release.units:,}",
                "form": form,
            }
            template = "admin/release_approval.html"
            return page(self, request, template, release, **shown, **effect_of(release))

        def act() -> UrgentRelease:
            return urgent_releases.approve(
                release_id=release.pk,
                account_id=account(request).pk,
                at=timezone.now(),
                by=staff(request),
                note=form.cleaned_data["note"],
            )

        return self._decided(request, release, act, "Approved", form, _("The units have moved."))

    @action(description=_("Reject"), icon="cancel", permissions=["decide"])
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then refuse it."""
        title, done = _("Reject this emergency release"), _("It is rejected; nothing has moved.")
        return self._refuse(request, object_id, urgent_releases.reject, "Rejected", title, done)

    @action(description=_("Withdraw"), icon="undo", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then take it back."""
        title, done = _("Withdraw this emergency release"), _("It is withdrawn; nothing has moved.")
        return self._refuse(request, object_id, urgent_releases.withdraw, "Withdrew", title, done)

    def _refuse(
        self,
        request: HttpRequest,
        object_id: str,
        door: Callable[..., Any],
        word: str,
        title: Words,
        done: Words,
    ) -> HttpResponse:
        release = wanted(self, request, object_id)
        form = RefuseForm(request.POST or None)
        if not form.is_valid():
            explained = _("Nothing moves, and it cannot be opened again.")
            return ask(
                self,
                request,
                release,
                form,
                title=title,
                submit=title,
                explained=explained,
                danger=True,
            )

        def act() -> object:
            return door(
                release_id=release.pk,
                account_id=account(request).pk,
                at=timezone.now(),
                reason=form.cleaned_data["note"],
            )

        return self._decided(request, release, act, word, form, done)

    def _decided(
        self,
        request: HttpRequest,
        release: UrgentRelease,
        act: Callable[[], Any],
        word: str,
        form: forms.Form,
        done: Words,
    ) -> HttpResponse:
        try:
            act()
        except Refusal as refusal:
            messages.error(request, str(said(refusal)))
        else:
            note(request, release, f"{word}: {form.cleaned_data['note']}".removesuffix(": "))
            messages.success(request, str(done))
        return HttpResponseRedirect(self._afterwards(request, release))

    def _afterwards(self, request: HttpRequest, release: UrgentRelease) -> str:
        if not self.has_view_permission(request):
            return reverse("admin:index")
        return reverse("admin:inventory_urgentrelease_change", args=[release.pk])


def effect_of(release: UrgentRelease) -> dict[str, Any]:
    """Both pools and the capacity before and after, as the stock is now."""
    pools = reallocation.urgent_effect(release)
    raised = release.units if release.source == UrgentRelease.Source.CAPACITY else 0
    capacity = release.product.capacity
    figures = f"{capacity:,}", f"{capacity + raised:,}"
    return {
        "table": before_after.table(pools),
        "capacity": before_after.Figure(*figures),
        "fits": all(pool.free_after >= 0 for pool in pools),
        "doubts": list(doubts(release)),
    }


def doubts(release: UrgentRelease) -> Iterator[Words]:
    """What has changed since somebody asked, and who approves should know."""
    if not Partner.objects.filter(partner_id=release.partner, is_active=True).exists():
        yield _("The partner it is for is inactive: none of its keys works.")
    if not release.product.is_active:
        yield _("The product is inactive: nobody can buy it.")
