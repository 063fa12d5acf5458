"""A reseller as JSON: what is read from partners and spreadsheets, and what is answered."""

from collections.abc import Callable
from typing import Any

from config.api.fields import Amount, Choice, Date, Email, Integer, Moment, Pattern, Phone, Text
from config.api.strict import Strict, refused

from .models import Reseller

RESELLER_CODE = r"[A-Za-z0-9_-]{1,40}"
RESERVED_CODE = "direct"  # what bills call sales without a reseller
STATUSES = ("active", "inactive")
LARGEST_ID = 2**63 - 1


class ContactIn(Strict):
    """Who answers for the reseller; null takes out what was known."""

    name = Text(max_length=100, required=False, allow_null=True)
    email = Email(required=False, allow_null=True)
    phone = Phone(required=False, allow_null=True)


class ContractIn(Strict):
    """When and whether the contract is in force; null takes a date out."""

    start_date = Date(required=False, allow_null=True, help_text="Its first day in Hong Kong.")
    end_date = Date(required=False, allow_null=True, help_text="Its last day in Hong Kong.")
    status = Choice(choices=Reseller.ContractStatus.choices, required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        start, end = values.get("start_date"), values.get("end_date")
        if start and end and end < start:
            raise refused("end_date", "This is before start_date.", "before_start")
        return values


class ResellerIn(Strict):
    """A reseller; its values are the facts of the model, those that were sent."""

    reseller_code = Pattern(RESELLER_CODE, help_text="Your own, unique among your resellers.")
    name = Text(max_length=100)
    contact = ContactIn(required=False, allow_null=True)
    commission_rate = Amount(
        min_value=0,
        max_value=1,
        max_digits=5,
        decimal_places=4,
        required=False,
        help_text="A fraction: 0.1 is ten per cent, and the default.",
    )
    contract = ContractIn(required=False, allow_null=True)
    settlement_cycle = Choice(
        choices=Reseller.Cycle.choices, required=False, help_text="Default: monthly."
    )
    region = Text(max_length=40, required=False, allow_null=True)
    tier = Text(max_length=40, required=False, allow_null=True)
    status = Choice(choices=STATUSES, required=False, help_text="Default: active.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values.get("reseller_code") == RESERVED_CODE:
            raise refused("reseller_code", "Bills call sales without a reseller so.", "reserved")
        facts: dict[str, Any] = {}
        for name, value in values.items():
            facts |= _FLAT.get(name, _as_it_is)(name, value)
        return facts


class ResellerPatchIn(ResellerIn):
    """What is to be different; all else stays."""

    reseller_code = Pattern(RESELLER_CODE, required=False)
    name = Text(max_length=100, required=False)


class Contact(Strict):
    """Who answers for the reseller."""

    name = Text(allow_null=True)
    email = Text(allow_null=True)
    phone = Text(allow_null=True)


class Contract(Strict):
    """Both days are in Hong Kong and belong to it; a date that is null sets no limit."""

    start_date = Date(allow_null=True)
    end_date = Date(allow_null=True)
    status = Choice(choices=Reseller.ContractStatus.choices)


class ResellerDetails(Strict):
    """A reseller of yours."""

    id = Integer(max_value=LARGEST_ID)
    reseller_code = Text()
    name = Text()
    contact = Contact()
    commission_rate = Amount(max_digits=5, decimal_places=4, help_text="0.1 is ten per cent.")
    contract = Contract()
    settlement_cycle = Choice(choices=Reseller.Cycle.choices)
    region = Text(allow_null=True)
    tier = Text(allow_null=True)
    status = Choice(choices=STATUSES)
    created_at = Moment()
    updated_at = Moment()


def reseller_details(reseller: Reseller) -> dict[str, Any]:
    """A reseller as its partner is shown it."""
    return {
        "id": reseller.pk,
        "reseller_code": reseller.reseller_code,
        "name": reseller.name,
        "contact": {
            "name": reseller.contact_name or None,
            "email": reseller.contact_email or None,
            "phone": reseller.contact_phone or None,
        },
        "commission_rate": reseller.commission_rate,
        "contract": {
            "start_date": reseller.contract_start,
            "end_date": reseller.contract_end,
            "status": reseller.contract_status,
        },
        "settlement_cycle": reseller.settlement_cycle,
        "region": reseller.region or None,
        "tier": reseller.tier or None,
        "status": reseller.status,
        "created_at": reseller.created_at,
        "updated_at": reseller.updated_at,
    }


def _as_it_is(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


def _text(name: str, value: str | None) -> dict[str, Any]:
    return {name: value or ""}


def _status(name: str, value: str) -> dict[str, Any]:
    return {"is_active": value == "active"}


def _contact(name: str, sent: dict[str, str | None] | None) -> dict[str, Any]:
    known = dict.fromkeys(("name", "email", "phone")) if sent is None else sent
    return {f"contact_{part}": value or "" for part, value in known.items()}


def _contract(name: str, sent: dict[str, Any] | None) -> dict[str, Any]:
    if sent is None:
        sent = {"start_date": None, "end_date": None, "status": Reseller.ContractStatus.ACTIVE}
    return {f"contract_{part.removesuffix('_date')}": value for part, value in sent.items()}


_FLAT: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "contact": _contact,
    "contract": _contract,
    "region": _text,
    "tier": _text,
    "status": _status,
}
