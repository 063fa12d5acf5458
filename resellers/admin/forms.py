"""What staff are asked before a credential is made, replaced or ended."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from ..models import ApiKey
from ..permissions import ALL_PERMISSIONS

OVERLAPS = [
    (0, _("no overlap: it ends now")),
    (1, _("one hour")),
    (24, _("one day")),
    (168, _("seven days")),
]


class MomentInput(forms.DateTimeInput):
    """The browser's own picker of a date and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%dT%H:%M")


class IssueKeyForm(forms.Form):
    """What a new key is for and what it may do."""

    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("For people: which system or team uses this key."),
    )
    environment = forms.ChoiceField(
        label=_("Environment"),
        choices=ApiKey.Environment,
        initial=ApiKey.Environment.LIVE,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=[(name, name) for name in ALL_PERMISSIONS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("As few as the partner needs."),
    )
    expires_at = forms.DateTimeField(
        label=_("Expires"),
        required=False,
        widget=MomentInput(),
        help_text=_("Hong Kong time; empty for a key that lasts until it is revoked."),
    )

    def clean_expires_at(self) -> datetime | None:
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise forms.ValidationError(_("This moment has passed."), code="past")
        return expires_at


class OverlapForm(forms.Form):
    """How long the present credential goes on working beside its successor."""

    overlap = forms.TypedChoiceField(
        label=_("The present one goes on working for"),
        choices=OVERLAPS,
        initial=24,
        coerce=lambda hours: timedelta(hours=int(hours)),
        widget=UnfoldAdminSelectWidget(),
    )


class ReasonForm(forms.Form):
    """Why something is done that cannot be undone; kept in the staff log."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the staff log."),
    )
