import json
import os
import re
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from qrcodes import keys, rotation
from qrcodes.rotation import Entry
from ticketing.admission import UNDO_WITHIN
from ticketing.models import Ticket

HELP = """The keys of QR codes: list, make, rotate, destroy.

make     adds a staged key: every server must have it before it seals anything
rotate   the staged key seals from now on, the one before it only reads
destroy  forgets a key: refused while unspent tickets or codes made on demand depend on it

Each step prints the new value of QR_KEYS, or writes it into a file of secrets (--write). Give
it to every server, restart them, and only then take the next step."""


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("list", help="every key, and how many unspent tickets depend on it")
        for name in ("make", "rotate", "destroy"):
            step = steps.add_parser(name)
            step.add_argument(
                "--write", type=Path, metavar="FILE",
                help="secrets.json or .env to change, instead of printing the secret",
            )  # fmt: skip
        step.add_argument("kid", type=int)
        step.add_argument(
            "--compromised", action="store_true",
            help="do not wait for codes made on demand to end: they end now",
        )  # fmt: skip

    def handle(self, *, step: str, **options: Any) -> None:
        ring = self._ring()
        if step == "list":
            return self._list(ring)
        try:
            changed = self._changed(ring, step, options)
        except rotation.CannotChange as reason:
            raise CommandError(str(reason)) from None
        return self._hand_over(changed, options["write"])

    def _ring(self) -> list[Entry]:
        configured = settings.QR_KEYS
        if configured and (problem := next(keys.problems(configured), None)):
            raise CommandError(problem)
        return list(configured)

    def _changed(self, ring: list[Entry], step: str, options: Mapping[str, Any]) -> list[Entry]:
        if step == "make":
            return rotation.make(ring)
        if step == "rotate":
            return rotation.rotate(ring, at=timezone.now())
        kid = options["kid"]
        changed = rotation.destroy(ring, kid, at=timezone.now(), compromised=options["compromised"])
        if unspent := _unspent().get(kid):
            raise CommandError(
                f"{unspent} unspent tickets carry a QR of key {kid}. Reissue or end them first."
            )
        return changed

    def _list(self, ring: list[Entry]) -> None:
        unspent = _unspent()
        self.stdout.write("kid    state      unspent tickets  codes on demand good until")
        for entry in sorted(ring, key=lambda entry: entry["kid"]):
            until = rotation.readable_until(entry)
            told = f"{until:%Y-%m-%d %H:%M} UTC" if until else ""
            tickets = unspent.pop(entry["kid"], 0)
            self.stdout.write(
                f"{entry['kid']:<6} {entry['state']:<10} {tickets:<16} {told}".rstrip()
            )
        for kid, tickets in sorted(unspent.items()):
            self.stdout.write(f"{kid:<6} {'MISSING':<10} {tickets}")

    def _hand_over(self, ring: list[Entry], file: Path | None) -> None:
        value = json.dumps(ring)
        if file is None:
            self.stdout.write(f"QR_KEYS='{value}'")
        else:
            _write(file, value)
        where = f"{file} is changed." if file else "Keep this value secret."
        self.stderr.write(f"{where} Restart every server with it before the next step.")


@transaction.atomic
def _unspent() -> dict[int, int]:
    """How many tickets may still be shown at a gate, by the key of their QR."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        return Ticket.objects.unspent_by_kid(since=timezone.now() - UNDO_WITHIN)


def _write(file: Path, value: str) -> None:
    """Replace QR_KEYS in a file of secrets, in one step and for the same eyes as before."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as reason:
        raise CommandError(f"{file} cannot be read: {reason}") from None
    changed = _in_json(text, value) or _in_lines(text, value)
    if changed is None:
        raise CommandError(f"{file} holds no QR_KEYS.")
    unfinished = file.with_name(file.name + ".unfinished")
    descriptor = os.open(
        unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.stat().st_mode & 0o777
    )
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(changed)
        opened.flush()
        os.fsync(descriptor)
    unfinished.replace(file)


def _in_json(text: str, value: str) -> str | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    if not isinstance(content, dict) or "QR_KEYS" not in content:
        return None
    return json.dumps(content | {"QR_KEYS": value}, indent=1)


def _in_lines(text: str, value: str) -> str | None:
    line = re.compile(r"^QR_KEYS=.*$", re.MULTILINE)
    return line.sub(lambda _: f"QR_KEYS='{value}'", text) if line.search(text) else None
