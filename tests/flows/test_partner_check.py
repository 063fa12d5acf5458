"""The self-test for partners: green against the product, red against what only looks like it."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from ota import demo
from ota.partner_check import (
    checks_holding,
    checks_reading,
    checks_selling,
    command,
    own_code,
    rules,
)
from tests.flows import wrong_server
from tests.flows.guide import WRITTEN_FOR
from tests.flows.wrong_server import Asked
from tests.openapi import Answer
from ticketing import notices, reconcile
from ticketing.models import Order, Reservation, Ticket

KEY = "ota_test_key_12345"
READER = "ota_test_key_readonly"


@pytest.fixture
def server(web: str, transactional_db: None) -> str:
    demo.seed(at=timezone.now())
    return web


def lines(output: str, sign: str) -> list[str]:
    """What the table lists under PASS, FAIL or skip."""
    return [
        line.split(None, 1)[1] for line in output.splitlines() if line.startswith(f"  {sign}  ")
    ]


@pytest.mark.django_db(transaction=True)
def test_it_passes_undoes_what_it_made_and_sees_what_is_wrong(
    server: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks_holding, "SHORT", timedelta(seconds=1))
    _passes_in_an_empty_folder(server, tmp_path / "empty")
    _leaves_nothing_behind()
    _skips_what_the_key_may_not_and_reaches_its_limit(server, capsys)
    for fault in FAULTS:
        _notices(fault, server, capsys, monkeypatch)
    _leaves_nothing_behind()


def _passes_in_an_empty_folder(server: str, folder: Path) -> None:
    fetch, start = _as_the_guide_says(server)
    assert fetch.startswith("curl ")
    folder.mkdir()
    subprocess.run(shlex.split(fetch), cwd=folder, check=True, timeout=60)
    python, *command_line = shlex.split(start)
    assert (python, command_line[-1]) == ("python3", KEY)
    done = subprocess.run(
        [sys.executable, "-I", "-S", *command_line],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},  # no package, no secret, no database
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert lines(done.stdout, "FAIL") == []
    assert set(lines(done.stdout, "skip")) == {
        "A key without the permission: 403 permission_denied",
        "Beyond the rate limit: 429 rate_limited, with the seconds to wait",
        "429 and 503 say how long to wait (Retry-After)",
    }
    rows = len(lines(done.stdout, "PASS")) + len(lines(done.stdout, "skip"))
    assert rows == len(command.CHECKS) + 1 + len(rules.ALL)
    assert KEY not in done.stdout + done.stderr
    assert own_code.WEBHOOK_SIGNATURE in done.stdout


def _as_the_guide_says(server: str) -> list[str]:
    """The commands that the guide gives, for this server: one that fetches it, one that runs it."""
    guide = Path(settings.BASE_DIR) / "docs" / "guides" / "INTEGRATION_GUIDE.md"
    (block,) = re.findall(r"^```sh\n(curl .*?)^```", guide.read_text(), re.MULTILINE | re.DOTALL)
    return block.replace(WRITTEN_FOR, server).splitlines()


def test_it_runs_in_the_repository_without_its_packages_and_secrets() -> None:
    with wrong_server.answering(wrong_server.empty) as wrong:
        done = subprocess.run(
            [sys.executable, "-S", "manage.py", "partner_check", wrong.url, KEY],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (1, "")
    assert "FAIL" in done.stdout


def _leaves_nothing_behind() -> None:
    held = Reservation.objects.filter(status="active", expires_at__gt=timezone.now())
    assert not held.exists()
    assert set(Ticket.objects.values_list("status", flat=True)) == {"CANCELLED"}
    assert set(Order.objects.values_list("status", flat=True)) == {"CANCELLED"}
    assert list(reconcile.differences()) == []


def _skips_what_the_key_may_not_and_reaches_its_limit(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ[command.KEY_VARIABLE] = READER
    try:
        assert command.main([server, "--rate-limit"]) == 0
    finally:
        del os.environ[command.KEY_VARIABLE]
    output = capsys.readouterr().out
    assert READER not in output
    assert "This key lacks the permission reservations:write." in output
    passed = lines(output, "PASS")
    assert "A key without the permission: 403 permission_denied" in passed
    assert "Beyond the rate limit: 429 rate_limited, with the seconds to wait" in passed
    assert "429 and 503 say how long to wait (Retry-After)" in passed
    assert "Reserve, activate, and the order is there with its tickets and QR codes" in lines(
        output, "skip"
    )


def _forgets_the_replay(asked: Asked, answer: Answer) -> Answer:
    kept = {name: each for name, each in answer.headers.items() if name != "idempotent-replayed"}
    return replace(answer, headers=kept)


def _has_no_limit(asked: Asked, answer: Answer) -> Answer:
    kept = {name: each for name, each in answer.headers.items() if "ratelimit" not in name}
    return replace(answer, headers=kept)


def _breaks_at_what_is_wrong(asked: Asked, answer: Answer) -> Answer:
    return wrong_server.page(asked) if answer.status == 422 else answer


def _says_another_price(asked: Asked, answer: Answer) -> Answer:
    return replace(answer, body=answer.body.replace(b'"total_amount":636', b'"total_amount":637'))


def _never_expires(asked: Asked, answer: Answer) -> Answer:
    body = answer.body.replace(b'"status":"expired"', b'"status":"active"')
    return replace(answer, body=body)


FAULTS = (
    (_forgets_the_replay, checks_holding.repeated, "lacks Idempotent-Replayed: true"),
    (_has_no_limit, checks_reading.calendar, "lacks ratelimit-limit, ratelimit-remaining"),
    (
        _breaks_at_what_is_wrong,
        checks_holding.repeated_with_another_body,
        "expected 422 idempotency_conflict, got 500 text/html",
    ),
    (_says_another_price, checks_selling.reserve_and_activate, "636.00 due, 637 charged"),
    (_never_expires, checks_holding.expiry, "and is not expired"),
)


def _notices(
    fault: tuple,
    server: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alter, check, told = fault
    monkeypatch.setattr(command, "CHECKS", (checks_reading.inventory, check))
    with wrong_server.answering(wrong_server.like(server, alter)) as wrong:
        assert command.main([wrong.url, KEY]) == 1, alter
    output = " ".join(capsys.readouterr().out.split())
    assert told in output, alter


def test_a_server_that_answers_everything_alike_fails(capsys: pytest.CaptureFixture[str]) -> None:
    for reply in (wrong_server.empty, wrong_server.page):
        with wrong_server.answering(reply) as wrong:
            assert command.main([wrong.url, KEY]) == 1
        output = capsys.readouterr().out
        assert "The inventory tells what can be sold, at which prices" in lines(output, "FAIL")
        assert KEY not in output


def test_a_server_that_hangs_ends_with_the_time_limit(capsys: pytest.CaptureFixture[str]) -> None:
    begun = time.monotonic()
    with wrong_server.answering(wrong_server.hang) as wrong:
        assert command.main([wrong.url, KEY, "--time-limit", "1"]) == 1
    assert time.monotonic() - begun < 6
    assert "the time limit is over" in capsys.readouterr().out


def test_the_key_follows_no_redirect(capsys: pytest.CaptureFixture[str]) -> None:
    with wrong_server.answering(wrong_server.empty) as elsewhere:
        away = Answer(302, {"location": f"{elsewhere.url}/inventory"}, b"")
        with wrong_server.answering(lambda _: away) as wrong:
            assert command.main([wrong.url, KEY]) == 1
        assert wrong.asked
        assert elsewhere.asked == []


def test_nobody_listening_is_a_failure_and_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with wrong_server.answering(wrong_server.empty) as gone:
        pass
    assert command.main([gone.url, KEY]) == 1
    output = capsys.readouterr().out
    assert "Connection refused" in output
    assert output.endswith("Ended here: nothing else can be tried before this is put right.\n")
    assert output.count("FAIL") == 1


def _problem(status: int, code: str) -> Answer:
    told = json.dumps({"status": status, "code": code, "detail": "Told so."}).encode()
    return Answer(status, {"content-type": "application/problem+json"}, told)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (_problem(401, "invalid_api_key"), "mistyped, revoked, over, or of another server"),
        (_problem(403, "permission_denied"), "without inventory:read"),
        (_problem(404, "not_found"), "give the address alone"),
        (Answer(404, {"content-type": "text/html"}, b"<p>"), "give the address alone"),
        (Answer(301, {"location": "https://gangway.example/"}, b""), "https://gangway.example/"),
    ],
)
def test_where_nothing_can_be_tried_it_ends_with_the_reason(
    answer: Answer, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with wrong_server.answering(lambda _: answer) as wrong:
        assert command.main([wrong.url, KEY]) == 1
    assert [(asked.method, asked.path) for asked in wrong.asked] == [("GET", "/api/ota/inventory")]
    output = " ".join(capsys.readouterr().out.split())
    assert told in output
    assert "Ended here" in output


def test_where_every_product_is_sold_out_it_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = dict.fromkeys(
        ("base_prices", "customer_types", "product_customer_types", "special_dates",
         "customer_discounts"),
    )  # fmt: skip
    told = {"available_quantities": {"106": 0, "107": 0}, "pricing_context": prices}
    sold_out = Answer(200, {"content-type": "application/json"}, json.dumps(told).encode())
    monkeypatch.setattr(command, "CHECKS", command.CHECKS[:1] + command.CHECKS[7:8])
    with wrong_server.answering(lambda _: sold_out) as wrong:
        assert command.main([wrong.url, KEY]) == 1
    output = capsys.readouterr().out
    assert "every product is sold out" in output
    assert "no product has enough units free (2 asked for)" in output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["http://127.0.0.1:9", "gw_live_abcd1234_x"], "--allow-live"),
        (["http://127.0.0.1:9", "whatever"], "--allow-live"),
        (["http://127.0.0.1:9"], command.KEY_VARIABLE),
        (["http://127.0.0.1:9", "gw_test_\n"], command.KEY_VARIABLE),
        (["ftp://127.0.0.1:9", KEY], "base_url"),
        (["http://me:secret@127.0.0.1:9", KEY], "base_url"),
    ],
)
def test_it_does_not_begin_with_a_live_key_or_a_wrong_address(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert told in printed.err
    assert "gw_live_abcd1234_x" not in printed.err


def test_a_live_key_is_used_where_it_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    with wrong_server.answering(wrong_server.empty) as wrong:
        live = "gw_live_abcd1234_x"
        assert command.main([wrong.url, live, "--allow-live"]) == 1
    assert {asked.headers.get("x-api-key") for asked in wrong.asked} >= {live}
    assert live not in capsys.readouterr().out


def test_django_runs_the_same_command(capsys: pytest.CaptureFixture[str]) -> None:
    with wrong_server.answering(wrong_server.empty) as wrong, pytest.raises(SystemExit) as ended:
        call_command("partner_check", wrong.url, KEY)
    assert ended.value.code == 1
    assert "FAIL" in capsys.readouterr().out


def test_the_signatures_to_check_against_are_right() -> None:
    made = own_code.webhook_signature(own_code.WEBHOOK_SECRET, *own_code.WEBHOOK)
    assert made == own_code.WEBHOOK_SIGNATURE
    when, body = own_code.PAYMENT
    at = datetime.fromtimestamp(int(when), tz=UTC)
    ours = notices.sign(own_code.PAYMENT_SECRET.encode(), body, at=at)
    assert own_code.payment_signature(own_code.PAYMENT_SECRET, when, body) == ours
    assert ours == own_code.PAYMENT_SIGNATURE
