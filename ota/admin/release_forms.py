"""What is asked of whoever wants, approves or refuses an emergency release."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from inventory.models import Product, UrgentRelease
from resellers.models import Partner

MOST_UNITS = 2**31 - 1


class RequestForm(forms.Form):
    """Who needs how many units of what, out of which source, and why."""

    partner = forms.ModelChoiceField(
        Partner.objects.filter(is_active=True), label=_("Partner"), widget=UnfoldAdminSelectWidget()
    )
    product = forms.ModelChoiceField(
        Product.objects.all(), label=_("Product"), widget=UnfoldAdminSelectWidget()
    )
    units = forms.IntegerField(
        label=_("Units"), min_value=1, max_value=MOST_UNITS, widget=UnfoldAdminIntegerFieldWidget()
    )
    source = forms.ChoiceField(
        label=_("Taken from"),
        choices=UrgentRelease.Source.choices,
        initial=UrgentRelease.Source.DIRECT,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("For whoever approves it, and for the history of the pools."),
    )


class ApproveForm(forms.Form):
    """What the approver wants to be remembered, if anything."""

    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget()
    )


class RefuseForm(forms.Form):
    """Why it is not done."""

    note = forms.CharField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget())
