"""Spreadsheets as files: rows of texts out of CSV or XLSX, and XLSX out of rows."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from .spreadsheets import cell, plain

LARGEST = 1024 * 1024
LARGEST_INSIDE = 20 * 1024 * 1024
MOST_COLUMNS = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Table = list[list[str]]


class Unreadable(Exception):
    """Why a file cannot be read, in words for whoever sent it."""


def read(data: bytes, *, most: int) -> Table:
    """The rows of a CSV or XLSX file as texts up to the last that is filled; raises Unreadable.

    `most` rows are read at the most. Apostrophes that make a text of a formula are taken off.
    """
    if len(data) > LARGEST:
        raise Unreadable(_("The file is larger than 1 MiB."))
    rows = _of_xlsx(data, most) if data.startswith(b"PK") else _of_csv(data)
    table: Table = []
    for number, row in enumerate(rows, 1):
        if number > most:
            raise Unreadable(_("The file has more than %(most)s rows.") % {"most": most})
        texts = [plain(text.strip()) for text in row]
        while texts and not texts[-1]:
            texts.pop()
        table.append(texts)
    return table


def xlsx(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet, in which every text stays one."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for row in (header, *rows):
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: object) -> WriteOnlyCell:
    made = WriteOnlyCell(sheet, cell(value))
    if isinstance(made.value, str):
        made.data_type = "s"
    return made


def _of_csv(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(_("The file is no CSV in UTF-8 and no XLSX.")) from None
    if "\0" in text:
        raise Unreadable(_("The file is no CSV in UTF-8 and no XLSX."))
    try:
        yield from csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error:
        raise Unreadable(_("The quotation marks of the CSV file do not match.")) from None


def _of_xlsx(data: bytes, most: int) -> Iterator[list[str]]:
    try:
        rows = _sheet_rows(data, most)
    except Unreadable:
        raise
    except Exception as error:  # whatever a broken file makes its reader raise
        raise Unreadable(_("The file is no CSV in UTF-8 and no XLSX.")) from error
    for number, row in enumerate(rows, 1):
        if any(isinstance(value, str) and value.startswith("=") for value in row):
            raise Unreadable(_("Row %(row)s has a formula: paste its value.") % {"row": number})
        yield [_as_text(value) for value in row]


def _sheet_rows(data: bytes, most: int) -> list[tuple[Any, ...]]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        # What unpacks to a thousand times its size is no list of resellers.
        if sum(each.file_size for each in packed.infolist()) > LARGEST_INSIDE:
            raise Unreadable(_("The file is larger than 1 MiB."))
    book = load_workbook(io.BytesIO(data), read_only=True)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size may be wrong
        return list(sheet.iter_rows(max_row=most + 1, max_col=MOST_COLUMNS, values_only=True))
    finally:
        book.close()


def _as_text(value: Any) -> str:
    """As somebody would have typed it: 0.1, 7, 2026-12-31."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}"
    return str(value)
