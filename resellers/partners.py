"""Partners are registered, amended, ended and begun again; each leaves a row of history."""

from datetime import datetime
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from config.actors import Actor

from .errors import DuplicatePartner
from .models import Partner
from .partner_history import Kind, of_partner, remember

log = structlog.get_logger("ota.partners")


@transaction.atomic(savepoint=False)
def register(*, partner_id: str, at: datetime, by: Actor, **facts: Any) -> Partner:
    """A new partner, which can do nothing before it has a key. Raises DuplicatePartner."""
    partner = Partner(partner_id=partner_id, **facts)
    try:
        with transaction.atomic():
            partner.save(force_insert=True)
    except IntegrityError as error:
        if "partner_id" not in str(error):
            raise
        raise DuplicatePartner(f"There is a partner {partner_id} already.") from error
    remember(partner, Kind.REGISTERED, after=of_partner(partner), at=at, by=by)
    log.info("ota.partners.registered", partner=partner_id)
    return partner


@transaction.atomic(savepoint=False)
def amend(*, partner_id: int, at: datetime, by: Actor, **facts: Any) -> Partner:
    """The partner with this primary key, with these facts changed; no change leaves no trace."""
    partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    before = of_partner(partner)
    changed = [name for name, value in facts.items() if value != getattr(partner, name)]
    if not changed:
        return partner
    for name in changed:
        setattr(partner, name, facts[name])
    partner.save(update_fields=changed)
    after = of_partner(partner)
    # Two people may look the same behind their masks: that one was changed is kept all the same.
    what: Any = {"before": {n: before[n] for n in changed}, "after": {n: after[n] for n in changed}}
    remember(partner, _kind(partner, changed), **what, at=at, by=by)
    log.info("ota.partners.changed", partner=partner.partner_id, changed=changed)
    return partner


def limit(*, partner_id: int, rate_limit: int, at: datetime, by: Actor) -> Partner:
    """Let a partner make so many requests per minute, from its next one on."""
    return amend(partner_id=partner_id, rate_limit=rate_limit, at=at, by=by)


def deactivate(*, partner_id: int, at: datetime, by: Actor) -> Partner:
    """End all its keys and secrets at once, for as long as it is inactive; what it has stays."""
    return amend(partner_id=partner_id, is_active=False, at=at, by=by)


def activate(*, partner_id: int, at: datetime, by: Actor) -> Partner:
    """Let its keys that have neither expired nor been revoked work again."""
    return amend(partner_id=partner_id, is_active=True, at=at, by=by)


def _kind(partner: Partner, changed: list[str]) -> str:
    if "is_active" not in changed:
        return Kind.CHANGED
    return Kind.REACTIVATED if partner.is_active else Kind.DEACTIVATED
