"""Resellers out of a table: first what would become of each row, then all of it or nothing."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from config.actors import Actor

from . import columns, registration
from .columns import PLACES, Unsound
from .models import Partner, Reseller

HEADER = ("partner_id", *PLACES)
MOST_ROWS = 2000
REQUIRED = ("partner_id", "reseller_code")
# An empty cell of these takes out what was known; of the others it leaves it as it is.
CLEARABLE = {
    "contract_start", "contract_end", "region", "tier",
    "contact_name", "contact_email", "contact_phone",
}  # fmt: skip
CHOICES = {"status", "contract_status", "settlement_cycle"}
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
Wrong = tuple[str, str, str]
Table = Sequence[Sequence[str]]
Known = dict[tuple[str, str], Reseller]


class Changed(Exception):
    """What would become of the rows is no longer what was shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is `wrong` with it, or the facts it would write and what they change."""

    number: int
    partner_id: str
    code: str
    reseller: Reseller | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """wrong, new, changed or same."""
        if self.wrong:
            return "wrong"
        if self.reseller is None:
            return "new"
        return "changed" if self.changes else "same"


def planned(table: Table) -> list[Row]:
    """What would become of each row; a header that is none raises Unsound."""
    if not table or not table[0]:
        raise Unsound([("", "no_header", ", ".join(REQUIRED))])
    header = [title.lower() for title in table[0]]
    _judge_header(header)
    partners, known = _partners(table, header), _known(table, header)
    return list(_rows(header, table, partners, known))


def digest(rows: Sequence[Row]) -> str:
    """The same for the same outcome: who carries it out compares it with what was shown."""
    outcome = [
        (row.number, row.kind, row.reseller and row.reseller.pk, row.facts, row.changes)
        for row in rows
    ]
    return hashlib.sha256(json.dumps(outcome, default=str).encode()).hexdigest()


@transaction.atomic(savepoint=False)
def carry_out(table: Table, *, shown: str, at: datetime, by: Actor) -> int:
    """Write every row, or none; returns how many resellers are new or changed.

    Raises Changed where the outcome is not the one with the digest `shown`, and what the
    registration refuses.
    """
    header = [title.lower() for title in table[0]]
    _locked(_known_rows(table, header))
    rows = planned(table)
    if digest(rows) != shown or any(row.wrong for row in rows):
        raise Changed
    due = [row for row in rows if row.kind != "same"]
    for row in sorted(due, key=lambda row: (row.partner_id, row.code)):
        _write(row, Partner.objects.get(partner_id=row.partner_id), at=at, by=by)
    return len(due)


def _write(row: Row, partner: Partner, *, at: datetime, by: Actor) -> None:
    if row.reseller is None:
        registration.register(partner=partner, at=at, by=by, **row.facts)
    else:
        registration.amend(partner=partner, reseller_id=row.reseller.pk, at=at, by=by, **row.facts)


def _judge_header(header: list[str]) -> None:
    wrong = [("", "unknown_column", title) for title in header if title not in HEADER]
    wrong += [("", "repeated_column", title) for title in HEADER if header.count(title) > 1]
    wrong += [("", "missing_column", title) for title in REQUIRED if title not in header]
    if wrong:
        raise Unsound(wrong)


def _rows(
    header: list[str], table: Table, partners: dict[str, Partner], known: Known
) -> Iterator[Row]:
    seen: set[tuple[str, str]] = set()
    for number, texts in enumerate(table[1:], 2):
        if not texts:
            continue
        cells = dict(zip(header, [*texts, *[""] * len(header)], strict=False))
        key = cells["partner_id"], cells["reseller_code"]
        yield _row(number, cells, texts[len(header) :], partners, known.get(key), key in seen)
        seen.add(key)


def _row(
    number: int,
    cells: dict[str, str],
    beyond: Sequence[str],
    partners: dict[str, Partner],
    reseller: Reseller | None,
    is_repeated: bool,
) -> Row:
    wrong: list[Wrong] = []
    if any(beyond):
        wrong.append(("", "too_many_cells", ""))
    if cells["partner_id"] not in partners:
        wrong.append(("partner_id", "unknown_partner", ""))
    if is_repeated:
        wrong.append(("reseller_code", "repeated_row", ""))
    facts: dict[str, Any] = {}
    try:
        facts = columns.facts(_values(cells), partial=reseller is not None)
    except Unsound as unsound:
        wrong += unsound.wrong
    if not wrong and reseller is not None:
        wrong += _wrong_together(reseller, facts)
    changes = [] if wrong else _changes(reseller, facts)
    return Row(number, cells["partner_id"], cells["reseller_code"], reseller, facts, changes, wrong)


def _values(cells: dict[str, str]) -> dict[str, Any]:
    """The JSON values that the texts of a row stand for."""
    values: dict[str, Any] = {}
    for column, text in cells.items():
        if column in PLACES and (text or column in CLEARABLE):
            values[column] = _value(column, text)
    return values


def _value(column: str, text: str) -> Any:
    if not text:
        return None
    if column == "commission_rate" and NUMBER.fullmatch(text):
        return Decimal(text)
    return text.lower() if column in CHOICES else text


def _wrong_together(reseller: Reseller, facts: dict[str, Any]) -> list[Wrong]:
    start = facts.get("contract_start", reseller.contract_start)
    end = facts.get("contract_end", reseller.contract_end)
    return [("contract_end", "contract_ends_first", "")] if start and end and end < start else []


def _changes(reseller: Reseller | None, facts: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    if reseller is None:
        return [(name, None, value) for name, value in facts.items() if value not in ("", None)]
    return [
        (name, getattr(reseller, name), value)
        for name, value in facts.items()
        if value != getattr(reseller, name)
    ]


def _column(table: Table, header: list[str], title: str) -> set[str]:
    place = header.index(title)
    # What could never be an id or a code is not looked for.
    return {row[place] for row in table[1:] if len(row) > place and row[place].isascii()}


def _partners(table: Table, header: list[str]) -> dict[str, Partner]:
    named = Partner.objects.filter(partner_id__in=_column(table, header, "partner_id"))
    return {partner.partner_id: partner for partner in named}


def _known_rows(table: Table, header: list[str]) -> QuerySet[Reseller]:
    return Reseller.objects.filter(
        partner__partner_id__in=_column(table, header, "partner_id"),
        reseller_code__in=_column(table, header, "reseller_code"),
    )


def _known(table: Table, header: list[str]) -> Known:
    rows = _known_rows(table, header).select_related("partner")
    return {(row.partner.partner_id, row.reseller_code): row for row in rows}


def _locked(rows: QuerySet[Reseller]) -> None:
    list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))
