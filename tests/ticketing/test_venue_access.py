"""Who gets in at the gate: devices with a live key at an open venue, and nobody else."""

import uuid

import pytest

from config.credentials import checksum
from tests import gate, make
from tests.device import Device, device
from tests.gate import BOARDING
from tests.partner_program import Program, program, refusal
from tests.ticketing.test_venue_api import without_this_request
from ticketing import scanners

pytestmark = pytest.mark.django_db
UNKNOWN = f"gw_scan_zzzzzzzz_{'0' * 43}"
PATHS = [
    ("POST", "scan"),
    ("POST", "inspect"),
    ("POST", f"redemptions/{uuid.UUID(int=5, version=4)}/undo"),
    ("GET", "scanner"),
]
every_path = pytest.mark.parametrize(("method", "path"), PATHS)


@every_path
def test_nobody_gets_in_without_a_key(method: str, path: str) -> None:
    for headers in ({}, {"x-scanner-key": ""}, {"Authorization": "Bearer x"}):
        answer = Device(None).call(method, path, headers=headers)
        assert refusal(answer) == (401, "missing_scanner_key")
        assert answer.headers["www-authenticate"] == 'ScannerKey realm="venue"'


@every_path
def test_every_key_that_is_not_valid_gets_the_same_refusal(method: str, path: str) -> None:
    row, revoked = gate.keyed_scanner()
    scanners.revoke(row, at=make.now())
    _, of_closed = gate.keyed_scanner(at=gate.venue(is_active=False))
    _, sound = gate.keyed_scanner()
    texts = [
        "x", sound + "x", sound.upper(), f"{UNKNOWN}_{checksum(UNKNOWN)}", "venue_test_key_12345",
        "ota_test_key_12345", str(program().key), revoked, of_closed, "é" * 20, "k" * 5000,
    ]  # fmt: skip
    answers = [Device(text).call(method, path) for text in texts]
    assert {refusal(answer) for answer in answers} == {(401, "invalid_scanner_key")}
    assert len({str(without_this_request(answer)) for answer in answers}) == 1


def test_a_revoked_scanner_is_refused_on_its_next_request() -> None:
    at_gate, ticket = device(), gate.ticket(2)
    at_gate.granted(gate.printed(ticket))
    assert at_gate.row
    scanners.revoke(at_gate.row, at=make.now())
    assert refusal(at_gate.scan(gate.printed(ticket))) == (401, "invalid_scanner_key")
    assert gate.left(ticket) == {BOARDING: 1}


def test_the_key_of_a_device_opens_no_partners_door() -> None:
    key, ticket = device().key, gate.ticket()
    for path in ("inventory", "tickets", f"/qr/{ticket.code}/info"):
        assert refusal(Program(key).get(path)) == (401, "invalid_api_key")
        both = Program(None).get(path, headers={"x-scanner-key": str(key)})
        assert refusal(both) == (401, "missing_api_key")


@every_path
def test_other_methods_and_a_trailing_slash_lead_nowhere(method: str, path: str) -> None:
    at_gate = device()
    for other in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - {method}:
        assert refusal(at_gate.call(other, path)) == (405, "method_not_allowed"), other
    assert refusal(at_gate.call(method, f"{path}/"))[0] == 404
