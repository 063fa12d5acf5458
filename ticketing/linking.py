"""Batches whose reseller is a name only, and the registry: who they are meant for is looked up.

A command for installations whose batches are older than their registry; safe to repeat.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from config.actors import Actor
from resellers import registration, registry
from resellers.models import Partner, Reseller

from .models import Batch


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of the batches that name somebody: `reseller` is None where several fit."""

    partner: Partner
    name: str
    reseller: Reseller | None
    is_new: bool
    batches: int


def link_all(*, at: datetime, by: Actor) -> Iterator[Linked]:
    """Link every batch that names a reseller and has none; unknown names are registered."""
    named = Batch.objects.filter(reseller=None).exclude(intended_reseller="")
    groups = named.order_by("partner_id", "intended_reseller").distinct()
    for partner_id, name in list(groups.values_list("partner_id", "intended_reseller")):
        yield _link(partner_id, name, at=at, by=by)


@transaction.atomic
def _link(partner_id: int, name: str, *, at: datetime, by: Actor) -> Linked:
    # Whoever links at the same time waits, then finds the reseller that is made here.
    partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    found = registry.called(partner, name)
    if found:
        reseller = found[0] if len(found) == 1 else None
    else:
        code = registry.free_code(partner, name)
        reseller = registration.register(
            partner=partner, name=name, reseller_code=code, at=at, by=by
        )
    batches = Batch.objects.filter(partner=partner, reseller=None, intended_reseller=name)
    count = batches.update(reseller=reseller) if reseller else batches.count()
    return Linked(partner, name, reseller, is_new=not found, batches=count)
