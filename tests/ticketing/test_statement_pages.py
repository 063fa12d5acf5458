"""Settlement in the back office: looked at, closed, disputed, paid, printed, exported."""

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from config import admin_exports
from resellers.models import Partner, Reseller
from tests import billing, make
from tests.billing import close, hong_kong, sell
from ticketing.admin import statement_page
from ticketing.models import Customer, SettlementEntry, Statement

pytestmark = pytest.mark.django_db
LIST = "admin:ticketing_statement_changelist"
CLOSE = "admin:ticketing_statement_close_due"


@pytest.fixture
def statement() -> Statement:
    """A statement of two lines of a reseller whose name would like to be a formula."""
    reseller = make.reseller(reseller_code="HARBOUR", name='=HYPERLINK("http://evil.example")')
    batch = billing.batch(of=reseller, batch_id="-H-1")
    for day in ("2026-01-10", "2026-01-11"):
        sell(batch, hong_kong(day))
    return close(reseller, "2026-02-01")[0]


def clerk(client: Client, *codenames: str) -> Client:
    """A colleague who may do this, and see statements with their history."""
    user = User.objects.create_user("finance", is_staff=True)
    codes = {"view_statement", "view_statementmove", *codenames}
    user.user_permissions.add(*Permission.objects.filter(codename__in=codes))
    client.force_login(user)
    return client


def page(statement: Statement, name: str, *more: str) -> str:
    return reverse(f"admin:ticketing_statement_{name}", args=[statement.pk, *more])


def rows_of(exported: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(exported.decode("utf-8-sig"), newline="")))


# --- What is done -----------------------------------------------------------------------------


def test_finance_notes_a_dispute_and_marks_it_settled(statement: Statement, client: Client) -> None:
    finance = clerk(client, "dispute_statement", "settle_statement")
    for action, reason in (("dispute", "One too many."), ("settle", "Bank transfer 4711.")):
        assert finance.get(page(statement, action)).status_code == 200
        answer = finance.post(page(statement, action), {"reason": reason})
        assert answer.headers["Location"] == page(statement, "change")
    statement.refresh_from_db()
    assert statement.status == "SETTLED"
    assert [(str(move), move.by, move.reason) for move in statement.history.all()][1:] == [
        ("ISSUED → DISPUTED", "staff:finance", "One too many."),
        ("DISPUTED → SETTLED", "staff:finance", "Bank transfer 4711."),
    ]
    shown = finance.get(page(statement, "change")).content.decode()
    assert "Bank transfer 4711." in shown


def test_nothing_moves_without_a_reason(statement: Statement, client: Client) -> None:
    finance = clerk(client, "dispute_statement", "settle_statement")
    for action in ("dispute", "settle"):
        assert finance.post(page(statement, action), {"reason": " "}).status_code == 200
    statement.refresh_from_db()
    assert (statement.status, statement.history.count()) == ("ISSUED", 1)


def test_who_may_only_look_is_not_offered_what_he_may_not_do(
    statement: Statement, client: Client
) -> None:
    viewer = clerk(client)
    shown = viewer.get(page(statement, "change")).content.decode()
    listed = viewer.get(reverse(LIST)).content.decode()
    for action in ("dispute", "settle"):
        assert page(statement, action) not in shown
        assert viewer.post(page(statement, action), {"reason": "x"}).status_code == 403
    assert reverse(CLOSE) not in listed
    assert viewer.post(reverse(CLOSE)).status_code == 403
    statement.refresh_from_db()
    assert (statement.status, Statement.objects.count()) == ("ISSUED", 1)


def test_who_may_not_look_sees_no_page_and_no_file(statement: Statement, client: Client) -> None:
    client.force_login(User.objects.create_user("new", is_staff=True))
    addresses = [
        page(statement, "print"),
        page(statement, "lines", "csv"),
        reverse("admin:ticketing_statement_export", args=["csv"]),
        reverse("admin:ticketing_settlemententry_export", args=["xlsx"]),
    ]
    assert {client.get(each).status_code for each in addresses} <= {403, 404}
    client.logout()
    assert {client.get(each).status_code for each in addresses} == {302}


def test_what_is_over_is_closed_by_a_button_once(client: Client) -> None:
    for of in (make.reseller(), make.partner()):
        sell(billing.batch(of=of), hong_kong("2026-01-10"))
    finance = clerk(client, "close_statement")
    assert reverse(CLOSE) in finance.get(reverse(LIST)).content.decode()
    assert finance.get(reverse(CLOSE)).status_code == 200
    assert finance.post(reverse(CLOSE)).status_code == 200  # nobody said why
    assert Statement.objects.count() == 0
    for _ in range(2):
        answer = finance.post(reverse(CLOSE), {"reason": "Asked by phone."})
        assert answer.headers["Location"] == reverse(LIST)
        assert Statement.objects.count() == 2
    moves = [move for each in Statement.objects.all() for move in each.history.all()]
    assert {(move.by, move.reason) for move in moves} == {("staff:finance", "Asked by phone.")}


# --- What is seen -----------------------------------------------------------------------------


def test_every_entry_and_line_leads_to_who_sold_and_who_bought(
    statement: Statement, admin_client: Client
) -> None:
    line = statement.lines.select_related("entry__order").get(position=1)
    entry = line.entry
    expected = [
        reverse(f"admin:{table}_change", args=[of.pk])
        for table, of in (
            ("resellers_partner", entry.partner),
            ("resellers_reseller", statement.reseller),
            ("ticketing_batch", entry.batch),
            ("ticketing_ticket", entry.ticket),
            ("ticketing_order", entry.order),
            ("ticketing_customer", entry.order.customer),
        )
        if of is not None
    ]
    for model, of in (("settlemententry", entry), ("statementline", line)):
        address = reverse(f"admin:ticketing_{model}_change", args=[of.pk])
        shown = admin_client.get(address).content.decode()
        assert [each for each in expected if each not in shown] == []
    assert Customer.objects.count() == 2
    assert "chan@example.com" not in shown


def test_entries_are_found_by_whether_they_are_on_a_statement(
    statement: Statement, admin_client: Client
) -> None:
    sell(billing.batch(of=statement.partner), hong_kong("2026-01-10"))
    where = reverse("admin:ticketing_settlemententry_changelist")
    counted = [
        admin_client.get(where, {"stated": stated}).context["cl"].result_count
        for stated in ("yes", "no", "")
    ]
    assert counted == [2, 1, 3]


@pytest.mark.parametrize(("lang", "word"), [("en", "Statement"), ("zh-hans", "结算单")])
def test_a_statement_is_printed_in_both_languages(
    statement: Statement, admin_client: Client, lang: str, word: str
) -> None:
    answer = admin_client.get(page(statement, "print"), {"lang": lang})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in shown
    assert f"<h1>{word} HARBOUR-0001</h1>" in shown
    assert "size: A4" in shown
    assert "HKD\N{NO-BREAK SPACE}518.40" in shown
    assert statement.checksum in shown
    assert len(re.findall("CRUISE-2026-FERRY", shown)) == 2
    assert "<script" not in shown
    assert "http://evil.example&quot;" in shown


def test_an_unknown_language_is_that_of_the_reader(
    statement: Statement, admin_client: Client
) -> None:
    shown = admin_client.get(page(statement, "print"), {"lang": "../x"}).content.decode()
    assert '<html lang="en">' in shown


def test_a_long_statement_is_printed_by_batch(
    statement: Statement, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_page, "MOST_LINES", 1)
    shown = admin_client.get(page(statement, "print")).content.decode()
    assert ("-H-1" in shown, "CRUISE-2026-FERRY" in shown) == (True, False)


# --- Files ------------------------------------------------------------------------------------


def cells_of(book: bytes) -> list[list[Any]]:
    sheet = load_workbook(io.BytesIO(book)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("model", ["statement", "statementline", "settlemententry"])
def test_lists_are_files_in_which_no_cell_is_a_formula(
    statement: Statement, admin_client: Client, model: str
) -> None:
    csv_file, book = (
        admin_client.get(reverse(f"admin:ticketing_{model}_export", args=[kind]))
        for kind in ("csv", "xlsx")
    )
    table, cells = rows_of(csv_file.content), cells_of(book.content)
    assert len(table) == len(cells) == (2 if model == "statement" else 3)
    assert table[0] == cells[0]
    told = [text for row in table for text in row]
    assert ("'-H-1" in told) == (model != "statement")
    harmful = [text for text in told if text.startswith(("=", "+", "@", "-H"))]
    assert harmful == []
    assert csv_file.headers["Content-Disposition"].endswith('.csv"')
    admin_client.cookies["django_language"] = "zh-hans"
    page = reverse(f"admin:ticketing_{model}_export", args=["csv"])
    chinese = admin_client.get(page, {"q": "who.was.sought@customer.example"})
    assert chinese.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%E7")
    noted = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert [each.split()[-1] for each in noted] == ["none", "none", "q=*"]


def test_a_file_has_what_the_list_shows(statement: Statement, admin_client: Client) -> None:
    billing.settle(statement)
    other = make.partner()
    sell(billing.batch(of=other), hong_kong("2026-01-10"))
    close(other, "2026-02-01", "00:18:00")
    where = reverse("admin:ticketing_statement_export", args=["csv"])
    shown = rows_of(admin_client.get(where, {"status__exact": "SETTLED"}).content)
    assert [row[0] for row in shown] == ["statement", "HARBOUR-0001"]
    assert [row[0] for row in rows_of(admin_client.get(where).content)][1:] == [
        "direct-0001", "HARBOUR-0001",
    ]  # fmt: skip


def test_a_list_that_is_too_long_is_not_cut_short(
    statement: Statement, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_exports, "MOST_ROWS", 1)
    where = reverse("admin:ticketing_settlemententry_export", args=["csv"])
    answer = admin_client.get(where, {"kind__exact": "activation"})
    back = reverse("admin:ticketing_settlemententry_changelist")
    assert answer.headers["Location"] == f"{back}?kind__exact=activation"


def test_the_lines_of_a_statement_are_a_file(statement: Statement, admin_client: Client) -> None:
    table = rows_of(admin_client.get(page(statement, "lines", "csv")).content)
    cells = cells_of(admin_client.get(page(statement, "lines", "xlsx")).content)
    assert [row[0] for row in table] == ["position", "1", "2"]
    assert cells[1][6:10] == [288, 0.1, 28.8, 259.2]
    assert admin_client.get(page(statement, "lines", "pdf")).status_code == 404


def test_files_do_not_ask_for_every_row(statement: Statement, admin_client: Client) -> None:
    counted = []
    for _ in range(2):
        for model in ("settlemententry", "statementline", "statement"):
            where = reverse(f"admin:ticketing_{model}_export", args=["csv"])
            counted.append(make.statements(lambda: admin_client.get(where))[1])  # noqa: B023
        reseller = make.reseller(Partner.objects.get(pk=statement.partner_id))
        for _ in range(3):
            sell(billing.batch(of=reseller), hong_kong("2026-01-10"))
        close(reseller, "2026-02-01")
    assert counted[:3] == counted[3:]
    assert SettlementEntry.objects.count() == 8
    assert Reseller.objects.count() == 3
