"""`manage.py qr_keys`: an operator changes the key ring without losing a ticket."""

import json
import stat
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from qrcodes import keys, rotation
from tests import gate, make
from ticketing.models import Redemption, Ticket

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=30)


@pytest.fixture(autouse=True)
def _one_key(settings: Settings) -> None:
    settings.QR_KEYS = rotation.make([])


def qr_keys(*words: str) -> tuple[str, str]:
    """What the command prints, and what it says to the operator."""
    printed, said = StringIO(), StringIO()
    call_command("qr_keys", *words, stdout=printed, stderr=said)
    return printed.getvalue(), said.getvalue()


def given(printed: str) -> list[dict[str, Any]]:
    """The setting in what was printed, as a shell reads it."""
    name, _, value = printed.strip().partition("=")
    assert name == "QR_KEYS"
    ring = json.loads(value.strip("'"))
    keys.parse(ring)
    return list(ring)


def states(ring: list[dict[str, Any]]) -> dict[int, str]:
    return {entry["kid"]: entry["state"] for entry in ring}


def retired(settings: Settings, *, ago: timedelta = LONG_AGO) -> None:
    """Key 1 seals nothing any more, since so long."""
    staged = rotation.make(settings.QR_KEYS)
    settings.QR_KEYS = rotation.rotate(staged, at=timezone.now() - ago)


# --- Each step -------------------------------------------------------------------------------


def test_a_whole_rotation(settings: Settings) -> None:
    made, said = qr_keys("make")
    assert states(given(made)) == {1: "active", 2: "staged"}
    assert "Restart every server" in said
    settings.QR_KEYS = given(made)

    settings.QR_KEYS = given(qr_keys("rotate")[0])
    assert states(settings.QR_KEYS) == {1: "retiring", 2: "active"}
    with pytest.raises(CommandError, match="may be good until"):
        qr_keys("destroy", "1")

    settings.QR_KEYS[0]["until"] = int((timezone.now() - LONG_AGO).timestamp())
    gone = given(qr_keys("destroy", "1")[0])
    assert gone[0] == {"kid": 1, "state": "destroyed"}


def test_the_first_key_of_a_new_installation_is_made(settings: Settings) -> None:
    settings.QR_KEYS = []
    assert states(given(qr_keys("make")[0])) == {1: "active"}
    with pytest.raises(CommandError, match="No key is staged"):
        qr_keys("rotate")


def test_a_faulty_setting_is_named_and_left_alone(settings: Settings) -> None:
    settings.QR_KEYS = [{"kid": 1, "state": "asleep", "master": "00"}]
    for words in (["list"], ["make"], ["rotate"], ["destroy", "1"]):
        with pytest.raises(CommandError, match="state must be one of"):
            qr_keys(*words)


# --- Tickets hold on to their key ------------------------------------------------------------


def test_a_key_is_not_destroyed_while_an_unspent_ticket_carries_it(settings: Settings) -> None:
    ticket, waiting = gate.ticket(2), make.premade_ticket()
    gate.redeem(ticket)
    retired(settings)
    with pytest.raises(CommandError, match="2 unspent tickets"):
        qr_keys("destroy", "1")
    gate.redeem(ticket)
    with pytest.raises(CommandError, match="2 unspent tickets"):  # it might be undone
        qr_keys("destroy", "1")
    gate.reissue(waiting)
    with pytest.raises(CommandError, match="1 unspent ticket"):
        qr_keys("destroy", "1")


def test_compromised_or_not_a_key_of_unspent_tickets_stays(settings: Settings) -> None:
    """Its tickets are reissued first: each guest gets a QR that admits."""
    ticket = gate.ticket()
    retired(settings, ago=timedelta())
    with pytest.raises(CommandError, match="1 unspent ticket"):
        qr_keys("destroy", "1", "--compromised")
    gate.reissue(ticket)
    settings.QR_KEYS = given(qr_keys("destroy", "1", "--compromised")[0])
    ticket.refresh_from_db()
    assert gate.scan(ticket).status == 200


def test_what_ended_or_was_used_long_ago_holds_no_key(settings: Settings) -> None:
    for status in ("EXPIRED", "CANCELLED"):
        Ticket.objects.filter(pk=gate.ticket().pk).update(status=status)
    used, device = gate.ticket(), gate.scanner()
    gate.scan(used, by=device, at=timezone.now() - timedelta(hours=1))
    assert Redemption.objects.count() == 1
    retired(settings)
    assert states(given(qr_keys("destroy", "1")[0])) == {1: "destroyed", 2: "active"}


def test_the_list_shows_every_key_its_tickets_and_no_secret(settings: Settings) -> None:
    gate.ticket(), gate.ticket()
    retired(settings)
    make.premade_ticket()
    Ticket.objects.filter(pk=gate.ticket().pk).update(qr_kid=9)

    printed, _ = qr_keys("list")

    rows = [line.split()[:3] for line in printed.splitlines()[1:]]
    assert rows == [["1", "retiring", "2"], ["2", "active", "1"], ["9", "MISSING", "1"]]
    assert [entry["master"] for entry in settings.QR_KEYS if entry["master"] in printed] == []


# --- Written where the secrets are -----------------------------------------------------------


def test_a_file_of_secrets_is_changed_in_place_and_nothing_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"SECRET_KEY": "s", "QR_KEYS": "[]"}))
    file.chmod(0o600)

    printed, _ = qr_keys("make", "--write", str(file))

    written = json.loads(file.read_text())
    assert states(json.loads(written["QR_KEYS"])) == {1: "active", 2: "staged"}
    assert (written["SECRET_KEY"], printed) == ("s", "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_an_env_file_keeps_its_other_lines(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SECRET_KEY=s\nQR_KEYS=[]\nDEMO=0\n")
    qr_keys("make", "--write", str(file))
    first, ring, last = file.read_text().splitlines()
    assert (first, last) == ("SECRET_KEY=s", "DEMO=0")
    assert states(given(ring)) == {1: "active", 2: "staged"}


@pytest.mark.parametrize("content", [None, "", "SECRET_KEY=s\n", '{"SECRET_KEY": "s"}', "[]"])
def test_a_file_that_holds_no_keys_is_left_alone(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "secrets"
    if content is not None:
        file.write_text(content)
    with pytest.raises(CommandError):
        qr_keys("make", "--write", str(file))
    assert (file.read_text() if file.exists() else None) == content
