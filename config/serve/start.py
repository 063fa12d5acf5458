"""The order in which everything comes up, and a line for each step."""

import hashlib
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from config.embedded import CannotStart, places
from config.embedded.children import Child
from config.embedded.postgres import DURABLE, Postgres
from config.embedded.valkey import KEPT, Valkey
from config.serve import environment
from config.serve.options import Options
from config.serve.processes import Processes
from config.serve.supervisor import Supervisor

READY_WITHIN = 120.0


class Start:
    """Brings everything up under one supervisor; returns when /readyz says so."""

    def __init__(
        self, options: Options, environ: Mapping[str, str], supervisor: Supervisor
    ) -> None:
        self.options = options
        self.environ = environ
        self.supervisor = supervisor
        self.say: Callable[[str], None] = supervisor.say
        self.logs = options.folder / "log"

    def everything(self) -> None:
        self.logs.mkdir(exist_ok=True)
        database_url, redis_url = self.servers()
        processes = Processes(
            self.options,
            environment.of_the_product(
                self.environ, self.options, database_url=database_url, redis_url=redis_url
            ),
            self.logs,
        )
        self.prepare(processes, database_url)
        fresh_folder(self.options.folder / "metrics")
        # The web server first: on a small machine the others would only make it wait.
        self.supervisor.keep(processes.web())
        self.wait_until_ready(processes.environment["PUBLIC_BASE_URL"])
        self.supervisor.keep(processes.worker())
        self.supervisor.keep(processes.beat())
        self.supervisor.keep(processes.sender())

    def servers(self) -> tuple[str, str]:
        """DATABASE_URL and REDIS_URL: the operator's, or those of servers started here."""
        options = self.options
        if options.database_url and options.redis_url:
            return options.database_url, options.redis_url
        where = places.kept(options.folder)
        database_url = options.database_url or self.postgres(Postgres(where, DURABLE))
        redis_url = options.redis_url or self.valkey(Valkey(where, KEPT))
        return database_url, redis_url

    def postgres(self, postgres: Postgres) -> str:
        if postgres.is_new:
            self.say(f"Making a PostgreSQL cluster in {postgres.data}")
            postgres.make_cluster()
        self.say("Starting PostgreSQL")
        self.supervisor.keep(postgres)
        postgres.wait_until_it_answers()
        postgres.make_database()
        return postgres.url

    def valkey(self, valkey: Valkey) -> str:
        self.say("Starting Valkey")
        valkey.make_folder()
        self.supervisor.keep(valkey)
        valkey.wait_until_it_answers()
        return valkey.url

    def prepare(self, processes: Processes, database_url: str) -> None:
        """Tables, demo data and static files as this version of the product wants them."""
        self.say("Collecting static files, migrating the database")
        static = self.supervisor.run(processes.manage("collectstatic", "--noinput"))
        self.finish(self.supervisor.run(processes.manage("migrate", "--noinput")))
        if self.options.demo:
            self.load_demo(processes, database_url)
        self.finish(static)

    def load_demo(self, processes: Processes, database_url: str) -> None:
        """Once for this database; whoever wants it again says `make reset`."""
        loaded = self.options.folder / "demo-loaded"
        database = hashlib.sha256(database_url.encode()).hexdigest()
        if loaded.exists() and loaded.read_text() == database:
            return
        self.say("Loading the demo data")
        self.finish(self.supervisor.run(processes.manage("seed_demo")))
        loaded.write_text(database)

    def finish(self, step: Child) -> None:
        while step.alive:
            self.supervisor.look_after_them()
            time.sleep(0.05)
        if step.how_it_ended() != "exit 0":
            raise CannotStart(f"{step.name} failed:\n{step.last_words(40)}")

    def wait_until_ready(self, public_url: str) -> None:
        self.say("Starting web, then worker, beat and sender")
        deadline = time.monotonic() + READY_WITHIN
        while (answer := readiness(self.options, public_url)) != "200":
            self.supervisor.look_after_them()
            if time.monotonic() > deadline:
                raise CannotStart(f"Not ready after {READY_WITHIN:.0f} s: {answer}")
            time.sleep(0.1)


def readiness(options: Options, public_url: str) -> str:
    """`200`, or why not."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{options.local_url}/readyz", headers={"Host": urlsplit(public_url).netloc}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return str(answer.status)
    except urllib.error.HTTPError as refused:
        return f"{refused.code} {refused.read(2000).decode(errors='replace')}"
    except OSError as reason:
        return str(reason)


def fresh_folder(folder: Path) -> None:
    """Empty: counters of processes that are gone would be added up with the new ones."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
