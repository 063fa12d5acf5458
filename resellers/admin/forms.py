"""What staff are asked before a credential is made, replaced or ended."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from config.admin_deeds import ReasonForm

from ..models import ApiKey, Partner
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


def _future(moment: datetime | None) -> datetime | None:
    if moment is not None and moment <= timezone.now():
        raise forms.ValidationError(_("This moment has passed."), code="past")
    return moment


class PartnerForm(forms.ModelForm):
    """What is known of a partner; why it is changed is kept in its history."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history."),
    )

    class Meta:
        model = Partner
        fields = ["name", "contact_name", "contact_email"]


class RegistrationForm(PartnerForm):
    """A new partner, with its limit."""

    class Meta:
        model = Partner
        fields = ["partner_id", "name", "rate_limit", "contact_name", "contact_email"]
        help_texts = {
            "partner_id": _("Capital letters, digits, - and _; it can never be changed."),
        }


class LimitForm(ReasonForm):
    """How many requests per minute a partner may make."""

    rate_limit = forms.IntegerField(
        label=_("Requests per minute"),
        min_value=100,
        max_value=1000,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("100 to 1000."),
    )
    field_order = ["rate_limit", "reason"]


class ChangeKeyForm(ReasonForm):
    """What of a key can be changed while it lives."""

    label = forms.CharField(
        label=_("Label"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget()
    )
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=[(name, name) for name in ALL_PERMISSIONS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("Hold from the next request on."),
    )
    expires_at = forms.DateTimeField(
        label=_("Expires"),
        required=False,
        widget=MomentInput(),
        help_text=_("Hong Kong time; empty for a key that lasts until it is revoked."),
    )
    field_order = ["label", "permissions", "expires_at", "reason"]

    def clean_expires_at(self) -> datetime | None:
        return _future(self.cleaned_data["expires_at"])


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
        choices=ApiKey._meta.get_field("environment").flatchoices,
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

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history."),
    )

    def clean_expires_at(self) -> datetime | None:
        return _future(self.cleaned_data["expires_at"])


class OverlapForm(ReasonForm):
    """How long the present credential goes on working beside its successor, and why.

    After `is_valid`, `cleaned_data["overlap"]` is that time, however it was chosen.
    """

    overlap = forms.TypedChoiceField(
        label=_("The present one goes on working for"),
        choices=OVERLAPS,
        initial=24,
        coerce=lambda hours: timedelta(hours=int(hours)),
        widget=UnfoldAdminSelectWidget(),
    )
    until = forms.DateTimeField(
        label=_("Or until"),
        required=False,
        widget=MomentInput(),
        help_text=_("Hong Kong time; where it is filled in, it counts instead."),
    )
    field_order = ["overlap", "until", "reason"]

    def clean_until(self) -> datetime | None:
        return _future(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("until"):
            cleaned["overlap"] = cleaned["until"] - timezone.now()
        return cleaned
