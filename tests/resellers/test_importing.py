"""A table of resellers: what would become of each row, and all of it or nothing."""

from typing import Any

import pytest
from django.db import transaction

from resellers import importing
from resellers.columns import Unsound
from resellers.importing import Changed, Row
from resellers.models import Partner, Reseller, ResellerChange
from tests import make

pytestmark = pytest.mark.django_db
HEADER = ["partner_id", "reseller_code", "name", "tier", "commission_rate", "contract_end"]


@pytest.fixture
def partner() -> Partner:
    return make.partner(partner_id="P1")


def planned(*rows: list[str], header: list[str] = HEADER) -> list[Row]:
    return importing.planned([header, *rows])


def problems(*rows: list[str], header: list[str] = HEADER) -> list[list[tuple[str, str]]]:
    return [[each[:2] for each in row.wrong] for row in planned(*rows, header=header)]


@transaction.atomic
def carry_out(*rows: list[str], shown: str = "", header: list[str] = HEADER) -> int:
    table = [header, *rows]
    shown = shown or importing.digest(importing.planned(table))
    return importing.carry_out(table, shown=shown, at=make.now(), by=make.BY)


def test_rows_are_new_changed_or_as_they_are(partner: Partner) -> None:
    make.reseller(partner, reseller_code="OLD", name="Old", tier="gold")
    make.reseller(partner, reseller_code="SAME", name="Same", commission_rate="0.2")
    rows = [
        ["P1", "NEW", "New", "", "0.125", ""],
        ["P1", "OLD", "Older", "", "", "2027-01-31"],
        ["P1", "SAME", "Same", "", "0.20", ""],
    ]
    assert [(row.number, row.kind) for row in planned(*rows)] == [
        (2, "new"), (3, "changed"), (4, "same"),
    ]  # fmt: skip
    assert [name for name, *_ in planned(*rows)[1].changes] == ["name", "contract_end", "tier"]

    assert carry_out(*rows) == 2

    old, new = (Reseller.objects.get(reseller_code=code) for code in ("OLD", "NEW"))
    assert (old.name, old.tier, str(old.commission_rate), str(old.contract_end)) == (
        "Older", "", "0.1000", "2027-01-31",
    )  # fmt: skip
    assert (new.name, str(new.commission_rate), new.settlement_cycle) == (
        "New", "0.1250", "monthly",
    )  # fmt: skip
    kinds = [row.kind for row in ResellerChange.objects.order_by("id")]
    assert kinds == ["registered", "registered", "registered", "changed"]
    assert [row.kind for row in planned(*rows)] == ["same"] * 3


def test_a_column_that_is_missing_leaves_everything_as_it_is(partner: Partner) -> None:
    make.reseller(partner, reseller_code="A", tier="gold", contact_name="Chan")
    carry_out(["P1", "A", "B"], header=["partner_id", "reseller_code", "region"])
    made = Reseller.objects.get()
    assert (made.region, made.tier, made.contact_name) == ("B", "gold", "Chan")


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (["NOBODY", "A", "A"], [("partner_id", "unknown_partner")]),
        (["P1", "", "A"], [("reseller_code", "required")]),
        (["P1", "a b", "A"], [("reseller_code", "invalid")]),
        (["P1", "A", ""], [("name", "required")]),
        (["P1", "A", "a\u202eb"], [("name", "forbidden_character")]),
        (["P1", "A", "A", "x" * 41], [("tier", "max_length")]),
        (["P1", "A", "A", "", "1.1"], [("commission_rate", "max_value")]),
        (["P1", "A", "A", "", "10%"], [("commission_rate", "wrong_type")]),
        (["P1", "A", "A", "", "NaN"], [("commission_rate", "wrong_type")]),
        (["P1", "A", "A", "", "0.00001"], [("commission_rate", "max_decimal_places")]),
        (["P1", "A", "A", "", "", "31.12.2026"], [("contract_end", "malformed")]),
        (["P1", "A", "A", "", "", "2026-02-30"], [("contract_end", "no_such_date")]),
        (["P1", "A", "A", "", "", "", "x"], [("", "too_many_cells")]),
        (["ü", "ü", "A"], [("partner_id", "unknown_partner"), ("reseller_code", "invalid")]),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_of_its_column(
    partner: Partner, row: list[str], wrong: list[tuple[str, str]]
) -> None:
    assert problems(row, ["P1", "SOUND", "Sound"]) == [wrong, []]
    with pytest.raises(Changed):
        carry_out(row, ["P1", "SOUND", "Sound"])
    assert Reseller.objects.count() == 0


def test_choices_may_be_written_in_any_case_and_nothing_else(partner: Partner) -> None:
    header = ["partner_id", "reseller_code", "name", "status", "settlement_cycle"]
    carry_out(["P1", "A", "A", "Inactive", "WEEKLY"], header=header)
    made = Reseller.objects.get()
    assert (made.is_active, made.settlement_cycle) == (False, "weekly")
    assert problems(["P1", "A", "A", "gone", ""], header=header) == [[("status", "invalid_choice")]]


def test_two_rows_about_one_reseller_are_one_too_many(partner: Partner) -> None:
    assert problems(["P1", "A", "A"], ["P1", "A", "B"]) == [[], [("reseller_code", "repeated_row")]]


def test_a_contract_is_judged_with_the_date_that_stays(partner: Partner) -> None:
    make.reseller(partner, reseller_code="A", contract_start=make.A_SATURDAY)
    row = ["P1", "A", "A", "", "", "2026-12-25"]
    assert problems(row) == [[("contract_end", "contract_ends_first")]]


def test_a_code_of_another_partner_is_new(partner: Partner) -> None:
    make.reseller(reseller_code="A")
    assert [row.kind for row in planned(["P1", "A", "A"])] == ["new"]


@pytest.mark.parametrize(
    ("header", "wrong"),
    [
        ([], ["no_header"]),
        (["partner_id"], ["missing_column"]),
        (["reseller_code"], ["missing_column"]),
        (["partner_id", "reseller_code", "colour"], ["unknown_column"]),
        (["partner_id", "reseller_code", "name", "Name"], ["repeated_column"]),
        (["partner_id", "", "reseller_code"], ["unknown_column"]),
    ],
)
def test_a_header_that_is_none_is_refused(header: list[str], wrong: list[str]) -> None:
    with pytest.raises(Unsound) as refused:
        importing.planned([[title.lower() for title in header], ["a"]])
    assert [code for _, code, _ in refused.value.wrong] == wrong


def test_what_changed_since_it_was_shown_is_not_written(partner: Partner) -> None:
    made = make.reseller(partner, reseller_code="A", tier="gold")
    row = ["P1", "A", "Renamed", "silver"]
    shown = importing.digest(planned(row))
    Reseller.objects.filter(pk=made.pk).update(tier="bronze")
    with pytest.raises(Changed):
        carry_out(row, shown=shown)
    made.refresh_from_db()
    assert (made.tier, made.name != "Renamed") == ("bronze", True)


def test_a_thousand_rows_are_looked_at_in_a_few_statements(partner: Partner) -> None:
    rows: Any = [["P1", f"R-{number}", f"Row {number}"] for number in range(1000)]
    assert make.statements(lambda: planned(*rows))[1] <= 3


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_each_reseller_once() -> None:
    make.partner(partner_id="P1")
    rows = [["P1", f"R-{number}", "Row"] for number in range(20)]
    verdicts = make.verdicts(make.in_parallel(lambda each: carry_out(*each), [rows, rows[::-1]]))
    assert verdicts in (
        {"done": 1, "duplicate_reseller": 1},
        {"done": 1, "Changed": 1},
        {"done": 2},
    )
    assert (Reseller.objects.count(), ResellerChange.objects.count()) == (20, 20)
