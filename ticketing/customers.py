"""Customers forgotten on request: nothing of the person is left, every sum stays."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from config.actors import Actor
from customers import accounts
from customers.errors import CustomerNotFound
from customers.models import Account

from .models import Customer

log = structlog.get_logger("ota.customers")


@dataclass(frozen=True, slots=True)
class Erased:
    """How many accounts were closed, and in how many orders nobody stands now."""

    accounts: int
    people: int

    def __str__(self) -> str:
        return f"{self.accounts} accounts, {self.people} orders"


@transaction.atomic(savepoint=False)
def erase(*, customer_id: uuid.UUID, at: datetime, by: Actor) -> Erased:
    """Forget whom an id means: an account with all it ordered, or the person of one order.

    Doing it twice is the same as once. Raises CustomerNotFound.
    """
    known = Account.objects.filter(pk=customer_id)
    if not known.exists() and not Customer.objects.filter(pk=customer_id).exists():
        raise CustomerNotFound("Nobody is known by this id.")
    return _erase(known, Q(pk=customer_id), at=at, by=by)


@transaction.atomic(savepoint=False)
def erase_address(*, email: str, at: datetime, by: Actor) -> Erased:
    """Forget an e-mail address: its account with all it ordered, and every order that names it.

    Orders of partners too. Raises CustomerNotFound.
    """
    known, named = Account.objects.called(email), Customer.objects.filter(email__iexact=email)
    if not known.exists() and not named.exists():
        raise CustomerNotFound("Nobody is known by this address.")
    return _erase(known, Q(email__iexact=email), at=at, by=by)


def _erase(known: QuerySet[Account], named: Q, *, at: datetime, by: Actor) -> Erased:
    # Locked first, so that no order of theirs comes in between.
    held = list(known.filter(erased_at=None).order_by("id").select_for_update(no_key=True))
    owned = Q(orders__account__in=list(known.values_list("pk", flat=True)))
    for account in held:
        accounts.erase(account, at=at)
    people = Customer.objects.filter(named | owned).values("pk")
    erased = Erased(len(held), Customer.objects.filter(pk__in=people).erase(at=at))
    log.info("ota.customers.erased", accounts=erased.accounts, people=erased.people, by=by.name)
    return erased
