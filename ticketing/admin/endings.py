"""Ending something by hand: staff say why, a use case does it, the history keeps the reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from config.admin_ground import Words, ask, staff
from config.errors import Refusal


class ReasonForm(forms.Form):
    """Why something is ended that cannot be begun again."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history."),
    )


def end(
    admin: ModelAdmin,
    request: HttpRequest,
    about: Model,
    act: Callable[..., Any],
    *,
    title: Words,
    explained: Words,
    done: Words,
) -> HttpResponse:
    """Ask for a reason, then `act(at=, by=)`; `done` may show what it returned as %(result)s."""
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        wording = {"title": title, "submit": title, "explained": explained}
        return ask(admin, request, about, form, danger=True, **wording)
    reason = form.cleaned_data["reason"]
    try:
        result = act(at=timezone.now(), by=staff(request, reason))
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    else:
        admin.log_change(request, about, f"{title}: {reason}")
        messages.success(request, done % {"result": result})
    page = f"admin:{about._meta.app_label}_{about._meta.model_name}_change"
    return HttpResponseRedirect(reverse(page, args=[about.pk]))
