"""The registry of a partner's resellers: which they are, and who a batch is meant for."""

import re
import unicodedata
from datetime import date
from itertools import count
from typing import Any

from django.db.models import Q, QuerySet

from config.statements import fetch

from .errors import ResellerInactive, ResellerNotFound, UnknownReseller
from .models import Partner, Reseller

LONGEST_CODE = 40
COLUMNS = [field.attname for field in Reseller._meta.concrete_fields]


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
    known = called(partner, name) if name else []
    if len(known) != 1:
        return None
    if known[0].reseller_code == name:
        return _in_force(known[0], day)
    as_it_is = _held(known[0])
    return as_it_is if as_it_is.takes_batches(day) else None


def called(partner: Partner, name: str) -> list[Reseller]:
    """The partner's reseller with this code, else those with this name: two are too many."""
    own = _own(partner)
    return list(own.filter(reseller_code=name)) or list(own.filter(name=name)[:2])


def chosen(
    partner: Partner,
    *,
    status: str | None = None,
    search: str | None = None,
    **facts: Any,
) -> QuerySet[Reseller]:
    """The partner's resellers with these facts; `search` is a part of the code or the name."""
    own = _own(partner).filter(**facts)
    if status is not None:
        own = own.filter(is_active=status == "active")
    if search is not None:
        own = own.filter(Q(reseller_code__icontains=search) | Q(name__icontains=search))
    return own


def found(partner: Partner, reseller_id: int) -> Reseller:
    """The partner's reseller by its id; raises ResellerNotFound."""
    own = _own(partner).filter(pk=reseller_id).first()
    if own is None:
        raise ResellerNotFound("No reseller of yours has this id.")
    return own


def free_code(partner: Partner, name: str) -> str:
    """`Müller & Söhne` as `MULLER-SOHNE`, with a number behind it where that is taken."""
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "-", latin).strip("-").upper() or "RESELLER"
    taken = set(_own(partner).values_list("reseller_code", flat=True))
    candidates = (stem[:LONGEST_CODE] if n == 1 else _numbered(stem, n) for n in count(1))
    return next(each for each in candidates if each not in taken)


def _own(partner: Partner) -> QuerySet[Reseller]:
    return Reseller.objects.filter(partner=partner)


def _named(partner: Partner, reseller_id: int | None, code: str | None) -> Reseller:
    wanted = Q()
    if reseller_id is not None:
        wanted &= Q(pk=reseller_id)
    if code is not None:
        wanted &= Q(reseller_code=code)
    own = _own(partner).filter(wanted).first()
    if own is None:
        raise UnknownReseller("No reseller of yours has this id or code.")
    return own


def _in_force(reseller: Reseller, day: date) -> Reseller:
    as_it_is = _held(reseller)
    if not as_it_is.takes_batches(day):
        raise ResellerInactive(f"{reseller.reseller_code} takes no batches: {_why(as_it_is, day)}.")
    return as_it_is


def _held(reseller: Reseller) -> Reseller:
    """As it is now, and stays until the transaction ends: who would change it waits."""
    (row,) = fetch(_HOLD, {"id": reseller.pk})
    return Reseller.from_db("default", COLUMNS, row)


def _why(reseller: Reseller, day: date) -> str:
    if not reseller.is_active:
        return "it is inactive"
    if reseller.contract_status != Reseller.ContractStatus.ACTIVE:
        return f"its contract is {reseller.contract_status}"
    start, end = reseller.contract_start, reseller.contract_end
    if start and day < start:
        return f"its contract starts on {start}"
    return f"its contract ended on {end}"


def _numbered(stem: str, number: int) -> str:
    tail = f"-{number}"
    return stem[: LONGEST_CODE - len(tail)] + tail


# Shared: batches for one reseller do not wait for each other, and its change waits for them.
_HOLD = f"""
SELECT {", ".join(COLUMNS)} FROM resellers_reseller WHERE id = %(id)s::bigint FOR SHARE
"""  # noqa: S608  names of columns of ours; the value is bound
