"""What staff edit by a form: they say why, and the staff log keeps what was before and after."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from .admin_ground import TidyAdmin

REASON = "reason"
LONGEST = 120  # characters of a value that the log keeps
# What is said to have changed, and not from what to what.
PERSONAL = frozenset({"email", "first_name", "last_name", "password"})


class AsksWhy(forms.ModelForm):
    """A form with the reason of a change; who adds something gives none."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            del self.fields[REASON]


class EditAdmin(TidyAdmin):
    """A model's pages on which rows are edited; its form is one that asks why."""

    form: Any = AsksWhy

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        *before, (title, options) = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return [*before, (title, options)]
        return [*before, (title, {**options, "fields": [*options["fields"], REASON]})]

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Of a change: why, and each value before and after, those of inlines too."""
        if add:
            return super().construct_change_message(request, form, formsets, add)
        told = [*differences(form), *(each for rows in formsets or () for each in _of_rows(rows))]
        why = form.cleaned_data.get(REASON, "")  # the form of a new password has none
        return f"{'; '.join(told) or 'Nothing changed'}. {why}".strip()


def differences(form: Any) -> Iterator[str]:
    """`weekday_price: 288.00 → 299.50` for each field that was edited."""
    for name in form.changed_data:
        if name == REASON:
            continue
        if name in PERSONAL:
            yield f"{name} changed"
            continue
        before = _shown(form.get_initial_for_field(form.fields[name], name))
        if before != (after := _shown(form.cleaned_data[name])):
            yield f"{name}: {before} → {after}"


def _of_rows(rows: Any) -> Iterator[str]:
    name = rows.model._meta.model_name
    for row in rows.new_objects:
        yield f"{name} added: {row}"
    changed: Sequence[Any] = [row for row, _fields in rows.changed_objects]
    for form in rows.forms:
        if form.instance in changed:
            yield f"{name} {form.instance.pk}: {', '.join(differences(form))}"
    for row in rows.deleted_objects:
        yield f"{name} deleted: {row}"


def _shown(value: Any) -> str:
    """A value as the log keeps it; rows that were chosen by their names, whatever the language."""
    if value is None or value == "":
        return "–"
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return ", ".join(sorted(map(str, value))) or "–"
    return str(value)[:LONGEST]
