"""All of Gangway as `make run` starts it, with data of its own and parts that can be killed."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from config.embedded import places
from config.embedded.children import claim
from config.embedded.postgres import DURABLE, Postgres
from config.serve.options import CHECKOUT
from tests import canaries
from tests.config.waiting import all_gone, wait_until
from tests.flows.over_http import LOST, over_http
from tests.partner_program import Program, Send

PORTS = range(18300, 18400)
# Partners with a key each, printed as {partner id: key}.
MAKE_PRODUCT = """
from django.utils import timezone
from config.actors import Actor
from inventory import allocations
from inventory.models import Product
made = Product.objects.create(
    id=900, name="Plan", type="FERRY", weekday_price=288, weekend_price=318, capacity=10**9)
made.functions.create(function_code="FERRY_BOARDING", uses=1)
allocations.set_up(made, {"ota": %d}, at=timezone.now(), by=Actor("tests"))
print(made.pk)
"""
MAKE_PARTNERS = """
import json
from django.utils import timezone
from resellers import keys
from resellers.models import Partner
from resellers.permissions import ALL_PERMISSIONS
made = {}
for n in range(%d):
    partner = Partner.objects.create(partner_id=f"BUYER-{n}", name="Buyer", rate_limit=1000)
    made[partner.partner_id] = keys.issue(partner, ALL_PERMISSIONS, at=timezone.now())[1]
print(json.dumps(made))
"""


@dataclass
class WholeRun:
    """A `python -m config.serve run` and what an operator could do to it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def send(self) -> Send:
        return over_http(self.url)

    def manage(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return self.command("manage", *arguments, timeout=timeout)

    def command(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """`make …` on the same port and data."""
        return subprocess.run(
            [sys.executable, "-m", "config.serve", *arguments],
            cwd=CHECKOUT, env=environment(self.folder, self.port), text=True,
            capture_output=True, timeout=timeout,
        )  # fmt: skip

    def programs(self, count: int) -> list[Program]:
        """Programs of new partners that may send 1000 requests a minute each."""
        made = self.manage("shell", "--no-imports", "-c", MAKE_PARTNERS % count)
        assert made.returncode == 0, made.stderr
        return [Program(key, send=self.send) for key in json.loads(made.stdout).values()]

    def product(self, units: int) -> int:
        """The id of a new product with so many units for partners."""
        made = self.manage("shell", "--no-imports", "-c", MAKE_PRODUCT % units)
        assert made.returncode == 0, made.stderr
        return int(made.stdout)

    def everybody(self) -> list[psutil.Process]:
        """The supervisor and all below it."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def part(self, word: str) -> psutil.Process:
        """The only process right below the supervisor whose command holds this word."""
        children = psutil.Process(self.process.pid).children()
        (found,) = [each for each in children if word in " ".join(each.cmdline())]
        return found

    @contextmanager
    def frozen(self, *words: str) -> Iterator[None]:
        """Parts with all below them stand still while the block lasts; nobody starts them anew."""
        parts = [self.part(word) for word in words]
        everybody = [each for part in parts for each in (part, *part.children(recursive=True))]
        for each in everybody:
            each.suspend()
        try:
            yield
        finally:
            for each in everybody:
                with suppress(psutil.NoSuchProcess):  # killed meanwhile
                    each.resume()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database itself says."""
        url = Postgres(places.kept(self.folder), DURABLE).url
        with psycopg.connect(url) as connection:
            return connection.execute(statement).fetchall()

    def readiness(self) -> tuple[int, Mapping[str, Any]]:
        """Status of /readyz, and its parts; 0 where nobody answers."""
        try:
            answer = Program(None, send=self.send).get("/readyz")
        except LOST:
            return 0, {}
        return answer.status, answer.json()["parts"]

    def is_well(self) -> bool:
        status, parts = self.readiness()
        return status == 200 and parts["cache"] == "ok"

    def output(self) -> str:
        return output_of(self.folder).read_text()


def environment(folder: Path, port: int, more: Mapping[str, str] = {}) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "GANGWAY_DATA": str(folder), "PORT": str(port), **more}


def output_of(folder: Path) -> Path:
    return folder.with_name("output")


@contextmanager
def whole_run(more: Mapping[str, str] = {}) -> Iterator[WholeRun]:
    """It runs while the block does, with more settings if need be; nothing of it stays."""
    above = Path(tempfile.mkdtemp(prefix="gangway-run-", dir="/tmp"))
    above.chmod(0o755)
    try:
        with own_port() as port:
            yield from _running(above / "the data", port, more)
    finally:
        shutil.rmtree(above)


def _running(folder: Path, port: int, more: Mapping[str, str]) -> Iterator[WholeRun]:
    with output_of(folder).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.serve", "run"],
            cwd=CHECKOUT,
            env=environment(folder, port, more),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        run = WholeRun(folder, port, process)
        wait_until(lambda: "Ctrl-C" in run.output() or process.poll() is not None, 240)
        assert "Ctrl-C" in run.output(), run.output()
        yield run
    finally:
        everybody = WholeRun(folder, port, process).everybody()
        process.terminate()
        status = process.wait(timeout=60)
    assert status == 0
    assert all_gone(everybody)
    assert not places.sockets(folder).exists()
    assert canaries.found_below(folder / "log") == []


@contextmanager
def own_port() -> Iterator[int]:
    """A port nobody listens on and no other test run has chosen.

    The web server shares its port with whoever binds it like it does: a second one would not
    be refused, but get half of the first one's calls.
    """
    for port in PORTS:
        lock = claim(Path(tempfile.gettempdir()) / f"gangway-port-{port}.lock")
        if lock is None:
            continue
        try:
            if _is_free(port):
                yield port
                return
        finally:
            os.close(lock)
    raise RuntimeError(f"No port of {PORTS} is free.")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        return listener.connect_ex(("127.0.0.1", port)) != 0
