"""Rows for spreadsheets, in which no text can become a formula.

A spreadsheet runs a text that begins with one of a few characters, whoever typed it. Such a
text is written with an apostrophe before it, which spreadsheets take as "this is text"; `plain`
takes it off again, so that what was exported can be imported as it was.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

from django.utils import timezone

Value = str | int | float | Decimal

# What Excel, LibreOffice, Google Sheets or Numbers take for the beginning of a formula, in full
# width too; a text that would read back as such once an apostrophe is taken off is one as well.
_FORMULA = re.compile("'*[\\s\0]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_WRITTEN = re.compile("'" + _FORMULA.pattern)
# XML 1.0 has no place for these, so neither has XLSX.
_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def cell(value: object) -> Value:
    """A value as a cell: numbers as they are, everything else a text that stays one."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return _text(value)
    return value


def plain(text: str) -> str:
    """What `cell` was given, of a text that is read back from a spreadsheet."""
    return text[1:] if _WRITTEN.match(text) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of a CSV file (RFC 4180); texts in quotes, so that no other separator splits them."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in chain([header], rows):
        writer.writerow([cell(value) for value in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return f"'{text}" if _FORMULA.match(text) else text
