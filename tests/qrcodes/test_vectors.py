import json
import shutil
import subprocess
from pathlib import Path
from uuid import UUID

import pytest

from config.errors import Refusal
from qrcodes import keys, tokens
from qrcodes.tokens import TicketQr, Token, TokenType
from tests.qrcodes import make_vectors
from tests.qrcodes.make_vectors import FOLDER, KEYRINGS

READER = Path(__file__).parent / "reader.mjs"
FILES = sorted(FOLDER.glob("*.json"))
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed.")


def ring_of(entries):
    """Like keys.parse, but without the law against published masters."""
    return keys.ring_of(keys._derived(key) for key in entries if key["state"] != "destroyed")


def outcome(kind, case, ring):
    read: Token | TicketQr
    try:
        if kind == "token":
            wanted = TokenType[case["as"].upper()]
            read = tokens.read(case["text"], at=case["now"], wanted=wanted, ring=ring)
        else:
            read = tokens.read_ticket_qr(case["text"], ring=ring)
        tokens.require_current(read, case.get("current_generation", read.generation))
    except Refusal as refusal:
        return refusal.code, None
    return "ok", {name: plain(getattr(read, name)) for name in case["fields"]}


def plain(value):
    return str(value) if isinstance(value, UUID) else value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_vector_ends_as_it_says(path):
    document = json.loads(path.read_text())
    rings = {name: ring_of(entries) for name, entries in document["keyrings"].items()}
    differing = []
    for case in document["cases"]:
        case = {**document["defaults"], **case}
        seen = outcome(document["kind"], case, rings[case["ring"]])
        if seen != (case["expect"], case.get("fields") if case["expect"] == "ok" else None):
            differing.append((case["name"], seen))

    assert differing == []


@pytest.mark.parametrize("name", ["tokens.json", "ticket_qrs.json"])
def test_the_vectors_on_file_are_those_the_script_makes(name):
    assert (FOLDER / name).read_text() == make_vectors.written(make_vectors.documents()[name])


def test_there_are_vectors_for_every_truncation_and_every_bit():
    names = {case["name"] for case in make_vectors.documents()["tokens.json"]["cases"]}

    assert {f"first {length} characters" for length in range(128)} <= names
    assert {f"bit {bit} flipped" for bit in range(768)} <= names


def read_by_node(*paths):
    run = subprocess.run(
        ["node", READER, *paths], capture_output=True, text=True, timeout=60, check=False
    )
    return run.returncode, json.loads(run.stdout)


@needs_node
def test_a_reader_in_another_language_agrees_on_every_vector():
    count = sum(len(json.loads(path.read_text())["cases"]) for path in FILES)

    assert read_by_node(*FILES) == (0, {"read": count, "disagreements": []})


@needs_node
def test_the_other_reader_can_disagree(tmp_path):
    document = make_vectors.documents()["tokens.json"]
    document["cases"] = document["cases"][:2]
    document["cases"][0]["expect"] = "token_invalid"
    document["cases"][1]["fields"]["generation"] = 8
    (tmp_path / "wrong.json").write_text(json.dumps(document))

    names = [case["name"] for case in document["cases"]]
    assert read_by_node(tmp_path / "wrong.json") == (1, {"read": 2, "disagreements": names})


@needs_node
def test_the_other_reader_reads_what_we_seal(tmp_path):
    at = 1_800_000_000
    sealed = [sealed_case(number, at) for number in range(200)]
    printed = [printed_case(number) for number in range(200)]
    paths = []
    for kind, cases in {"token": sealed, "ticket_qr": printed}.items():
        document = {"kind": kind, "keyrings": KEYRINGS, "cases": cases}
        document["defaults"] = {"ring": "main", "now": at, "expect": "ok"}
        paths.append(tmp_path / f"{kind}.json")
        paths[-1].write_text(json.dumps(document))

    assert read_by_node(*paths) == (0, {"read": 400, "disagreements": []})


def sealed_case(number, at):
    fields = {"ticket": UUID(int=number * 2**100 + 7), "generation": number * 99991}
    type_ = TokenType(1 + number % 2)
    ttl = 1 + number * 7
    text = tokens.seal(**fields, type_=type_, ttl_minutes=ttl, at=at, audience=number)
    said = {"kid": 2, "type": type_, "flags": 0, "ticket": str(fields["ticket"]), "issued": at}
    said |= {"ttl_minutes": ttl, "generation": fields["generation"], "audience": number}
    return {"name": f"sealed {number}", "text": text, "as": type_.name.lower(), "fields": said}


def printed_case(number):
    said = {"code": f"CRUISE-2026-T{number}", "generation": number**4, "kid": (1, 2, 3)[number % 3]}
    return {"name": f"printed {number}", "text": tokens.ticket_qr(**said), "fields": said}
