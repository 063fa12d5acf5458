"""The registry of a partner's resellers: who a batch is meant for."""

import re
import unicodedata
from datetime import date
from itertools import count

from django.db.models import Q, QuerySet

from .errors import ResellerInactive, UnknownReseller
from .models import Partner, Reseller

LONGEST_CODE = 40


def meant(
    partner: Partner,
    *,
    reseller_id: int | None,
    reseller_code: str | None,
    name: str,
    day: date,
) -> Reseller | None:
    """The reseller a batch is for: by id, by code, else by a name that says it clearly.

    A name that is nobody's, several resellers', or that of an inactive one names nobody: the
    text is all that is known. Raises UnknownReseller for an id or code that is none of the
    partner's, ResellerInactive where an id or code is of one without a contract in force.
    """
    if reseller_id is not None or reseller_code is not None:
        return _in_force(_named(partner, reseller_id, reseller_code), day)
    found = called(partner, name) if name else []
    if len(found) != 1:
        return None
    if found[0].reseller_code == name:
        return _in_force(found[0], day)
    return found[0] if found[0].takes_batches(day) else None


def called(partner: Partner, name: str) -> list[Reseller]:
    """The partner's reseller with this code, else those with this name: two are too many."""
    own = _own(partner)
    return list(own.filter(reseller_code=name)) or list(own.filter(name=name)[:2])


def register(partner: Partner, name: str) -> Reseller:
    """A new reseller of this name, with a code made of it and the terms of everybody."""
    return Reseller.objects.create(partner=partner, name=name, reseller_code=_code(partner, name))


def _own(partner: Partner) -> QuerySet[Reseller]:
    return Reseller.objects.filter(partner=partner)


def _named(partner: Partner, reseller_id: int | None, code: str | None) -> Reseller:
    wanted = Q()
    if reseller_id is not None:
        wanted &= Q(pk=reseller_id)
    if code is not None:
        wanted &= Q(reseller_code=code)
    found = _own(partner).filter(wanted).first()
    if found is None:
        raise UnknownReseller("No reseller of yours has this id or code.")
    return found


def _in_force(reseller: Reseller, day: date) -> Reseller:
    if not reseller.takes_batches(day):
        raise ResellerInactive(f"{reseller} has no contract in force.")
    return reseller


def _code(partner: Partner, name: str) -> str:
    """`Müller & Söhne` as `MULLER-SOHNE`, with a number behind it where that is taken."""
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "-", latin).strip("-").upper() or "RESELLER"
    taken = set(_own(partner).values_list("reseller_code", flat=True))
    candidates = (stem[:LONGEST_CODE] if n == 1 else _numbered(stem, n) for n in count(1))
    return next(each for each in candidates if each not in taken)


def _numbered(stem: str, number: int) -> str:
    tail = f"-{number}"
    return stem[: LONGEST_CODE - len(tail)] + tail
