"""The form of one reseller: judged as the API would, and saved through the same door."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from .. import columns
from ..columns import Unsound
from ..models import Partner, Reseller
from .words import LABELS, wrong


class ResellerForm(forms.ModelForm):
    """After `is_valid`, `cleaned_data` holds the facts as the door takes them."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history."),
    )

    class Meta:
        model = Reseller
        fields = [
            "partner", "reseller_code", "name", "is_active", "commission_rate", "contract_start",
            "contract_end", "contract_status", "settlement_cycle", "region", "tier",
            "contact_name", "contact_email", "contact_phone",
        ]  # fmt: skip
        labels = {name: capfirst(words) for name, words in LABELS.items()}
        help_texts = {
            "commission_rate": _("A fraction: 0.1 is ten per cent. Holds for sales from now on."),
            "contract_start": _("The first day in Hong Kong; empty: since ever."),
            "contract_end": _("The last day in Hong Kong; empty: without end."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("contract_status", "settlement_cycle"):
            if name in self.fields:
                chosen: Any = self.fields[name]
                chosen.choices = [(value, _(words)) for value, words in chosen.choices]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            self._judge(cleaned)
        if not self.errors and self._is_taken(cleaned):
            self.add_error("reseller_code", wrong("reseller_code", "duplicate_reseller", ""))
        return cleaned

    def _judge(self, cleaned: dict[str, Any]) -> None:
        try:
            cleaned.update(columns.facts(_as_row(cleaned)))
        except Unsound as unsound:
            for column, code, said in unsound.wrong:
                self.add_error(column or None, wrong(column, code, said))

    def _is_taken(self, cleaned: dict[str, Any]) -> bool:
        partner: Partner = cleaned.get("partner") or self.instance.partner
        others = Reseller.objects.filter(partner=partner).exclude(pk=self.instance.pk)
        return others.filter(reseller_code=cleaned["reseller_code"]).exists()


def _as_row(cleaned: dict[str, Any]) -> dict[str, Any]:
    row = {name: cleaned[name] for name in columns.PLACES if name != "status"}
    for name in ("contract_start", "contract_end"):
        row[name] = row[name] and row[name].isoformat()
    row["status"] = "active" if cleaned["is_active"] else "inactive"
    return {name: None if value == "" else value for name, value in row.items()}
