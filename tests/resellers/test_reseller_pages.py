"""The pages of resellers in the back office: edited, looked at, exported and imported."""

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from config import spreadsheet_files
from resellers import registration
from resellers.importing import HEADER
from resellers.models import Reseller, ResellerChange
from tests import make

pytestmark = pytest.mark.django_db
LIST = "admin:resellers_reseller_changelist"
IMPORT = "admin:resellers_reseller_import_file"
NO_INLINE = {"history-TOTAL_FORMS": "0", "history-INITIAL_FORMS": "0"}


def fields(**said: Any) -> dict[str, Any]:
    usual = {
        "reseller_code": "HT", "name": "Harbour Tours", "is_active": "on", "commission_rate": "0.1",
        "contract_status": "active", "settlement_cycle": "monthly",
    }  # fmt: skip
    return {**usual, **NO_INLINE, **said}


def page_of(reseller: Reseller) -> str:
    return reverse("admin:resellers_reseller_change", args=[reseller.pk])


def errors(answer: Any) -> set[str]:
    return set(answer.context["adminform"].form.errors)


def export(client: Client, kind: str = "csv", **query: Any) -> bytes:
    answer = client.get(reverse("admin:resellers_reseller_export", args=[kind]), query)
    assert answer.status_code == 200
    return answer.content


def rows_of(exported: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(exported.decode("utf-8-sig"))))


def upload(client: Client, data: bytes | str) -> Any:
    raw = data if isinstance(data, bytes) else data.encode()
    return client.post(reverse(IMPORT), {"file": SimpleUploadedFile("resellers.csv", raw)})


def confirm(client: Client, preview: Any, **instead: str) -> Any:
    sealed = {"table": preview.context["sealed"], "reason": "asked by phone"}
    return client.post(reverse(IMPORT), sealed | instead)


def outcomes(preview: Any) -> list[tuple[int, str]]:
    return [(row["number"], str(row["title"])) for row in preview.context["rows"]]


def a_clerk(*permissions: str) -> Client:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(clerk)
    return client


def test_staff_register_a_reseller_and_the_history_knows(admin_client: Client) -> None:
    partner = make.partner()
    said = fields(partner=partner.pk, contact_phone="+852 2345 6789", reason="signed today")

    answer = admin_client.post(reverse("admin:resellers_reseller_add"), said)

    assert answer.status_code == 302
    made = Reseller.objects.get()
    assert (made.partner, made.reseller_code, made.contact_phone) == (partner, "HT", "+85223456789")
    (row,) = made.history.all()
    assert (row.by, row.reason, row.kind) == ("staff:admin", "signed today", "registered")
    assert row.request_id


@pytest.mark.parametrize(("language", "is_english"), [("en", True), ("zh-hans", False)])
def test_a_code_taken_between_the_look_and_the_save_is_said_in_the_language_of_the_reader(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, language: str, is_english: bool
) -> None:
    partner, register = make.partner(), registration.register

    def too_late(**facts: Any) -> Reseller:
        with monkeypatch.context() as once:
            once.setattr(registration, "register", register)
            make.reseller(partner, reseller_code="HT")
        return register(**facts)

    monkeypatch.setattr(registration, "register", too_late)
    said = fields(partner=partner.pk, reason="signed today")
    add = reverse("admin:resellers_reseller_add")
    answer = admin_client.post(add, said, headers={"accept-language": language})

    assert answer.status_code == 302
    (message,) = get_messages(answer.wsgi_request)
    assert ("duplicate_reseller" in str(message)) is not is_english


def test_staff_change_only_what_they_edited(admin_client: Client) -> None:
    made = make.reseller(reseller_code="HT", name="Harbour Tours", tier="gold")
    form = fields(tier="gold", name="Harbour Tours Ltd", reason="new name")

    assert admin_client.post(page_of(made), form).status_code == 302

    row = made.history.last()
    assert row is not None
    assert (row.before, row.after) == ({"name": "Harbour Tours"}, {"name": "Harbour Tours Ltd"})
    assert (row.by, row.reason) == ("staff:admin", "new name")


def test_saving_what_is_there_already_leaves_no_history(admin_client: Client) -> None:
    made = make.reseller(reseller_code="HT", name="Harbour Tours")
    assert admin_client.post(page_of(made), fields()).status_code == 302
    assert made.history.count() == 1


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"reseller_code": "a b"}, {"reseller_code"}),
        ({"reseller_code": "TAKEN"}, {"reseller_code"}),
        ({"name": "a\u202eb"}, {"name"}),
        ({"commission_rate": "10"}, {"commission_rate"}),
        ({"contract_start": "2026-05-01", "contract_end": "2026-04-30"}, {"contract_end"}),
        ({"contact_phone": "ring me"}, {"contact_phone"}),
        ({"contact_email": "ü@example.com"}, {"contact_email"}),
        ({"reason": "x" * 201}, {"reason"}),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    admin_client: Client, wrong: dict[str, str], where: set[str]
) -> None:
    made = make.reseller(reseller_code="HT", name="Harbour Tours")
    make.reseller(made.partner, reseller_code="TAKEN")

    answer = admin_client.post(page_of(made), fields(**wrong))

    assert (answer.status_code, errors(answer)) == (200, where)
    assert made.history.count() == 1


def test_the_page_tells_the_life_of_a_reseller_and_leads_to_what_it_sells(
    admin_client: Client,
) -> None:
    made = make.reseller(tier="gold")
    admin_client.post(page_of(made), fields(tier="silver", reason="fewer sales"))
    make.sell(make.premade_ticket(of=made.partner))

    shown = admin_client.get(page_of(made)).content.decode()

    assert "gold → silver" in shown
    assert "fewer sales" in shown
    for list_page in ("batch", "ticket", "order", "settlemententry"):
        (link,) = re.findall(rf'"(/admin/ticketing/{list_page}/\?[^"]+)"', shown)
        assert admin_client.get(link).status_code == 200


@pytest.mark.parametrize(("asked", "shown"), [("yes", ["IN"]), ("no", ["LATE", "OFF"])])
def test_the_list_is_chosen_by_who_takes_batches_today(
    admin_client: Client, asked: str, shown: list[str]
) -> None:
    make.reseller(reseller_code="IN", contract_end=make.A_SATURDAY.replace(year=2099))
    make.reseller(reseller_code="OFF", is_active=False)
    make.reseller(reseller_code="LATE", contract_start=make.A_SATURDAY.replace(year=2099))

    exported = rows_of(export(admin_client, takes_batches=asked))

    assert sorted(row[1] for row in exported[1:]) == shown


def test_an_export_holds_what_the_list_shows_and_the_staff_log_knows(admin_client: Client) -> None:
    made = make.reseller(reseller_code="A", name="Old", contact_phone="+85223456789")
    make.reseller(reseller_code="B", tier="gold")

    header, row = rows_of(export(admin_client, q="Old"))

    assert header == list(HEADER)
    assert dict(zip(header, row, strict=True)) == {
        "partner_id": made.partner.partner_id,
        "reseller_code": "A",
        "name": "Old",
        "status": "active",
        "commission_rate": "0.1000",
        "contract_start": "",
        "contract_end": "",
        "contract_status": "active",
        "settlement_cycle": "monthly",
        "region": "",
        "tier": "",
        "contact_name": "",
        "contact_email": "",
        "contact_phone": "'+85223456789",
    }
    assert LogEntry.objects.get().change_message == "Exported 1 resellers as CSV, with contacts."


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_of_an_export_is_a_formula(admin_client: Client, kind: str) -> None:
    for start in "=+-@":
        make.reseller(name=f"{start}cmd|' /C calc'!A0", tier=f" {start}1", region=f"'{start}2")

    exported = export(admin_client, kind)

    if kind == "csv":
        cells = [text for row in rows_of(exported) for text in row]
    else:
        (sheet,) = load_workbook(io.BytesIO(exported)).worksheets
        cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert [text for text in cells if text.strip().startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_can_be_imported_again_as_it_is(admin_client: Client, kind: str) -> None:
    make.reseller(name="=Harbour", contact_phone="+85223456789", contact_name="'-陳")
    make.reseller(contract_end=make.A_SATURDAY, commission_rate="0.1255", is_active=False)

    preview = upload(admin_client, export(admin_client, kind))

    assert [title for _, title in outcomes(preview)] == ["as it is", "as it is"]


def test_an_export_of_one_may_create_another_installation(admin_client: Client) -> None:
    """Every fact of a reseller travels: what is imported elsewhere is what was exported."""
    facts: dict[str, Any] = {
        "name": "+海港", "contract_start": make.A_WEEKDAY, "contract_end": make.A_SATURDAY,
        "contract_status": "suspended", "settlement_cycle": "weekly", "region": "Kowloon",
        "tier": "gold", "contact_name": "Chan", "contact_email": "chan@example.com",
        "contact_phone": "+85223456789", "is_active": False, "commission_rate": "0.1255",
    }  # fmt: skip
    made = make.reseller(**facts)
    exported = export(admin_client)
    renamed = exported.replace(made.reseller_code.encode(), b"THE-OTHER")

    preview = upload(admin_client, renamed)
    assert confirm(admin_client, preview).status_code == 302

    other = Reseller.objects.get(reseller_code="THE-OTHER")
    made.refresh_from_db()
    assert {name: getattr(other, name) for name in facts} == {
        name: getattr(made, name) for name in facts
    }


def test_an_import_is_shown_first_then_done_and_remembered(admin_client: Client) -> None:
    made = make.reseller(make.partner(partner_id="P1"), reseller_code="A", tier="gold")
    table = "partner_id,reseller_code,name,tier\r\nP1,A,A,silver\r\nP1,B,B,\r\n"

    preview = upload(admin_client, table)

    assert outcomes(preview) == [(2, "changed"), (3, "new")]
    again = confirm(admin_client, preview, reason=" ")
    assert outcomes(again) == outcomes(preview)  # nobody said why
    assert (Reseller.objects.count(), ResellerChange.objects.count()) == (1, 1)
    assert confirm(admin_client, again).status_code == 302
    assert [row.kind for row in ResellerChange.objects.all()] == [
        "registered",
        "changed",
        "registered",
    ]
    row = made.history.last()
    assert row is not None
    assert (row.by, row.before["tier"], row.after["tier"]) == ("staff:admin", "gold", "silver")
    assert row.reason == "asked by phone"
    assert LogEntry.objects.get().change_message == "Imported 2 resellers: asked by phone"


def test_one_wrong_row_stops_all_and_says_why(admin_client: Client) -> None:
    make.partner(partner_id="P1")
    preview = upload(admin_client, "partner_id,reseller_code,name\nP1,A,A\nP1,b c,\n")

    assert outcomes(preview) == [(2, "new"), (3, "wrong")]
    shown = preview.content.decode()
    assert "Letters, digits, - and _, at most 40." in shown
    assert "This is missing." in shown
    assert 'name="table"' not in shown
    # Whoever posts it all the same finds the same rows.
    assert outcomes(confirm(admin_client, preview)) == [(2, "new"), (3, "wrong")]
    assert Reseller.objects.count() == 0


def test_what_changed_since_the_preview_is_shown_again(admin_client: Client) -> None:
    made = make.reseller(make.partner(partner_id="P1"), reseller_code="A")
    preview = upload(admin_client, "partner_id,reseller_code,tier\nP1,A,silver\n")
    Reseller.objects.filter(pk=made.pk).update(tier="bronze")

    again = confirm(admin_client, preview)

    assert [row["changes"][0][1] for row in again.context["rows"]] == ["bronze"]
    assert confirm(admin_client, again).status_code == 302
    made.refresh_from_db()
    assert made.tier == "silver"


def test_a_preview_is_its_makers_alone_and_cannot_be_altered(admin_client: Client) -> None:
    make.partner(partner_id="P1")
    preview = upload(admin_client, "partner_id,reseller_code,name\nP1,A,A\n")
    sealed = preview.context["sealed"]
    other = a_clerk("view_reseller", "add_reseller", "change_reseller")

    for client, table in ((other, sealed), (admin_client, sealed[:-1]), (admin_client, "x")):
        assert confirm(client, preview, table=table).status_code == 302
    assert Reseller.objects.count() == 0


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xfe", b"x" * (spreadsheet_files.LARGEST + 1), b"name\nA\n", b"colour\nred\n",
        b"PK\x03\x04",
    ],
    ids=["empty", "utf-16", "large", "no id", "unknown column", "no zip"],
)  # fmt: skip
def test_a_file_that_is_none_is_asked_for_again(admin_client: Client, data: bytes) -> None:
    answer = upload(admin_client, data)
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"file"}


def test_who_may_only_look_exports_and_imports_nothing(client: Client) -> None:
    viewer = a_clerk("view_reseller")
    assert viewer.get(reverse("admin:resellers_reseller_export", args=["csv"])).status_code == 200
    assert viewer.get(reverse(IMPORT)).status_code == 403
    assert reverse(IMPORT) not in viewer.get(reverse(LIST)).content.decode()


def test_who_may_not_look_exports_nothing() -> None:
    stranger = a_clerk("view_partner")
    assert stranger.get(reverse("admin:resellers_reseller_export", args=["csv"])).status_code in (
        403,
        404,
    )


def test_other_kinds_of_files_are_nowhere(admin_client: Client) -> None:
    page = reverse("admin:resellers_reseller_export", args=["exe"])
    assert admin_client.get(page).status_code == 404
