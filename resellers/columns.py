"""A reseller as one row of columns, of a form or of a spreadsheet, judged as partners' JSON is."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError

from config.api.strict import issues

from .models import Reseller
from .shapes import ResellerIn, ResellerPatchIn

# Where each column stands in the JSON object.
PLACES = {
    "reseller_code": ("reseller_code",),
    "name": ("name",),
    "status": ("status",),
    "commission_rate": ("commission_rate",),
    "contract_start": ("contract", "start_date"),
    "contract_end": ("contract", "end_date"),
    "contract_status": ("contract", "status"),
    "settlement_cycle": ("settlement_cycle",),
    "region": ("region",),
    "tier": ("tier",),
    "contact_name": ("contact", "name"),
    "contact_email": ("contact", "email"),
    "contact_phone": ("contact", "phone"),
}
_COLUMNS: dict[tuple[str | int, ...], str] = {place: name for name, place in PLACES.items()}
_WHOLE, _PART = ResellerIn(), ResellerPatchIn()


class Unsound(Exception):
    """What is wrong with a row: (column, stable code, words) for each, "" for the row as such."""

    def __init__(self, wrong: list[tuple[str, str, str]]) -> None:
        super().__init__(wrong)
        self.wrong = wrong


def facts(row: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """The facts that a row of JSON values stands for; raises Unsound.

    `partial` takes any selection of the columns.
    """
    shape = _PART if partial else _WHOLE
    try:
        return dict(shape.run_validation(_nested(row)))
    except ValidationError as error:
        found = issues(error)
    raise Unsound([(_COLUMNS.get(each.path, ""), each.code, each.detail) for each in found])


def row_of(reseller: Reseller) -> dict[str, Any]:
    """The columns of a reseller, which `facts` takes back."""
    plain = {name: getattr(reseller, name) for name in PLACES}
    return {name: None if value == "" else value for name, value in plain.items()}


def _nested(row: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for column, value in row.items():
        *way, last = PLACES[column]
        inner = nested.setdefault(way[0], {}) if way else nested
        inner[last] = value
    return nested
