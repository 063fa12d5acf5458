"""The registry over HTTP: listed, registered, looked at, changed, replaced and deactivated."""

from datetime import datetime
from typing import Any

import pytest

from resellers.models import Reseller, ResellerChange
from tests import make
from tests.partner_program import Program, expect, program, refusal

pytestmark = pytest.mark.django_db
FAILED = (422, "validation_failed")
MALFORMED = (400, "validation_failed")
WHOLE: dict[str, Any] = {
    "reseller_code": "HARBOUR",
    "name": "海港旅遊 Harbour",
    "contact": {"name": "黃小明", "email": "wong@example.com", "phone": "+852 2345 6789"},
    "commission_rate": 0.1255,
    "contract": {"start_date": "2026-10-01", "end_date": "2027-09-30", "status": "suspended"},
    "settlement_cycle": "weekly",
    "region": "Hong Kong Island",
    "tier": "gold",
    "status": "inactive",
}
LEAST = {"reseller_code": "R-1", "name": "Row One"}
AS_USUAL: dict[str, Any] = {
    "contact": {"name": None, "email": None, "phone": None},
    "commission_rate": 0.1,
    "contract": {"start_date": None, "end_date": None, "status": "active"},
    "settlement_cycle": "monthly",
    "region": None,
    "tier": None,
    "status": "active",
}


def registered(mine: Program, **facts: Any) -> dict[str, Any]:
    return expect(201, mine.post("resellers", {**LEAST, **facts}))


def patched(mine: Program, made: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return expect(200, mine.call("PATCH", f"resellers/{made['id']}", facts))


def facts_of(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in shown if name not in ("id", "created_at", "updated_at")}


def codes(mine: Program, **query: Any) -> list[str]:
    shown = expect(200, mine.get("resellers", **query))
    assert shown["total_count"] == len(shown["resellers"])
    return [each["reseller_code"] for each in shown["resellers"]]


def test_a_code_and_a_name_are_enough() -> None:
    mine = program()
    shown = registered(mine)
    assert facts_of(shown) == {**LEAST, **AS_USUAL}
    assert shown == expect(200, mine.get(f"resellers/{shown['id']}"))
    assert shown["created_at"] == shown["updated_at"]


def test_all_that_is_said_is_kept_and_shown() -> None:
    mine = program()
    phone = {**WHOLE["contact"], "phone": "+85223456789"}
    shown = registered(mine, **WHOLE)
    assert facts_of(shown) == {**WHOLE, "contact": phone}
    assert expect(200, mine.get("resellers"))["resellers"] == [shown]


def test_the_longest_phone_number_is_kept() -> None:
    longest = "+" + "1" * 20
    assert registered(program(), contact={"phone": longest})["contact"]["phone"] == longest


def test_no_reseller_is_called_as_bills_call_sales_without_one() -> None:
    mine = program()
    mine_already = registered(mine, reseller_code="DIRECT")
    taken = {"reseller_code": "direct", "name": "Harbour Tours"}
    path = f"resellers/{mine_already['id']}"
    for answer in (
        mine.post("resellers", taken),
        mine.call("PUT", path, taken),
        mine.call("PATCH", path, {"reseller_code": "direct"}),
    ):
        assert refusal(answer) == (422, "validation_failed")
        assert [each["code"] for each in answer.json()["errors"]] == ["reserved"]


@pytest.mark.parametrize("rate", [0, 0.0001, 1, 0.3333])
def test_any_fraction_is_a_commission(rate: float) -> None:
    assert registered(program(), commission_rate=rate)["commission_rate"] == rate


def test_a_patch_changes_what_it_names_and_merges_what_is_inside() -> None:
    mine = program()
    before = registered(mine, **WHOLE)
    after = patched(
        mine,
        before,
        tier="silver",
        contact={"email": "new@example.com"},
        contract={"end_date": None},
    )
    assert facts_of(after) == {
        **facts_of(before),
        "tier": "silver",
        "contact": {**before["contact"], "email": "new@example.com"},
        "contract": {**before["contract"], "end_date": None},
    }
    assert after["created_at"] == before["created_at"]
    assert moment(after["updated_at"]) > moment(before["updated_at"])
    assert after == expect(200, mine.get(f"resellers/{before['id']}"))


def test_null_takes_out_what_may_be_absent() -> None:
    mine = program()
    made = registered(mine, **WHOLE)
    shown = patched(mine, made, contact=None, contract=None, region=None, tier=None)
    absent = {name: AS_USUAL[name] for name in ("contact", "contract", "region", "tier")}
    assert facts_of(shown) == {**facts_of(made), **absent}


def test_an_empty_patch_changes_nothing() -> None:
    mine = program()
    made = registered(mine)
    assert patched(mine, made) == patched(mine, made, name=made["name"]) == made


def test_a_put_replaces_all_but_the_status() -> None:
    mine = program()
    made = registered(mine, **WHOLE)
    again = {"reseller_code": "HARBOUR-2", "name": "New", "contact": {"phone": "+85223456789"}}
    shown = expect(200, mine.call("PUT", f"resellers/{made['id']}", again))
    contact = {"name": None, "email": None, "phone": "+85223456789"}
    assert facts_of(shown) == {**AS_USUAL, **again, "contact": contact, "status": "inactive"}
    assert shown["id"] == made["id"]
    active = expect(200, mine.call("PUT", f"resellers/{made['id']}", {**LEAST, "status": "active"}))
    assert facts_of(active) == {**AS_USUAL, **LEAST}


def test_what_was_shown_can_be_put_back() -> None:
    mine = program()
    made = registered(mine, **WHOLE)
    other = patched(mine, made, tier="x", contact=None)
    back = expect(200, mine.call("PUT", f"resellers/{other['id']}", facts_of(made)))
    assert facts_of(back) == facts_of(made)


def test_a_deactivated_reseller_stays_and_twice_is_once() -> None:
    mine = program()
    made = registered(mine)
    path = f"resellers/{made['id']}"
    assert [mine.delete(path).status for _ in range(2)] == [204, 204]
    shown = expect(200, mine.get(path))
    assert facts_of(shown) == {**facts_of(made), "status": "inactive"}
    assert codes(mine, status="inactive") == ["R-1"]
    assert ResellerChange.objects.count() == 2
    assert patched(mine, made, status="active")["status"] == "active"


def test_a_code_that_is_taken_is_a_conflict_and_another_partners_is_none() -> None:
    mine, other = program(), program()
    registered(mine)
    second = registered(mine, reseller_code="R-2")
    path = f"resellers/{second['id']}"
    assert {
        refusal(mine.post("resellers", LEAST)),
        refusal(mine.call("PATCH", path, {"reseller_code": "R-1"})),
        refusal(mine.call("PUT", path, LEAST)),
    } == {(409, "duplicate_reseller")}
    assert registered(other)["reseller_code"] == "R-1"
    assert codes(mine) == ["R-2", "R-1"]


def test_a_contract_does_not_end_before_it_starts() -> None:
    mine = program()
    dates = {"start_date": "2026-05-01", "end_date": "2026-04-30"}
    answer = mine.post("resellers", {**LEAST, "contract": dates})
    assert refusal(answer) == FAILED
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/contract/end_date"]
    made = registered(mine, contract={"start_date": "2026-05-01"})
    late = mine.call("PATCH", f"resellers/{made['id']}", {"contract": {"end_date": "2026-04-30"}})
    assert refusal(late) == (422, "contract_ends_first")
    one_day = {"start_date": "2026-05-01", "end_date": "2026-05-01"}
    assert patched(mine, made, contract=one_day)["contract"] == {**one_day, "status": "active"}


NOT_ACCEPTABLE: list[dict[str, Any]] = [
    {"reseller_code": ""}, {"reseller_code": "a b"}, {"reseller_code": "x" * 41},
    {"reseller_code": "é"}, {"reseller_code": "R-1\n"}, {"name": ""}, {"name": " "},
    {"name": "x" * 101}, {"name": "a\u202eb"}, {"contact": {"name": ""}},
    {"contact": {"email": "x"}}, {"contact": {"phone": "x"}}, {"contact": {"phone": ""}},
    {"commission_rate": 1.0001}, {"commission_rate": 10}, {"commission_rate": -0.01},
    {"commission_rate": 0.10001}, {"contract": {"status": "expired"}},
    {"contract": {"start_date": "2026-02-30"}}, {"settlement_cycle": "daily"},
    {"settlement_cycle": ""}, {"region": ""}, {"region": "x" * 41}, {"tier": "x" * 41},
    {"tier": "a\u200bb"}, {"status": "deleted"}, {"status": "Active"},
]  # fmt: skip
UNREADABLE: list[dict[str, Any]] = [
    {"reseller_code": 5}, {"reseller_code": None}, {"name": None}, {"commission_rate": "0.1"},
    {"commission_rate": None}, {"commission_rate": True}, {"contact": "x"}, {"contact": []},
    {"contact": {"fax": "1"}}, {"contract": {"start_date": "1.5.2026"}},
    {"contract": {"start_date": 20260501}}, {"contract": {"begin": "2026-05-01"}},
    {"settlement_cycle": None}, {"status": None}, {"contract": {"status": None}},
    {"tier": 1}, {"id": 5}, {"partner_id": "OTA_DEMO"}, {"colour": "red"},
]  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_what_cannot_be_is_refused_and_changes_nothing(method: str) -> None:
    mine = program()
    made = make.reseller(mine.owner)
    before = list(Reseller.objects.values())
    path = "resellers" if method == "POST" else f"resellers/{made.pk}"
    base = {} if method == "PATCH" else LEAST
    verdicts = {
        (number, refusal(mine.call(method, path, {**base, **wrong})))
        for number, cases in ((1, NOT_ACCEPTABLE), (0, UNREADABLE))
        for wrong in cases
    }
    assert verdicts == {(1, FAILED), (0, MALFORMED)}
    assert list(Reseller.objects.values()) == before
    assert ResellerChange.objects.count() == 1


@pytest.mark.parametrize("missing", ["reseller_code", "name"])
def test_a_code_and_a_name_must_be_sent_but_to_change_something(missing: str) -> None:
    mine = program()
    made = registered(mine)
    less = {name: text for name, text in LEAST.items() if name != missing}
    assert refusal(mine.post("resellers", less)) == MALFORMED
    assert refusal(mine.call("PUT", f"resellers/{made['id']}", less)) == MALFORMED
    assert patched(mine, made, **less) == made


def test_filters_choose_and_combine() -> None:
    mine = program()
    for code, facts in {
        "A": {"tier": "gold", "region": "Kowloon"},
        "B": {"tier": "gold", "settlement_cycle": "weekly"},
        "C": {"tier": "Gold", "contract": {"status": "ended"}, "name": "100% Tours"},
        "D": {"tier": "silver", "status": "inactive", "name": "Ärzte_Reisen"},
    }.items():
        registered(mine, reseller_code=code, **facts)  # type: ignore[arg-type]
    make.reseller(tier="gold")

    assert codes(mine) == ["D", "C", "B", "A"]
    assert codes(mine, tier="gold") == ["B", "A"]
    assert codes(mine, tier="gold", region="Kowloon") == ["A"]
    assert codes(mine, region="kowloon") == []
    assert codes(mine, status="active") == ["C", "B", "A"]
    assert codes(mine, status="inactive") == ["D"]
    assert codes(mine, settlement_cycle="weekly") == ["B"]
    assert codes(mine, contract_status="ended") == ["C"]
    assert codes(mine, reseller_code="A") == ["A"]
    assert codes(mine, reseller_code="a") == []
    assert codes(mine, search="row") == ["B", "A"]
    assert codes(mine, search="ÄRZTE") == codes(mine, search="d") == ["D"]
    assert codes(mine, search="%") == ["C"]
    assert codes(mine, search="_") == ["D"]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "all"}, {"status": ""}, {"tier": ""}, {"tier": "x" * 41}, {"region": "\0"},
        {"settlement_cycle": "daily"}, {"contract_status": "expired"}, {"reseller_code": "a b"},
        {"search": " "}, {"search": "x" * 101}, {"name": "Harbour"}, {"page": 0},
        {"limit": 1001}, {"cursor": "x"}, {"tier": ["gold", "silver"]}, {"partner_id": "X"},
    ],
    ids=str,
)  # fmt: skip
def test_a_query_that_cannot_be_is_not_acceptable(query: dict[str, Any]) -> None:
    assert refusal(program().get("resellers", **query)) == FAILED


def test_pages_and_cursors_show_every_reseller_once_newest_first() -> None:
    mine = program()
    made = [make.reseller(mine.owner).reseller_code for _ in range(5)][::-1]
    make.reseller()

    def shown(**query: Any) -> tuple[list[str], str]:
        page = expect(200, mine.get("resellers", **query))
        assert page["total_count"] == 5
        return [each["reseller_code"] for each in page["resellers"]], page["next_cursor"]

    assert shown()[0] == made
    first, cursor = shown(limit=2)
    assert first + shown(limit=3, cursor=cursor)[0] == made
    assert shown(page=2, limit=2)[0] == made[2:4]
    assert shown(page=9)[0] == []


def test_a_list_of_five_takes_as_many_statements_as_a_list_of_two() -> None:
    mine = program()
    counted = []
    mine.get("resellers")  # the first call of a key is noted
    for number in (2, 3):
        for _ in range(number):
            make.reseller(mine.owner)
        counted.append(make.statements(lambda: mine.get("resellers"))[1])
    assert counted[0] == counted[1]


def test_a_strangers_reseller_looks_like_none_everywhere() -> None:
    mine, theirs = program(), make.reseller()
    make.batch(2, of=mine.owner)
    nowhere: Any = {"reseller_id": 10**9}
    for path in ("tickets", "batches", "orders"):
        name, absent = path, expect(200, mine.get(path, **nowhere))
        assert absent[name] == []
        assert expect(200, mine.get(path, reseller_id=theirs.pk)) == absent
    assert codes(mine, search=theirs.name) == codes(mine, reseller_code=theirs.reseller_code) == []


def test_a_registration_is_repeated_by_its_key() -> None:
    mine = program()
    first, again = (mine.post("resellers", LEAST, once="k") for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert again.headers["idempotent-replayed"] == "true"
    assert refusal(mine.post("resellers", {**LEAST, "tier": "x"}, once="k")) == (
        422,
        "idempotency_conflict",
    )
    assert Reseller.objects.count() == 1


def test_the_key_and_the_request_stand_in_the_history() -> None:
    mine = program()
    answer = mine.post("resellers", LEAST, headers={"X-Request-Id": "request-of-mine-1"})
    made = expect(201, answer)
    mine.call(
        "PATCH",
        f"resellers/{made['id']}",
        {"tier": "gold"},
        headers={"X-Request-Id": "request-of-mine-2"},
    )
    mine.delete(f"resellers/{made['id']}", headers={"X-Request-Id": "request-of-mine-3"})
    rows = list(ResellerChange.objects.all())
    assert [row.kind for row in rows] == ["registered", "changed", "deactivated"]
    assert [row.request_id for row in rows] == [f"request-of-mine-{n}" for n in (1, 2, 3)]
    assert {row.by.partition(":")[0] for row in rows} == {mine.owner.partner_id}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
