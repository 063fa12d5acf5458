"""The product as `make run` starts it, and the control beside it on the same servers."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import psycopg
import redis

from config.embedded import CannotStart, places
from config.embedded.postgres import DURABLE, ROLE, Postgres
from config.embedded.valkey import KEPT, Valkey
from config.serve import environment
from config.serve.options import CHECKOUT, Options, expect_free
from config.serve.processes import Processes
from config.serve.reset import reset
from config.serve.start import Start
from config.serve.supervisor import Supervisor

CONTROL_SETTINGS = "benchmarks.naive.settings"
CHOSEN_BY_THE_OPERATOR = ("DATABASE_URL", "REDIS_URL", "GANGWAY_DATA", "PORT", "HOST", "DEMO")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where both answer, where their data are, and what is called with."""

    product: str
    control: str
    database_url: str
    redis_url: str
    files: Path  # what the load is made of: see load.lua
    roots: Mapping[str, int]  # the process each part's processes descend from
    environment: Mapping[str, str]  # of the product
    naive: Mapping[str, str]  # of the control, which knows the tables of both

    @property
    def api_keys(self) -> list[str]:
        """The keys of the partners."""
        return [line.split()[0] for line in (self.files / "partners").read_text().splitlines()]

    def text(self, sql: str) -> str:
        """The only value a query answers with."""
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(sql).fetchone()
        return str(row[0]) if row else ""

    def count(self, sql: str) -> int:
        """The only number a query answers with."""
        return int(self.text(sql))

    def waiting_calls(self) -> int:
        """Logged calls that are not in their table yet."""
        with redis.Redis.from_url(self.redis_url) as client:
            return int(client.xlen("gangway:calls"))

    def sql(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def allow_writing_past_laws(self) -> None:
        """Let our role do what only an owner of the server may: bulk rows ask no trigger."""
        with psycopg.connect(self.database_url, user="postgres", dbname="postgres") as owner:
            owner.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")

    def workers(self) -> list[psutil.Process]:
        """The processes of the product that answer."""
        return psutil.Process(self.roots["web"]).children()

    def bench(self, *arguments: str) -> str:
        """What a command of the benchmarks prints; loud when it fails."""
        return _run(self.naive, "-m", "django", *arguments)

    def run(self, *arguments: str) -> str:
        """What Python prints in the product's environment; loud when it fails."""
        return _run(self.environment, *arguments)

    def manage(self, *arguments: str) -> str:
        """What a command of the product prints; loud when it fails."""
        return self.run("manage.py", *arguments)


@contextmanager
def stage(port: int, partners: int) -> Iterator[Stage]:
    """Everything running and filled; all of it is gone afterwards."""
    with _folder() as folder:
        options = Options(folder, "127.0.0.1", port, False, "", "")
        control = replace(options, port=port + 1)
        expect_free(options)
        expect_free(control)
        supervisor = Supervisor(print)
        try:
            yield _built(options, control, supervisor, partners)
        finally:
            supervisor.stop()
            with suppress(OSError):
                places.sockets(folder).rmdir()
            reset(options)


def _built(options: Options, control: Options, supervisor: Supervisor, partners: int) -> Stage:
    clean = {k: v for k, v in os.environ.items() if k not in CHOSEN_BY_THE_OPERATOR}
    Start(options, clean, supervisor).everything()
    where = places.kept(options.folder)
    urls = {
        "database_url": Postgres(where, DURABLE).url,
        "redis_url": Valkey(where, KEPT).url,
    }
    variables = environment.of_the_product(clean, options, **urls)
    naive = {**variables, "DJANGO_SETTINGS_MODULE": CONTROL_SETTINGS}
    naive["PROMETHEUS_MULTIPROC_DIR"] = str(options.folder / "log")  # it counts nothing
    files = options.folder / "load"
    files.mkdir()
    _run(naive, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0")
    _run(naive, "-m", "django", "make_world", str(partners), str(files))
    supervisor.keep(
        replace(Processes(control, naive, options.folder / "log").web(), name="control")
    )
    _wait_for(f"{control.local_url}/empty/django")
    return Stage(
        product=options.local_url,
        control=control.local_url,
        files=files,
        roots=_roots(supervisor),
        environment=variables,
        naive=naive,
        **urls,
    )


def _roots(supervisor: Supervisor) -> dict[str, int]:
    children = [kept.child for kept in supervisor.kept]
    return {child.name: child.process.pid for child in children if child.process}


def _run(variables: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env=variables, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotStart(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _wait_for(url: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError as reason:
            if time.monotonic() > deadline:
                raise CannotStart(f"{url} does not answer: {reason}") from reason
        time.sleep(0.1)


@contextmanager
def _folder() -> Iterator[Path]:
    """A data folder where `make run` has its own: on the same disk, with the same file system."""
    parent = CHECKOUT / "var"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
