"""Statements over HTTP: listed, read line by line, and as a file that proves itself."""

import csv
import hashlib
import io
import uuid
from typing import Any

import pytest

from resellers.models import Reseller
from tests import billing, make
from tests.billing import close, hong_kong, sell
from tests.openapi import Answer
from tests.partner_program import Program, expect, program, refusal
from ticketing import statement_lines
from ticketing.models import Batch

pytestmark = pytest.mark.django_db
NOWHERE = (404, "not_found")
JANUARY = {
    "number": 1,
    "reseller_code": "HARBOUR",
    "reseller_name": "Harbour Tours",
    "settlement_cycle": "monthly",
    "period_start": "2026-01-01",
    "period_end": "2026-01-31",
    "currency": "HKD",
    "lines_count": 3,
    "activations": 3,
    "reversals": 0,
    "adjustments": 0,
    "adjustments_net": 0,
    "gross": 864,
    "commission": 86.4,
    "net": 777.6,
    "status": "ISSUED",
}


@pytest.fixture
def mine() -> Program:
    """Two statements of HARBOUR, the second of which takes a sale back, and one of direct sales."""
    harbour = make.reseller(reseller_code="HARBOUR", name="Harbour Tours")
    batch = billing.batch(of=harbour, batch_id="H-1")
    sold = [sell(batch, hong_kong(f"2026-01-1{day}")) for day in range(3)]
    sell(billing.batch(of=harbour.partner, batch_id="-D-1"), hong_kong("2026-01-10"))
    close(harbour, "2026-02-01")
    billing.cancel(sold[0], hong_kong("2026-02-10"))
    sell(batch, hong_kong("2026-02-11"))
    close(harbour, "2026-03-01")
    close(harbour.partner, "2026-03-01", "00:18:00")
    return program(harbour.partner)


def listed(mine: Program, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = expect(200, mine.get("billing/statements", **query))["statements"]
    return rows


def named(rows: list[dict[str, Any]]) -> list[str]:
    return [f"{row['reseller_code']}-{row['number']}" for row in rows]


def read(mine: Program, row: dict[str, Any], **query: Any) -> dict[str, Any]:
    found = mine.get(f"billing/statements/{row['statement_id']}", **query)
    shown: dict[str, Any] = expect(200, found)
    return shown


def as_file(mine: Program, row: dict[str, Any], **options: Any) -> Answer:
    options = options or {"format": "csv"}
    answer = mine.get(f"billing/statements/{row['statement_id']}", **options)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return answer


def test_statements_are_listed_newest_first_and_filtered(mine: Program) -> None:
    harbour = Reseller.objects.get().pk
    assert named(listed(mine)) == ["direct-1", "HARBOUR-2", "HARBOUR-1"]
    assert named(listed(mine, reseller_id=harbour)) == ["HARBOUR-2", "HARBOUR-1"]
    assert named(listed(mine, direct="true")) == ["direct-1"]
    assert named(listed(mine, direct="false", limit=1, page=2)) == ["HARBOUR-1"]
    assert named(listed(mine, status="SETTLED")) == []
    first = expect(200, mine.get("billing/statements", limit=2))
    assert named(listed(mine, cursor=first["next_cursor"])) == ["HARBOUR-1"]


def test_a_statement_says_what_was_sold_and_what_is_owed(mine: Program) -> None:
    row = listed(mine)[2]
    shown = read(mine, row)
    lines = shown.pop("lines")
    assert {name: row[name] for name in JANUARY} == JANUARY
    assert shown == {**row, "notes": [], "page": 1, "page_size": 100}
    assert [(line["position"], line["kind"], line["net"], line["batch_id"]) for line in lines] == [
        (n, "activation", 259.2, "H-1") for n in (1, 2, 3)
    ]
    assert lines[0]["at"] == "2026-01-10T12:00:00+08:00"


def test_what_was_taken_back_is_an_adjustment_of_the_next(mine: Program) -> None:
    row = listed(mine)[1]
    kinds = [(line["kind"], line["adjustment"], line["gross"]) for line in read(mine, row)["lines"]]
    assert kinds == [("reversal", True, -288), ("activation", False, 288)]
    assert [row[name] for name in ("gross", "net", "adjustments", "adjustments_net")] == [
        0, 0, 1, -259.2,
    ]  # fmt: skip


def test_statements_and_what_is_open_add_up_to_the_summary(mine: Program) -> None:
    sell(Batch.objects.get(batch_id="H-1"), hong_kong("2026-03-05"))
    total = expect(200, mine.get("billing/summary"))["totals"]
    for name in ("gross", "commission", "net"):
        still_open = getattr(billing.still_open(), name)
        assert round(sum(row[name] for row in listed(mine)) + float(still_open), 2) == total[name]


def test_lines_come_in_pages(mine: Program) -> None:
    row = listed(mine)[2]
    pages = [read(mine, row, limit=2, page=page) for page in (1, 2, 3)]
    assert [[line["position"] for line in each["lines"]] for each in pages] == [[1, 2], [3], []]
    assert [(each["page"], each["page_size"]) for each in pages] == [(1, 2), (2, 2), (3, 2)]


def test_the_file_proves_the_checksum(mine: Program) -> None:
    for row in listed(mine):
        answer = as_file(mine, row)
        header, *lines = csv.reader(io.StringIO(answer.body.decode(), newline=""))
        assert header == list(statement_lines.Line._fields)
        assert len(lines) == row["lines_count"]
        told = "\n".join(",".join(line[:12]) for line in lines)
        assert hashlib.sha256(told.encode()).hexdigest() == row["checksum"]


def test_no_cell_of_the_file_is_a_formula(mine: Program) -> None:
    answer = as_file(mine, listed(mine)[0])
    (line,) = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))[1:]
    assert line[12] == "'-D-1"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="direct-0001-2026-01-31.csv"'
    )


def test_a_file_is_read_in_pieces_and_whole(mine: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = as_file(mine, listed(mine)[2]).body
    for size in (1, 2, 3):
        monkeypatch.setattr(statement_lines, "CHUNK", size)
        assert as_file(mine, listed(mine)[2]).body == whole


@pytest.mark.parametrize("accept", ["text/csv", "text/csv;q=0.9, text/html"])
def test_a_file_may_be_asked_for_by_header(mine: Program, accept: str) -> None:
    row = listed(mine)[2]
    assert as_file(mine, row, headers={"Accept": accept}).body == as_file(mine, row).body
    nowhere = mine.get(f"billing/statements/{uuid.uuid4()}", headers={"Accept": accept})
    assert refusal(nowhere) == NOWHERE


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, */*;q=0.1", "text/csv"])
def test_the_parameter_decides_whatever_the_header_says(mine: Program, accept: str) -> None:
    row = listed(mine)[2]
    path = f"billing/statements/{row['statement_id']}?format=csv"
    answer = mine.get(path, headers={"Accept": accept})
    assert (answer.status, answer.body) == (200, as_file(mine, row).body)


def test_notes_of_finance_are_told_without_their_names(mine: Program) -> None:
    harbour = Reseller.objects.get()
    statement = harbour.statements.get(number=1)
    billing.dispute(statement)
    billing.settle(statement)
    shown = read(mine, listed(mine)[2])
    assert shown["status"] == "SETTLED"
    assert [(note["status"], note["reason"]) for note in shown["notes"]] == [
        ("DISPUTED", "agreed by phone"), ("SETTLED", "agreed by phone"),
    ]  # fmt: skip
    assert "staff" not in repr(shown)


def test_a_strangers_statements_are_nowhere(mine: Program) -> None:
    stranger = program()
    assert listed(stranger) == listed(stranger, reseller_id=Reseller.objects.get().pk) == []
    for row in listed(mine):
        for query in ({}, {"format": "csv"}, {"page": 99}):
            answer = stranger.get(f"billing/statements/{row['statement_id']}", **query)
            assert refusal(answer) == NOWHERE


@pytest.mark.parametrize(
    "query",
    [{"format": "xml"}, {"format": "CSV"}, {"limit": 0}, {"limit": 1001}, {"page": 0}, {"x": 1}],
    ids=str,
)
def test_what_is_not_understood_is_refused(mine: Program, query: dict[str, Any]) -> None:
    answer = mine.get(f"billing/statements/{listed(mine)[0]['statement_id']}", **query)
    assert refusal(answer) == (422, "validation_failed")


def test_more_lines_take_no_more_statements(mine: Program) -> None:
    short, long = listed(mine)[0], listed(mine)[2]
    counted = [make.statements(lambda: read(mine, row))[1] for row in (short, long)]  # noqa: B023
    assert counted[0] == counted[1]
    lists = [make.statements(lambda: listed(mine, limit=n))[1] for n in (2, 3)]  # noqa: B023
    assert lists[0] - lists[1] in (0, 1)  # the first page of more is counted
