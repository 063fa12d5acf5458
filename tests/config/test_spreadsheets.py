"""Cells that no spreadsheet takes for a formula."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.spreadsheets import cell, csv_lines, plain

STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
HARMFUL = [
    '=HYPERLINK("http://evil.example","x")', "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)",
    "\t=1", "\r=1", "\n=1", " =1", "＝1", "'=1",
]  # fmt: skip


@pytest.mark.parametrize("text", HARMFUL)
def test_a_text_that_could_run_is_written_as_text(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert plain(str(cell(text))) == text


@pytest.mark.parametrize("text", ["", "Harbour 海港", "O'Neil", "'quoted'", "a=b", "3-2", "CR-1"])
def test_any_other_text_is_left_as_it_is(text: str) -> None:
    assert cell(text) == plain(text) == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(list(STARTS))))
def test_every_text_comes_back_as_it_was_and_none_begins_a_formula(text: str) -> None:
    written = str(cell(text))
    assert plain(written) == text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    assert not written.lstrip().startswith(tuple(STARTS))


def test_numbers_stay_numbers_and_what_is_neither_becomes_text() -> None:
    assert [cell(each) for each in (-5, Decimal("-288.00"), 0.1)] == [-5, Decimal("-288.00"), 0.1]
    assert [cell(each) for each in (None, True, date(2026, 3, 1))] == ["", "True", "2026-03-01"]
    assert cell(datetime(2026, 2, 28, 16, tzinfo=UTC)) == "2026-03-01T00:00:00+08:00"
    assert cell("a\0b\x1b") == "a\ufffdb\ufffd"


def test_a_line_of_csv_keeps_each_value_in_one_cell_whatever_it_holds() -> None:
    row = ["a,b", 'say "=1"', "x;=1", "two\r\nlines", Decimal("-1.50"), None, "=1"]
    text = "".join(csv_lines(["h"] * 7, [row]))
    assert text.splitlines()[1].startswith('"a,b","say ""=1""","x;=1","two')
    _, read = csv.reader(io.StringIO(text, newline=""))
    assert read == ["a,b", 'say "=1"', "x;=1", "two\r\nlines", "-1.50", "", "'=1"]
