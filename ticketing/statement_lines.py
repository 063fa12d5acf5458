"""The lines of a statement as they are shown: pages of them, or all as rows of a file."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from .models import Statement, StatementLine

CHUNK = 2000


class Line(NamedTuple):
    """An entry on a statement, with all that leads to what was sold.

    All but the last two are what the checksum of the statement is made of, in this order.
    """

    position: int
    entry_id: int
    kind: str
    adjustment: bool
    ticket_code: str
    order_id: str
    gross: Decimal
    commission_rate: Decimal
    commission: Decimal
    net: Decimal
    currency: str
    at: datetime
    batch_id: str
    product_id: int


FIELDS = (
    "position", "entry_id", "entry__kind", "is_adjustment", "entry__ticket__code",
    "entry__order__order_id", "entry__gross", "entry__commission_rate", "entry__commission",
    "entry__net", "entry__currency", "entry__at", "entry__batch__batch_id",
    "entry__batch__product_id",
)  # fmt: skip


def page(statement: Statement, number: int, size: int) -> list[Line]:
    """The lines of one page, from 1; past the end there are none."""
    before = (number - 1) * size
    within = {"position__gt": before, "position__lte": before + size}  # there are no gaps
    lines = StatementLine.objects.filter(statement=statement, **within).order_by("position")
    return [Line(*row) for row in lines.values_list(*FIELDS)]


def file_rows(statement: Statement) -> Iterator[list[object]]:
    """Every line as a row of a spreadsheet, read in pieces; the columns are those of Line."""
    for number in range(1, 2 + (statement.lines_count - 1) // CHUNK):
        for line in page(statement, number, CHUNK):
            told = {"adjustment": _word(line.adjustment), "at": _moment(line.at)}
            yield list({**line._asdict(), **told}.values())


def _word(truth: bool) -> str:
    return "true" if truth else "false"


def _moment(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="microseconds")
