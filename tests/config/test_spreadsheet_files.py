"""Files of spreadsheets: what is written is read back, and what is hostile is refused in words."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from config.spreadsheet_files import LARGEST, Unreadable, read, xlsx
from config.spreadsheets import csv_lines

TEXTS = st.text("=+-@＝'\",; .0a陳\u202e#N/", max_size=8).map(str.strip)
HEADER = ["a", "b"]


def a_book(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(row: tuple[str, str]) -> list[str]:
    first, second = row
    return [first, second] if second else [first] if first else []


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_what_is_written_is_read_back_from_either_kind(rows: list[tuple[str, str]]) -> None:
    expected = [HEADER, *(filled(row) for row in rows)]
    as_csv = ("\ufeff" + "".join(csv_lines(HEADER, rows))).encode()
    assert read(as_csv, most=9) == expected
    # A sheet ends where its last filled row does.
    read_back = read(xlsx(HEADER, rows), most=9)
    assert read_back + [[]] * (len(expected) - len(read_back)) == expected


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    rows = [["=1+1", "+1"], ["@SUM(A1)", "-2"], ["\t=1", "＝1"]]
    book = load_workbook(io.BytesIO(xlsx(HEADER, rows)))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(str(cell.value).startswith(("=", "+", "-", "@")) for cell in cells)


def test_values_of_a_workbook_are_what_somebody_would_type() -> None:
    values = [
        0.1,
        7,
        7.0,
        date(2026, 12, 31),
        datetime(2026, 12, 31),
        Decimal("0.125"),
        None,
        "x",
        None,
    ]
    texts = ["0.1", "7", "7", "2026-12-31", "2026-12-31", "0.125", "", "x"]
    assert read(a_book(values), most=5) == [texts]


def test_a_formula_in_a_workbook_is_refused() -> None:
    with pytest.raises(Unreadable, match="2"):
        read(a_book(["a"], ["=A1"]), most=5)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * (21 * 1024 * 1024))
    return out.getvalue()


def no_workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a.txt", b"a")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00", "姓名".encode("gb18030"), b"a,b\n\0,", b'a,"b\n', b"PK",
        b"PK\x03\x04" * 50, no_workbook(), bomb(), a_book(["a"], ["b"])[:-500],
        b"x" * (LARGEST + 1), b"a\n" * 10,
    ],
    ids=[
        "utf-16", "gb18030", "nul", "open quotation mark", "two letters", "broken zip",
        "another zip", "zip bomb", "cut short", "too large", "too many rows",
    ],
)  # fmt: skip
def test_what_is_no_spreadsheet_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data, most=9)


def test_a_sheet_that_lies_about_its_size_is_read_as_far_as_it_may_be() -> None:
    book = Workbook()
    book.worksheets[0]["A1"] = "a"
    book.worksheets[0]["A1048576"] = "far away"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(Unreadable):
        read(out.getvalue(), most=9)
