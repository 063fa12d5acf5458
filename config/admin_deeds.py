"""What staff do to one row or many: they say why, a use case does it, histories keep it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import OperationalError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from . import sqlstates
from .admin_asking import ask
from .admin_ground import Words, staff, wanted
from .errors import Refusal

MOST_AT_ONCE = 500  # rows, each by its own transaction
MOST_SHOWN = 20  # refused rows that are named; the others are counted


class ReasonForm(forms.Form):
    """Why something is done that cannot be undone."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history."),
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that staff do to rows of a list.

    `act(row)` is the use case, to be called with `at` and `by`; `done` may show what it returned
    as %(result)s. `is_so(row)`: that it was done before, so that many are counted truly.
    """

    title: Words
    explained: Words
    done: Words
    act: Callable[[Any], Callable[..., Any]]
    danger: bool = True
    is_so: Callable[[Any], bool] = lambda _row: False

    def to_one(self, admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then do it to one row and go back to its page."""
        row = wanted(admin, request, object_id)
        return end(
            admin,
            request,
            row,
            self.act(row),
            title=self.title,
            explained=self.explained,
            done=self.done,
            danger=self.danger,
        )

    def to_many(
        self, admin: ModelAdmin, request: HttpRequest, chosen: QuerySet[Any]
    ) -> HttpResponse:
        """Ask why, then do it to each row that was chosen; what is refused stops no other."""
        ids = _ids(request, chosen)
        if len(ids) > MOST_AT_ONCE:
            said = _("More than %(most)s rows: choose fewer.") % {"most": MOST_AT_ONCE}
            messages.error(request, said)
            return HttpResponseRedirect(request.get_full_path())
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._asked(admin, request, form, ids)
        self._done_to_each(admin, request, ids, form.cleaned_data["reason"])
        return HttpResponseRedirect(request.get_full_path())

    def _asked(
        self, admin: ModelAdmin, request: HttpRequest, form: ReasonForm, ids: list[str]
    ) -> HttpResponse:
        kept = [("action", request.POST["action"]), ("index", "0"), ("confirmed", "1")]
        kept += [(ACTION_CHECKBOX_NAME, each) for each in ids]
        number = _("%(number)s are chosen.") % {"number": len(ids)}
        return ask(
            admin, request, None, form, title=self.title, submit=self.title,
            explained=f"{number} {self.explained}", danger=self.danger, kept=kept,
        )  # fmt: skip

    def _done_to_each(
        self, admin: ModelAdmin, request: HttpRequest, ids: list[str], reason: str
    ) -> None:
        # By their ids alone: what left the filter meanwhile is refused, not passed over.
        rows = admin.get_queryset(request).filter(pk__in=ids).order_by("pk")
        refused = []
        for row in rows:
            why = self._tried(row, at=timezone.now(), by=staff(request, reason))
            if why is None:
                admin.log_change(request, row, noted(request, self.title, reason))
            else:
                refused.append((row, *why))
        report(request, self.title, len(rows) - len(refused), refused)

    def _tried(self, row: Any, **how: Any) -> tuple[str, str] | None:
        """None where it was done; else the code of the refusal and what staff read of it."""
        if self.is_so(row):
            return "unchanged", gettext("It was so before.")
        try:
            self.act(row)(**how)
        except Refusal as refusal:
            return refusal.code, told(refusal)
        except OperationalError as error:
            if sqlstates.of(error) not in sqlstates.REPEATABLE:
                raise
            return "busy", gettext("Somebody else holds it at this moment. Try again.")
        return None


def end(
    admin: ModelAdmin,
    request: HttpRequest,
    about: Model,
    act: Callable[..., Any],
    *,
    title: Words,
    explained: Words,
    done: Words,
    danger: bool = True,
) -> HttpResponse:
    """Ask for a reason, then `act(at=, by=)`; `done` may show what it returned as %(result)s."""
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        return ask(
            admin, request, about, form, title=title, submit=title, explained=explained,
            danger=danger,
        )  # fmt: skip
    reason = form.cleaned_data["reason"]
    try:
        result = act(at=timezone.now(), by=staff(request, reason))
    except Refusal as refusal:
        messages.error(request, told(refusal))
    else:
        admin.log_change(request, about, noted(request, title, reason))
        messages.success(request, done % {"result": result})
    page = f"admin:{about._meta.app_label}_{about._meta.model_name}_change"
    return HttpResponseRedirect(reverse(page, args=[about.pk]))


def noted(request: HttpRequest, title: Words, reason: str) -> str:
    """What the staff log keeps of a deed: what, why, and the request as logs name it."""
    known = getattr(request, "request_id", "")
    return f"{title}: {reason} ({known})" if known else f"{title}: {reason}"


def told(refusal: Refusal) -> str:
    """Why something was declined; where it is only said in English, what it is called instead."""
    if (get_language() or "en").startswith("en"):
        return refusal.detail
    return f"{gettext(refusal.title)} ({refusal.code})"


def report(
    request: HttpRequest, title: Words, done: int, refused: Iterable[tuple[object, str, str]]
) -> None:
    """Say how many were done, and of each that was not its code and why."""
    if done:
        said = _("%(title)s: %(number)s done.") % {"title": title, "number": done}
        messages.success(request, said)
    lines = list(refused)
    if not lines:
        return
    head = _("%(title)s: %(number)s refused.") % {"title": title, "number": len(lines)}
    named = format_html_join("", "<li>{} · <code>{}</code> · {}</li>", lines[:MOST_SHOWN])
    more = len(lines) - MOST_SHOWN
    rest = _("and %(number)s more") % {"number": more} if more > 0 else ""
    messages.warning(request, format_html("{}<ul>{}</ul>{}", head, named, rest))


def _ids(request: HttpRequest, chosen: QuerySet[Any]) -> list[str]:
    if "confirmed" in request.POST:
        return request.POST.getlist(ACTION_CHECKBOX_NAME)
    return [
        str(pk) for pk in chosen.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1]
    ]
