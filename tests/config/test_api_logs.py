"""Log lines are JSON, one each, and hold neither secrets nor people."""

import json
import logging
from typing import Any

import pytest
import structlog
from django.db import DatabaseError, connection

from config import logs


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    """What was logged since, parsed."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("log", [structlog.get_logger("ours"), logging.getLogger("theirs")])
def test_both_ways_of_logging_give_the_same_line(lines: Any, log: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id="request-1")
    log.warning("ota.inventory.held")
    (line,) = lines()
    assert line.pop("timestamp")
    line.pop("logger", None)
    assert line == {"event": "ota.inventory.held", "level": "warning", "request_id": "request-1"}


SECRETS = [
    "gw_live_abcdefgh_" + "Z" * 43 + "_123456",
    "gw_test_abcdefgh_" + "0" * 43 + "_abcdef",
    "gw_scan_abcdefgh_" + "Z" * 43 + "_123456",
    "ota_test_key_12345",
    "venue_test_key_12345",
    "demo-payment-secret-OTA_DEMO",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "Qk" * 64,
    "siu.ming@example.com",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_reach_no_line(lines: Any, secret: str) -> None:
    log = structlog.get_logger("ours")
    said = f"saw {secret} here"
    log.info(said, place=secret, deep={"list": [secret]}, error=ValueError(secret))
    logging.getLogger("theirs").warning("saw %s", f"é{secret}")
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("failed")
        logging.getLogger("theirs").exception("failed")
    told = lines()
    assert len(told) == 4
    assert secret not in json.dumps(told)
    assert "***" in json.dumps(told[0]["deep"])


def test_the_public_part_of_a_key_may_be_seen() -> None:
    assert logs.masked(f"key {SECRETS[0]}.") == "key gw_live_abcdefgh_***."


def test_a_ticket_qr_loses_what_proves_it() -> None:
    assert logs.masked(f"TKT-ABC:1.2.{'0' * 26}") == "TKT-ABC***"


def test_headers_lose_their_values() -> None:
    told = logs.masked("{'x-api-key': 'whatever', 'Authorization': 'Bearer abc.def'} end")
    assert told == "{'x-api-key': '***', 'Authorization': 'Bearer ***'} end"


def test_an_email_keeps_its_first_letter() -> None:
    assert logs.masked("to siu.ming@example.com, bo@b.co") == "to s***@example.com, b***@b.co"


@pytest.mark.parametrize("field", sorted(logs.SECRET_FIELDS))
def test_fields_of_people_and_secrets_are_hidden_by_name(lines: Any, field: str) -> None:
    structlog.get_logger("ours").info("seen", **{field: "Siu Ming"})
    assert lines()[0][field] == "***"


def test_nothing_ends_a_line_but_its_end(lines: Any) -> None:
    logging.getLogger("theirs").warning("a\r\nb\u2028c\u202ed\x1b[31m")
    assert lines()[0]["event"] == "a\r\nb\u2028c\u202ed\x1b[31m"


@pytest.mark.django_db
@pytest.mark.parametrize("log", [structlog.get_logger("ours"), logging.getLogger("theirs")])
def test_what_the_database_quotes_stays_there(lines: Any, log: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("CREATE TEMP TABLE guests (phone text CHECK (length(phone) < 9), n int UNIQUE)")
    for statement in (
        "INSERT INTO guests VALUES ('+85298765432', 1)",
        "SELECT '+85298765432'::int",
        "SELECT '+85298765432' FROM nowhere",
        "INSERT INTO guests VALUES ('x', 98765432), ('y', 98765432)",
    ):
        cursor.execute("SAVEPOINT before")
        with pytest.raises(DatabaseError) as caught:
            cursor.execute(statement)
        log.error("failed", exc_info=caught.value)
        cursor.execute("ROLLBACK TO before")
    told = lines()
    assert "98765432" not in json.dumps(told)
    assert "sqlstate 23514, constraint_name guests_phone_check" in told[0]["exception"]
    assert "test_api_logs.py" in told[0]["exception"]
