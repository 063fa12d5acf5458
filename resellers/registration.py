"""Resellers are registered, amended and deactivated; each change leaves a row of history."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from config.actors import Actor
from config.masks import masked, masked_email, masked_phone

from .errors import ContractEndsFirst, DuplicateReseller, ResellerNotFound
from .models import Partner, Reseller

log = structlog.get_logger("ota.resellers")
FACTS = (
    "reseller_code", "name", "is_active", "commission_rate", "contract_start", "contract_end",
    "contract_status", "settlement_cycle", "region", "tier", "contact_name", "contact_email",
    "contact_phone",
)  # fmt: skip
# What a replaced reseller has of whatever is not said; to be ended or begun again is said.
REPLACED = {
    field.name: field.get_default()
    for field in Reseller._meta.concrete_fields
    if field.name in FACTS[3:]
}
_MASKS: dict[str, Callable[[str], str]] = {
    "contact_name": masked,
    "contact_email": masked_email,
    "contact_phone": masked_phone,
}


@transaction.atomic(savepoint=False)
def register(*, partner: Partner, at: datetime, by: Actor, **facts: Any) -> Reseller:
    """A new reseller of a partner; what is not said is as usual.

    Raises DuplicateReseller, ContractEndsFirst.
    """
    reseller = Reseller(partner=partner, created_at=at, updated_at=at, **facts)
    _write(reseller, None)
    _remember(reseller, {}, said(reseller), at=at, by=by)
    log.info("ota.resellers.created", reseller=reseller.pk)
    return reseller


@transaction.atomic(savepoint=False)
def amend(*, partner: Partner, reseller_id: int, at: datetime, by: Actor, **facts: Any) -> Reseller:
    """The partner's reseller with these facts changed; what was so before leaves no trace.

    Raises ResellerNotFound, DuplicateReseller, ContractEndsFirst.
    """
    reseller = _locked(partner, reseller_id)
    was, before = _facts(reseller), said(reseller)
    for name, value in facts.items():
        setattr(reseller, name, value)
    changed = [name for name, value in _facts(reseller).items() if value != was[name]]
    if changed:
        reseller.updated_at = at
        _write(reseller, [*changed, "updated_at"])
        _remember(reseller, before, said(reseller), at=at, by=by, only=changed)
        log.info("ota.resellers.changed", reseller=reseller.pk, changed=changed)
    return reseller


def deactivate(*, partner: Partner, reseller_id: int, at: datetime, by: Actor) -> None:
    """End a reseller: it takes no new batches; what it has stays. Twice is the same as once.

    Raises ResellerNotFound.
    """
    amend(partner=partner, reseller_id=reseller_id, at=at, by=by, is_active=False)


def said(reseller: Reseller) -> dict[str, Any]:
    """All facts of a reseller as history keeps them: plain values, people masked."""
    return {name: _said(name, value) for name, value in _facts(reseller).items()}


def _facts(reseller: Reseller) -> dict[str, Any]:
    return {name: getattr(reseller, name) for name in FACTS}


def _said(name: str, value: Any) -> Any:
    if name in _MASKS:
        return _MASKS[name](value) if value else ""
    if isinstance(value, Decimal):
        return f"{value:.4f}"
    return value.isoformat() if isinstance(value, date) else value


def _locked(partner: Partner, reseller_id: int) -> Reseller:
    own = Reseller.objects.filter(partner=partner, pk=reseller_id)
    reseller = own.select_for_update(no_key=True).first()
    if reseller is None:
        raise ResellerNotFound("No reseller of yours has this id.")
    return reseller


def _write(reseller: Reseller, fields: Iterable[str] | None) -> None:
    """Insert it, or update these fields of it."""
    start, end = reseller.contract_start, reseller.contract_end
    if start and end and end < start:
        raise ContractEndsFirst(f"The contract would start on {start} and end on {end}.")
    try:
        with transaction.atomic():
            reseller.save(force_insert=fields is None, update_fields=fields)
    except IntegrityError as error:
        if "one_reseller_per_code" not in str(error):
            raise
        taken = f"You have a reseller {reseller.reseller_code} already."
        raise DuplicateReseller(taken) from error


def _remember(
    reseller: Reseller,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    at: datetime,
    by: Actor,
    only: Iterable[str] = FACTS,
) -> None:
    reseller.history.create(
        before={name: before[name] for name in only if name in before},
        after={name: after[name] for name in only},
        at=at,
        by=by.name,
        request_id=by.request_id,
        reason=by.reason,
    )
