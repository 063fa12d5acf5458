"""What staff read of resellers: names of columns, and what is wrong with a value."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from config.masks import masked, masked_email, masked_phone

from ..models import Reseller
from ..shapes import STATUSES

LABELS = {
    "partner_id": _("partner"),
    "reseller_code": _("code"),
    "name": _("reseller name"),
    "status": _("status"),
    "is_active": _("active"),
    "commission_rate": _("commission rate"),
    "contract_start": _("contract starts"),
    "contract_end": _("contract ends"),
    "contract_status": _("contract status"),
    "settlement_cycle": _("settlement cycle"),
    "region": _("region"),
    "tier": _("tier"),
    "contact_name": _("contact name"),
    "contact_email": _("contact e-mail"),
    "contact_phone": _("contact phone"),
}
# Who is asked at a reseller, and how that is masked.
CONTACT: dict[str, Callable[[str], str]] = {
    "contact_name": masked,
    "contact_email": masked_email,
    "contact_phone": masked_phone,
}
# What is remembered of partners, their keys and their payment secrets.
PARTNER_LABELS = {
    "name": _("name"),
    "contact_name": _("contact name"),
    "contact_email": _("contact e-mail"),
    "rate_limit": _("requests per minute"),
    "is_active": _("active"),
    "public_id": _("public id"),
    "label": _("label"),
    "environment": _("environment"),
    "permissions": _("permissions"),
    "expires_at": _("expires at"),
    "revoked_at": _("revoked at"),
    "replaced_by": _("replaced by"),
    "made_at": _("made at"),
    "earlier_ones": _("earlier secrets that end"),
    "they_end_at": _("they end at"),
}
_INVALID = {
    "reseller_code": _("Letters, digits, - and _, at most 40."),
    "contact_email": _("This is no e-mail address in ASCII."),
    "contact_phone": _("Write a phone number such as +852 9876 5432."),
}
_WRONG = {
    "required": _("This is missing."),
    "null": _("This is missing."),
    "blank": _("This is missing."),
    "max_length": _("This is too long."),
    "forbidden_character": _("Leave out control, bidirectional and invisible characters."),
    "wrong_type": _("Write a number such as 0.125."),
    "max_value": _("At most 1, which is all of it; 0.1 is ten per cent."),
    "min_value": _("At least 0."),
    "max_decimal_places": _("At most four decimals."),
    "max_digits": _("At most four decimals."),
    "max_whole_digits": _("At most 1, which is all of it; 0.1 is ten per cent."),
    "malformed": _("Write a date as 2026-12-31."),
    "no_such_date": _("There is no such date."),
    "before_start": _("This is before the contract starts."),
    "reserved": _("Bills call sales without a reseller so: choose another code."),
    "contract_ends_first": _("The contract would end before it starts."),
    "duplicate_reseller": _("Another reseller of this partner has this code."),
    "unknown_partner": _("There is no partner with this id."),
    "repeated_row": _("An earlier row is about the same reseller."),
    "too_many_cells": _("This row has more cells than there are columns."),
    "invalid_choice": _("Write one of: %(choices)s."),
    "no_header": _("The first row has to name the columns."),
    "unknown_column": _("There is no column %(name)s."),
    "repeated_column": _("The column %(name)s is there twice."),
    "missing_column": _("The column %(name)s is missing."),
}
_NAMING = {"invalid_choice", "unknown_column", "repeated_column", "missing_column"}
_CHOICES = {
    "status": STATUSES,
    "contract_status": Reseller.ContractStatus.values,
    "settlement_cycle": Reseller.Cycle.values,
}
# What becomes of a row of an import, and its colour.
KINDS = {
    "new": (_("new"), "success"),
    "changed": (_("changed"), "info"),
    "same": (_("as it is"), None),
    "wrong": (_("wrong"), "danger"),
}


def wrong(column: str, code: str, words: str) -> str:
    """What is wrong with the value of a column; the words of the API where there are no others."""
    if code == "invalid":
        return str(_INVALID.get(column, words))
    if code not in _WRONG:
        return words
    told = str(_WRONG[code])
    if code not in _NAMING:
        return told
    return told % {"choices": ", ".join(_CHOICES.get(column, ())), "name": words[:40]}


def shown(value: Any) -> Any:
    """A fact as staff read it; a dash for what is absent."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return value.isoformat()
    return "–" if value in ("", None) else value


def shown_masked(name: str, value: Any) -> Any:
    """The same, without telling whom to ask."""
    return shown(CONTACT[name](value) if name in CONTACT and value else value)
