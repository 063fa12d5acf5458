"""What is remembered of partners and their credentials: a row for each change, written with it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from config.actors import Actor
from config.masks import masked, masked_email

from .models import ApiKey, Partner, PartnerChange

Kind = PartnerChange.Kind
SYSTEM = Actor("system:set-up")  # programs that make partners for themselves: demo, bench
PARTNER_FACTS = ("name", "contact_name", "contact_email", "rate_limit", "is_active")
KEY_FACTS = ("public_id", "label", "environment", "permissions", "expires_at", "revoked_at")
_MASKS: dict[str, Callable[[str], str]] = {"contact_name": masked, "contact_email": masked_email}


def of_partner(partner: Partner) -> dict[str, Any]:
    """The facts of a partner as history keeps them: plain values, people masked."""
    return {name: _said(name, getattr(partner, name)) for name in PARTNER_FACTS}


def of_key(key: ApiKey) -> dict[str, Any]:
    """The public facts of a key as history keeps them."""
    return {name: _said(name, getattr(key, name)) for name in KEY_FACTS}


def differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of what was before and is after only what differs, as `remember` takes it."""
    names = [name for name, value in after.items() if before.get(name) != value]
    return {
        "before": {name: before[name] for name in names if name in before},
        "after": {name: after[name] for name in names},
    }


def remember(
    partner: Partner,
    kind: str,
    *,
    at: datetime,
    by: Actor,
    key: ApiKey | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write the row of one change."""
    PartnerChange.objects.create(
        partner=partner,
        key=key,
        kind=kind,
        before=before or {},
        after=after or {},
        at=at,
        by=by.name,
        request_id=by.request_id,
        reason=by.reason,
    )


def _said(name: str, value: Any) -> Any:
    if name in _MASKS:
        return _MASKS[name](value) if value else ""
    return value.isoformat() if isinstance(value, datetime) else value
